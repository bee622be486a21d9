/** What `ethtool` says of a card: its three answers as facts. */
import type { CardFacts, Offloads } from '../card.ts';
import { queuesOf } from './interfaces.ts';
import { runCommand, type CommandResult } from './system.ts';

export type EthtoolFacts = Pick<CardFacts, 'problem' | 'offloads' | 'ring' | 'channels'>;

/** Asks for features, rings and channels of an interface. */
export async function askEthtool(name: string): Promise<EthtoolFacts> {
  const [features, rings, channels] = await Promise.all(
    ['-k', '-g', '-l'].map((option) => runCommand('ethtool', [option, name])),
  );
  return {
    problem: problemOf(features),
    offloads: textOf(features) === undefined ? undefined : offloadsOf(textOf(features) ?? ''),
    ring: rowOf(textOf(rings), /^RX:\s*(\d+)/),
    // Without ethtool, and for drivers that do not answer it, the kernel lists its queues.
    channels: rowOf(textOf(channels), /^(?:Combined|RX):\s*(\d+)/) ?? queuesOf(name),
  };
}

function textOf(result: CommandResult | undefined): string | undefined {
  return result?.is === 'done' ? result.text : undefined;
}

function problemOf(result: CommandResult | undefined): string {
  if (result?.is === 'done') return '';
  if (result?.is === 'failed') return `ethtool fails (${result.why})`;
  return 'ethtool is not installed';
}

/** `generic-receive-offload: on [fixed]`. */
export function offloadsOf(text: string): Offloads {
  const lines = text.matchAll(/^\s*([a-z0-9-]+): (on|off)\b/gm);
  return new Map([...lines].map(([, name = '', state]) => [name, state === 'on']));
}

/**
 * Maximum and present value of the first row that fits and has a number in both parts of the answer, maximums first; a
 * driver that does not tell answers `n/a`, or fails.
 */
export function rowOf(
  text: string | undefined,
  row: RegExp,
): { readonly now: number; readonly most: number } | undefined {
  const [maximums = '', current = ''] = (text ?? '').split(/^Current hardware settings:$/m);
  const valueIn = (part: string): number | undefined => {
    for (const line of part.split('\n')) {
      const value = Number(row.exec(line)?.[1] ?? 0);
      if (value > 0) return value;
    }
    return undefined;
  };
  const most = valueIn(maximums);
  const now = valueIn(current);
  return most === undefined || now === undefined ? undefined : { now, most };
}
