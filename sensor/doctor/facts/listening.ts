/** Listens on an interface for a moment and tells what came; the interface is as before when it is done. */
import { openLive, type LiveCapture } from '../../capture/index.ts';
import type { SensorConfig } from '../../config/index.ts';
import { Counters, OperatorError, errorText } from '../../core/index.ts';
import type { CardFacts } from '../card.ts';
import type { TrafficFacts } from '../traffic.ts';
import { cardCounters, countedBetween, isPromiscuous, mtuOf } from './interfaces.ts';
import { PacketTally } from './packet-tally.ts';

/** Nobody waits for this process: it may look at packets for longer than a sensor before it skips some. */
const DISPATCH_MS = 250;

export interface Listened {
  readonly traffic: TrafficFacts;
  readonly losses: CardFacts['losses'];
}

/** `isUp`: as the kernel says. */
export async function listen(
  name: string,
  {
    config,
    seconds,
    isUp,
  }: { readonly config: SensorConfig; readonly seconds: number; readonly isUp: boolean },
): Promise<Listened> {
  const { capture, checksums } = config;
  const before = cardCounters(name);
  const tally = new PacketTally(mtuOf(name));
  const opened = open(name, config, '', tally);
  const facts = {
    ...{ name, isUp, filter: capture.filter, snaplen: capture.snaplen, checksums },
    ...{ wantsPromiscuous: capture.promiscuous, deduplicates: capture.deduplicate },
  };
  if (opened instanceof OperatorError) {
    const { message: problem, hint, code } = opened;
    const refused = { isOpen: false, isDenied: code === 'INTERFACE_DENIED', problem } as const;
    return {
      traffic: {
        ...facts,
        capture: { ...refused, advice: hint ?? `Look at: ip link show ${name}` },
        ...{ seen: tally.seen(0, 0), filtered: undefined },
      },
      losses: before === undefined ? undefined : { before, during: countedBetween(before, before) },
    };
  }
  const filtered = new PacketTally(undefined);
  const second = capture.filter === '' ? undefined : open(name, config, capture.filter, filtered);
  let isListeningPromiscuously: boolean | undefined;
  try {
    isListeningPromiscuously = isPromiscuous(name);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  } finally {
    opened.close();
    if (!(second instanceof OperatorError)) second?.close();
  }
  const after = cardCounters(name);
  const { droppedKernel, droppedShed } = opened.stats;
  return {
    traffic: {
      ...facts,
      capture: { isOpen: true, isPromiscuous: isListeningPromiscuously },
      seen: tally.seen(seconds, droppedKernel + droppedShed),
      filtered:
        second instanceof OperatorError
          ? { problem: second.message }
          : second && filtered.seen(seconds, 0).packets,
    },
    losses:
      before === undefined || after === undefined
        ? undefined
        : { before, during: countedBetween(before, after) },
  };
}

function open(
  interfaceName: string,
  { capture }: SensorConfig,
  filter: string,
  handler: PacketTally,
): LiveCapture | OperatorError {
  const { snaplen, ring_bytes: ringBytes, promiscuous } = capture;
  try {
    const options = {
      interfaceName,
      filter,
      snaplen,
      ringBytes,
      promiscuous,
      dispatchMs: DISPATCH_MS,
    };
    return openLive(options, handler, new Counters());
  } catch (error) {
    if (error instanceof OperatorError) return error;
    return new OperatorError('INTERFACE_UNKNOWN', errorText(error), undefined, { cause: error });
  }
}
