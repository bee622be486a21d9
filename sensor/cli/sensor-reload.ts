/**
 * A command has written what the sensor of this data folder reads with its rules (tuned rules, lists, fingerprints):
 * makes the sensor take it where one runs, and says what came of that.
 */
import { resolve } from 'node:path';
import { datasetFolder, type SensorConfig } from '../config/index.ts';
import { OperatorError } from '../core/index.ts';
import { reloadRunning, runningSensor, type RunningSensor } from '../running-sensor.ts';

/** As reports in JSON have it. */
export interface SensorReload {
  /** `pending`: it takes longer than a minute. `gone`: it ended meanwhile. `none`: no sensor runs over this folder. */
  readonly state: 'loaded' | 'refused' | 'pending' | 'gone' | 'none' | 'forbidden' | 'hidden';
  readonly pid?: number;
  /** Why it was refused. */
  readonly problem?: string;
}

/** Waits for at most a minute. A refusal is for the end of the command: `refuseReload`. */
export async function reloadSensor({ data_dir: dataDir }: SensorConfig): Promise<SensorReload> {
  const before = runningSensor(dataDir);
  if (before.state !== 'running') return before;
  const { pid } = before;
  const answer = await reloadRunning(dataDir);
  if (answer?.isOk === false) return { state: 'refused', pid, problem: answer.problem };
  if (answer !== undefined) return { state: 'loaded', pid };
  return stateOfUnanswered(runningSensor(dataDir), pid);
}

/** After lists were written to a folder; undefined when it is not the one that this sensor reads. */
export async function reloadListReader(
  folder: string,
  config: SensorConfig,
): Promise<SensorReload | undefined> {
  return resolve(folder) === resolve(datasetFolder(config))
    ? await reloadSensor(config)
    : undefined;
}

/** Another one that came meanwhile has read the files at its start. */
function stateOfUnanswered(now: RunningSensor, pid: number): SensorReload {
  return now.state === 'running' && now.pid === pid
    ? { state: 'pending', pid }
    : { state: 'gone', pid };
}

/** Follows "written to X; ". */
export function reloadText({ state, pid = 0 }: SensorReload): string {
  switch (state) {
    case 'loaded':
      return `in force: the sensor (process ${pid}) loaded it`;
    case 'refused':
      return `not in force: the sensor (process ${pid}) keeps what it had`;
    case 'pending':
      return `the sensor (process ${pid}) takes longer than a minute to load it: its log says when it is in force`;
    case 'gone':
      return `the sensor (process ${pid}) ended meanwhile: it applies from the next start on`;
    case 'none':
      return 'no sensor runs over this folder: it applies from the next start on';
    case 'forbidden':
      return `the sensor must be told by its user or root: sudo kill -USR2 ${pid}`;
    case 'hidden':
      return `the sensor must be told where it runs, in its container: kill -USR2 ${pid}`;
  }
}

/** What was written stays, since the reason may be another file: throws so that scripts notice. */
export function refuseReload({ state, pid = 0, problem = '' }: SensorReload): void {
  if (state !== 'refused') return;
  throw new OperatorError(
    'RULES_INVALID',
    `The sensor (process ${pid}) could not load its rules and lists anew, and goes on with those it had: ${problem}`,
    `Mend what it names, then: kill -USR2 ${pid}`,
  );
}
