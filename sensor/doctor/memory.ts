/** Is there memory for what the configuration allows? */
import { bytes } from '../core/index.ts';
import { fail, ok, unknown, warn, type Check } from './types.ts';

export interface MemoryFacts {
  /** Of the machine; undefined where it cannot be read. */
  readonly totalBytes: number | undefined;
  readonly availableBytes: number | undefined;
  /** The least limit of the control groups this process is in; undefined without one. */
  readonly groupBytes: number | undefined;
  /** Pools of one worker by name, as their limits stand in the configuration. */
  readonly pools: readonly (readonly [name: string, bytes: number])[];
  readonly workers: number;
  readonly interfaces: number;
  readonly ringBytes: number;
  /** Does a sensor of this data folder run, so that its memory is taken already? */
  readonly isRunning: boolean;
}

/** Code, rules and tables of a worker, and of the supervisor with store and console (measured, README). */
const WORKER_BYTES = 300e6;
const SUPERVISOR_BYTES = 350e6;
/** Room for everything else on the machine. */
const SPARE = 0.9;

export function judgeMemory(facts: MemoryFacts): Check[] {
  return [budget(facts)];
}

/** What the sensor may come to need: pools and rings of all workers at their limits. */
export function neededBytes({ pools, workers, interfaces, ringBytes }: MemoryFacts): number {
  const perWorker =
    WORKER_BYTES + pools.reduce((sum, [, limit]) => sum + limit, 0) + interfaces * ringBytes;
  return SUPERVISOR_BYTES + workers * perWorker;
}

function budget(facts: MemoryFacts): Check {
  const { totalBytes, availableBytes, groupBytes, workers, isRunning } = facts;
  const needed = neededBytes(facts);
  const ofWorkers = `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  const text = `With all pools full the sensor (${ofWorkers}) takes ${bytes(needed)}`;
  const fix =
    'Lower limits (flow.memcap_bytes, reassembly.memcap_bytes, packets.ring_bytes) or capture.workers, or give it more memory';
  if (totalBytes === undefined) {
    return unknown(
      'memory.budget',
      `${text}; what there is cannot be read (/proc/meminfo)`,
      'Look at: free -h',
    );
  }
  const isGroup = groupBytes !== undefined && groupBytes < totalBytes;
  const limit = isGroup ? groupBytes : totalBytes;
  const where = isGroup
    ? `its control group allows ${bytes(limit)}`
    : `the machine has ${bytes(limit)}`;
  if (needed > limit) {
    return fail('memory.budget', `${text}, and ${where}: the kernel would kill it`, fix);
  }
  if (needed > SPARE * limit) return warn('memory.budget', `${text}, and ${where}`, fix);
  if (!isRunning && availableBytes !== undefined && needed > availableBytes) {
    return warn(
      'memory.budget',
      `${text}, and only ${bytes(availableBytes)} are free now`,
      'End what takes the memory, or lower the limits of the sensor',
    );
  }
  return ok('memory.budget', `${text}; ${where}`);
}
