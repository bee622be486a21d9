/**
 * What the card does to frames before anybody sees them. What this sensor tolerates is in the notes of capture/ and
 * decode/: glued segments are read (up to the snap length), a VLAN tag the card took off is put back by libpcap, frames
 * out of order are put in order. What is lost with them is exactness: of overlaps, of odd segments, of what came when.
 */
import { counted, percent } from '../core/index.ts';
import { fail, ok, unknown, warn, type Check } from './types.ts';

/** Feature -> is it on? As `ethtool -k` names them. */
export type Offloads = ReadonlyMap<string, boolean>;

export interface CardFacts {
  readonly name: string;
  /** Why ethtool could not be asked; '' when it could. */
  readonly problem: string;
  /** Undefined where ethtool said nothing about it, as virtual interfaces do. */
  readonly offloads: Offloads | undefined;
  readonly ring: { readonly now: number; readonly most: number } | undefined;
  readonly channels: { readonly now: number; readonly most: number } | undefined;
  /** Capture workers of the sensor. */
  readonly workers: number;
  readonly snaplen: number;
  /** `checksums` of the configuration. */
  readonly checksums: 'auto' | 'all' | 'none';
  /** Frames larger than the MTU allows, as they came while it was listened. */
  readonly glued: number;
  /** Since the interface was made, and while it was listened. */
  readonly losses: Losses | undefined;
}

/** Counters of /sys/class/net/NAME/statistics. */
export interface Losses {
  readonly before: CardCounters;
  readonly during: CardCounters;
}

export interface CardCounters {
  readonly packets: number;
  /** No room in the ring of the card, or in the queue behind it. */
  readonly missed: number;
  /** Dropped by the kernel before a protocol saw them. */
  readonly dropped: number;
  /** Damaged on the wire. */
  readonly errors: number;
}

const LRO = 'large-receive-offload';
const GRO = 'generic-receive-offload';
/** What a snap length must hold where segments are glued. */
const GLUED_LEAST = 65_535;
const MISSED_FAIL = 0.01;

export function judgeCard(facts: CardFacts): Check[] {
  return [offloads(facts), ring(facts), channels(facts), losses(facts)];
}

function offloads(facts: CardFacts): Check {
  const { name, offloads: features, glued, problem, snaplen } = facts;
  const off = `Run: ethtool -K ${name} gro off lro off`;
  const short =
    snaplen < GLUED_LEAST
      ? `; capture.snaplen ${snaplen} cuts them, and what is cut off is not read`
      : '';
  if (features === undefined) {
    if (glued > 0) {
      return warn(
        'interface.offloads',
        `${counted(glued)} frames came larger than the MTU: segments are glued together (GRO or LRO)${short}`,
        off,
      );
    }
    return unknown(
      'interface.offloads',
      `Offloads cannot be read: ${problem}`,
      `Install ethtool and look at: ethtool -k ${name}`,
    );
  }
  const on = [LRO, GRO].filter((feature) => features.get(feature) === true);
  if (on.length > 0) {
    const names = on.map((feature) => (feature === LRO ? 'LRO' : 'GRO')).join(' and ');
    const say = short === '' ? warn : fail;
    return say(
      'interface.offloads',
      `${names} ${on.length > 1 ? 'glue' : 'glues'} segments together: text is read all the same, tricks with segments are seen less exactly${short}`,
      off,
    );
  }
  if (features.get('tx-checksumming') === true && facts.checksums === 'all') {
    return warn(
      'interface.offloads',
      'Checksums of what this host sends are made by the card, behind the capture, and checksums is all: its own packets count as damaged',
      `Set checksums to auto, or run: ethtool -K ${name} tx off`,
    );
  }
  const stripped =
    features.get('rx-vlan-offload') === true ? '; VLAN tags it strips are put back' : '';
  return ok('interface.offloads', `GRO and LRO are off${stripped}`);
}

function ring({ name, ring: size, problem, losses: lost }: CardFacts): Check {
  if (size === undefined) {
    return unknown(
      'interface.ring',
      `The ring of the card cannot be read: ${problem === '' ? 'the driver does not tell' : problem}`,
      `Look at: ethtool -g ${name}`,
    );
  }
  const missed = (lost?.before.missed ?? 0) + (lost?.during.missed ?? 0);
  const text = `The ring holds ${counted(size.now)} of at most ${counted(size.most)} frames`;
  if (size.now >= size.most || missed === 0) return ok('interface.ring', text);
  return warn(
    'interface.ring',
    `${text}, and the card has missed ${counted(missed)} frames since it came up`,
    `Run: ethtool -G ${name} rx ${size.most}`,
  );
}

/** The kernel empties several queues on several processors: what came in order does not arrive in order. */
function channels({ name, channels: count, workers, problem }: CardFacts): Check {
  if (count === undefined) {
    return unknown(
      'interface.channels',
      `The channels of the card cannot be read: ${problem === '' ? 'the driver does not tell' : problem}`,
      `Look at: ethtool -l ${name}`,
    );
  }
  const ofWorkers = `${workers} capture ${workers === 1 ? 'worker' : 'workers'}`;
  if (count.now <= 1) return ok('interface.channels', `One channel for ${ofWorkers}`);
  return warn(
    'interface.channels',
    `${count.now} channels for ${ofWorkers}: the two directions of a connection arrive out of order, which looks like loss`,
    `Run: ethtool -L ${name} combined 1 (more only where one processor cannot keep up)`,
  );
}

function losses({ name, losses: lost }: CardFacts): Check {
  if (lost === undefined) {
    return unknown(
      'interface.losses',
      'The counters of the interface cannot be read',
      `Look at: ip -s -s link show ${name}`,
    );
  }
  const { before, during } = lost;
  const now = during.missed + during.dropped + during.errors;
  if (now > 0) {
    const share = now / (during.packets + now);
    const say = share >= MISSED_FAIL ? fail : warn;
    return say(
      'interface.losses',
      `${percent(share)} of the frames were lost while it was listened: ${counts(during)}`,
      lossAdvice(name, during),
    );
  }
  const ever = before.missed + before.dropped + before.errors;
  if (ever === 0) return ok('interface.losses', 'The interface has lost nothing since it came up');
  const share = ever / (before.packets + ever);
  const text = `Nothing is lost now; since it came up: ${counts(before)} (${percent(share)})`;
  return share < MISSED_FAIL
    ? ok('interface.losses', text)
    : warn('interface.losses', text, lossAdvice(name, before));
}

function counts({ missed, dropped, errors }: CardCounters): string {
  return `${counted(missed)} missed by the card, ${counted(dropped)} dropped by the kernel, ${counted(errors)} damaged`;
}

function lossAdvice(name: string, { missed, dropped, errors }: CardCounters): string {
  if (errors > missed + dropped)
    return 'Damaged frames: change the cable or the transceiver, clean the fibre';
  if (missed >= dropped)
    return `Run: ethtool -G ${name} rx 4096; mirror fewer ports, or use a faster card`;
  return 'The kernel drops frames of protocols nobody asked for, and those it has no time for: mirror fewer ports, and look at the drops of the sensor itself (sensor.drops)';
}
