/**
 * What lies where in a file of the spool: text beside it, a line for each interface, alert and stretch of packets, in
 * the order of writing. Lines are read by what they begin with, so that a file can be searched for one flow without
 * reading the others.
 */
import type { PacketAlert, PacketInterface } from './types.ts';

/** Packets of one flow that lie one behind the other. */
export interface Stretch {
  readonly flowId: number;
  readonly communityId: string;
  /** Where in the pcapng file, bytes. */
  readonly offset: number;
  readonly length: number;
  readonly packets: number;
  readonly firstUsec: number;
  readonly lastUsec: number;
}

/** All numbers and words of a line; none has a space in it. */
type Fields = readonly (string | number)[];

function line(kind: string, fields: Fields): string {
  return `${kind} ${fields.join(' ')}\n`;
}

export function interfaceLine({ name, linkType }: PacketInterface, snaplen: number): string {
  return line('interface', [linkType, snaplen, `"${encodeURIComponent(name)}"`]);
}

export function alertLine(alert: PacketAlert): string {
  const { flowId, alertId, communityId, tsUsec, gid, sid, rev, detection } = alert;
  return line('alert', [flowId, alertId, communityId, tsUsec, gid, sid, rev, detection]);
}

export function stretchLine(stretch: Stretch): string {
  const { flowId, communityId, offset, length, packets, firstUsec, lastUsec } = stretch;
  return line('packets', [flowId, communityId, offset, length, packets, firstUsec, lastUsec]);
}

export interface IndexedAlert extends PacketAlert {
  /** The packet it fired at was written with it, and names it. */
  isNamed: boolean;
}

/** The index of one file, as far as one flow goes. */
export interface SpoolIndex {
  readonly interfaces: readonly { readonly interface: PacketInterface; readonly snaplen: number }[];
  readonly alerts: readonly IndexedAlert[];
  readonly stretches: readonly Stretch[];
}

/** Does the index speak of this alert? Its flow, else undefined. */
export function flowOfAlert(index: Buffer, alertId: string): number | undefined {
  // Ids are hashes: a name that is none stands nowhere.
  const at = /^[0-9a-f]{8,64}$/.test(alertId) ? index.indexOf(` ${alertId} `) : -1;
  if (at < 0) return undefined;
  const begin = index.lastIndexOf('\n', at) + 1;
  const match = /^alert (\d+)$/.exec(index.toString('latin1', begin, at));
  return match === null ? undefined : Number(match[1]);
}

/** Does the index speak of packets of this flow? */
export function knowsFlow(index: Buffer, flowId: number, communityId: string): boolean {
  return index.includes(`packets ${flowId} ${communityId} `);
}

/** The lines of one flow, and the interfaces. What was torn by a crash is passed over. */
export function readIndex(text: string, flowId: number): SpoolIndex {
  const interfaces: { interface: PacketInterface; snaplen: number }[] = [];
  const alerts: IndexedAlert[] = [];
  let unnamed: IndexedAlert[] = [];
  const stretches: Stretch[] = [];
  const wanted = new RegExp(`^(?:interface (.*)|(alert|packets) ${flowId} (.*))\\n`, 'gm');
  for (const [, description, kind, rest] of text.matchAll(wanted)) {
    const fields = (description ?? rest ?? '').split(' ');
    const number = (i: number): number => Number(fields[i]);
    if (description !== undefined) {
      interfaces.push({
        interface: { linkType: number(0), name: readName(fields[2] ?? '') },
        snaplen: number(1),
      });
    } else if (kind === 'alert' && fields.length === 7) {
      const [alertId = '', communityId = ''] = fields;
      const rule = { gid: number(3), sid: number(4), rev: number(5), detection: fields[6] ?? '' };
      const alert = { alertId, flowId, communityId, tsUsec: number(2), ...rule, isNamed: false };
      alerts.push(alert);
      unnamed.push(alert);
    } else if (kind === 'packets' && fields.length === 6) {
      stretches.push({
        ...{ flowId, communityId: fields[0] ?? '', offset: number(1), length: number(2) },
        ...{ packets: number(3), firstUsec: number(4), lastUsec: number(5) },
      });
      // Alerts stand in front of the packets they were written with.
      for (const alert of unnamed) alert.isNamed = number(4) <= alert.tsUsec;
      unnamed = [];
    }
  }
  return { interfaces, alerts, stretches };
}

/** A damaged index gives interfaces without names, and packets all the same. */
function readName(text: string): string {
  try {
    return decodeURIComponent(text.slice(1, -1));
  } catch {
    return '';
  }
}

/** How an alert is named in a packet's comment. */
export function alertComment({ alertId, gid, sid, rev, detection }: PacketAlert): string {
  return `stanzawatch alert=${alertId} sid=${gid}:${sid}:${rev} detection=${detection}`;
}
