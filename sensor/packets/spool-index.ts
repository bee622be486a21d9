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

/** The index of one file. */
export interface SpoolIndex {
  readonly interfaces: readonly { readonly interface: PacketInterface; readonly snaplen: number }[];
  readonly alerts: readonly PacketAlert[];
  readonly stretches: readonly Stretch[];
}

/** Does the index speak of this alert? Its flow, else undefined. */
export function flowOfAlert(text: string, alertId: string): number | undefined {
  if (!/^[0-9a-f]+$/.test(alertId)) return undefined;
  const match = new RegExp(`^alert (\\d+) ${alertId} `, 'm').exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** The lines of one flow, and the interfaces. What was torn by a crash is passed over. */
export function readIndex(text: string, flowId: number): SpoolIndex {
  const interfaces: { interface: PacketInterface; snaplen: number }[] = [];
  const alerts: PacketAlert[] = [];
  const stretches: Stretch[] = [];
  const wanted = new RegExp(`^(?:interface (.*)|(alert|packets) ${flowId} (.*))\\n`, 'gm');
  for (const [, description, kind, rest] of text.matchAll(wanted)) {
    const fields = (description ?? rest ?? '').split(' ');
    const number = (i: number): number => Number(fields[i]);
    if (description !== undefined) {
      const name = decodeURIComponent((fields[2] ?? '""').slice(1, -1));
      interfaces.push({ interface: { linkType: number(0), name }, snaplen: number(1) });
    } else if (kind === 'alert' && fields.length === 7) {
      const [alertId = '', communityId = ''] = fields;
      const rule = { gid: number(3), sid: number(4), rev: number(5), detection: fields[6] ?? '' };
      alerts.push({ alertId, flowId, communityId, tsUsec: number(2), ...rule });
    } else if (kind === 'packets' && fields.length === 6) {
      stretches.push({
        ...{ flowId, communityId: fields[0] ?? '', offset: number(1), length: number(2) },
        ...{ packets: number(3), firstUsec: number(4), lastUsec: number(5) },
      });
    }
  }
  return { interfaces, alerts, stretches };
}

/** How an alert is named in a packet's comment. */
export function alertComment({ alertId, gid, sid, rev, detection }: PacketAlert): string {
  return `stanzawatch alert=${alertId} sid=${gid}:${sid}:${rev} detection=${detection}`;
}
