/** Is everything kept, and does it go by the rules? Rules, store, disk, memory, files, messages to others. */
import type { HealthCheck } from '../api/index.ts';
import { lately, type HealthFacts } from './health-facts.ts';
import { bad, bytes, counted, ok, percent, span, warning, type Check } from './health-words.ts';

const QUEUE_WARNING = 0.25;
const QUEUE_BAD = 0.9;
const ROOM_WARNING = 0.95;
const DISK_WARNING_SHARE = 0.05;
const DISK_WARNING_BYTES = 1e9;
const DISK_BAD_BYTES = 2e8;
const MEMORY_WARNING = 0.85;
const MEMORY_BAD = 0.98;
/** Rules that nobody has touched for so long miss what is new. */
const RULES_OLD_DAYS = 90;
const DAY_USEC = 86_400_000_000;
const PROBLEM_CHARS = 300;

function rules({ isLive, rules: all, nowUsec }: HealthFacts): HealthCheck | undefined {
  if (all.generation === 0) return undefined;
  const { loaded, failed, generation, reloadedUsec, problem } = all;
  if (problem !== '') {
    return bad(
      'rules',
      `The latest reload failed, the ${counted(loaded)} rules of before stay: ${problem.slice(0, PROBLEM_CHARS)}`,
      'Correct the rules (stanzawatch rules check), then reload',
    );
  }
  if (loaded === 0) {
    return bad(
      'rules',
      'No rule is loaded: nothing is detected',
      'Check rules.files in the configuration',
    );
  }
  if (failed > 0) {
    return warning(
      'rules',
      `${counted(failed)} rules were refused, ${counted(loaded)} are in force`,
      'stanzawatch rules check says where and why',
    );
  }
  const days = reloadedUsec === undefined ? 0 : (nowUsec - reloadedUsec) / DAY_USEC;
  if (isLive && days >= RULES_OLD_DAYS) {
    return warning(
      'rules',
      `${counted(loaded)} rules, loaded ${span(days * 86_400)} ago`,
      'Fetch newer rules, then reload',
    );
  }
  return ok('rules', `${counted(loaded)} rules in force, generation ${generation}`);
}

function store({ store: { dropped, maxBytes }, sinks }: HealthFacts): HealthCheck | undefined {
  if (maxBytes === 0) return undefined;
  const trouble = sinks.find(({ sink }) => sink === 'sqlite');
  if (trouble !== undefined) {
    return bad(
      'store',
      `The store takes nothing: ${trouble.problem.slice(0, PROBLEM_CHARS)}`,
      'What comes is kept in memory and written when the store works again: free the file, or space on the disk',
    );
  }
  if (dropped > 0) {
    return warning(
      'store',
      `${counted(dropped)} records were given up since the start`,
      'The disk is too slow or was full: put the data folder on a faster one, or raise store.queue',
    );
  }
  return ok('store', 'The store works');
}

/** Of a store that no sensor writes. */
function packs({ packs: news }: HealthFacts): HealthCheck | undefined {
  if (news === undefined) return undefined;
  const { unpacked, problem, isOld } = news;
  const slow = `${counted(unpacked)} alerts are not packed, so that questions about long times take longer`;
  if (isOld) {
    return warning(
      'packs',
      `${slow}: the store is of an older version`,
      'Any sensor of this version that writes into it (run, read) brings it up to date, and it is packed',
    );
  }
  if (problem === '') return ok('packs', `${slow}: they are being packed`);
  return warning(
    'packs',
    `${slow}: ${problem.slice(0, PROBLEM_CHARS)}`,
    'Make the store and its folder writable for the user that serves it, or serve a copy that is',
  );
}

function queue({ store: { queueLength, queueLimit } }: HealthFacts): HealthCheck | undefined {
  const share = queueLimit === 0 ? 0 : queueLength / queueLimit;
  if (share < QUEUE_WARNING) return undefined;
  const say = share >= QUEUE_BAD ? bad : warning;
  return say(
    'queue',
    `${counted(queueLength)} records wait to be stored, ${percent(share)} of what may wait`,
    'The disk is too slow or the store is locked: when the queue is full, records other than alerts are given up',
  );
}

function room({ store: { bytes: size, maxBytes } }: HealthFacts): HealthCheck | undefined {
  if (maxBytes === 0 || size / maxBytes < ROOM_WARNING) return undefined;
  return warning(
    'room',
    `The store has ${bytes(size)} of the ${bytes(maxBytes)} it may have: the oldest rows are deleted early`,
    'Raise output.sqlite.max_bytes, or shorten output.sqlite.retention_days',
  );
}

function disk({ disk: space }: HealthFacts): HealthCheck | undefined {
  if (space === undefined || space.bytes === 0) return undefined;
  const { freeBytes } = space;
  const isLow = freeBytes < DISK_WARNING_BYTES || freeBytes / space.bytes < DISK_WARNING_SHARE;
  if (!isLow) return undefined;
  const say = freeBytes < DISK_BAD_BYTES ? bad : warning;
  return say(
    'disk',
    `The disk of the data folder has ${bytes(freeBytes)} left`,
    'Free space, or lower output.sqlite.max_bytes, packets.max_bytes and files.store_bytes; rotate eve.json',
  );
}

function memory({ memory: pools }: HealthFacts): HealthCheck | undefined {
  const worst = pools
    .filter(({ limit }) => limit > 0)
    .map(({ pool, used, limit }) => ({ pool, used, limit, share: used / limit }))
    .reduce<{ pool: string; limit: number; share: number } | undefined>(
      (most, each) => (most === undefined || each.share > most.share ? each : most),
      undefined,
    );
  if (worst === undefined || worst.share < MEMORY_WARNING) return undefined;
  const say = worst.share >= MEMORY_BAD ? bad : warning;
  return say(
    'memory',
    `The memory of ${worst.pool} is ${percent(worst.share)} full (of ${bytes(worst.limit)})`,
    `Raise its limit (limits in the configuration), or run more workers: when it is full, the oldest is given up`,
  );
}

function files(facts: HealthFacts): HealthCheck | undefined {
  const full = lately(facts, 'filesStoreFull');
  const failed = lately(facts, 'filesStoreFailed');
  if (full + failed === 0) return undefined;
  return warning(
    'files',
    full > 0
      ? `${counted(full)} files were not kept lately: there is no room left for them`
      : `${counted(failed)} files could not be written lately`,
    full > 0
      ? 'Raise files.store_bytes, or delete kept files'
      : 'Make the folder files of the data folder writable, or free space',
  );
}

function packets(facts: HealthFacts): HealthCheck | undefined {
  const failed = lately(facts, 'packetsDroppedDisk');
  const busy = lately(facts, 'packetsDroppedQueue');
  if (failed + busy === 0) return undefined;
  return warning(
    'packets',
    `${counted(failed + busy)} packets of alerts were not kept lately: the disk ${failed > 0 ? 'refused them' : 'was too slow'}`,
    'Make the folder packets of the data folder writable, free space, or use a faster disk; packets.keep switches it off',
  );
}

function eve({ sinks }: HealthFacts): HealthCheck | undefined {
  const trouble = sinks.find(({ sink }) => sink === 'eve');
  if (trouble === undefined) return undefined;
  return bad(
    'eve',
    `EVE lines are not written: ${trouble.problem.slice(0, PROBLEM_CHARS)}`,
    'Free space or make the file writable; lines wait in memory as long as there is room',
  );
}

function webhooks({ sinks, webhooks: { lost, waiting } }: HealthFacts): HealthCheck | undefined {
  const trouble = sinks.find(({ sink }) => sink === 'webhook');
  if (trouble !== undefined) {
    return warning(
      'webhooks',
      `A webhook does not answer, ${counted(waiting)} messages wait: ${trouble.problem.slice(0, PROBLEM_CHARS)}`,
      'Check its address in output.webhooks, and its receiver',
    );
  }
  if (lost === 0) return undefined;
  return warning(
    'webhooks',
    `${counted(lost)} messages to webhooks were given up since the start`,
    'The log says why: refused by the receiver, too many at once, or too long away',
  );
}

/** A sink nobody thought of here. */
function others({ sinks }: HealthFacts): HealthCheck | undefined {
  const other = sinks.find(({ sink }) => !['sqlite', 'eve', 'webhook'].includes(sink));
  if (other === undefined) return undefined;
  return bad(other.sink, other.problem.slice(0, PROBLEM_CHARS), 'The log says more');
}

export const KEEPING_CHECKS: readonly Check[] = [
  ...[rules, store, packs, queue, room, disk, memory, files, packets, eve, webhooks, others],
];
