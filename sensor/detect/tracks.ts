/** What a threshold counts by: the value of its `track` for one firing, as a key. */
import { formatAddress, type Direction } from '../core/index.ts';
import type { ThresholdTrack } from '../rules/index.ts';
import type { FlowEndpoints } from './header-match.ts';

export interface TrackSource {
  readonly from: string;
  readonly to: string;
  readonly room: string;
  readonly direction: Direction;
  /** Undefined outside XMPP. */
  readonly sessionId: number | undefined;
  readonly flow: number;
  readonly endpoints: () => FlowEndpoints | undefined;
}

/** Values that are not known are one value: such firings are counted together. */
export function trackedValue(track: ThresholdTrack, source: TrackSource): string {
  switch (track) {
    case 'by_rule':
      return '';
    case 'by_flow':
      // Flow indexes are used again, numbers of flows and sessions are not.
      return source.sessionId === undefined
        ? `f${source.endpoints()?.flowId ?? source.flow}`
        : `s${source.sessionId}`;
    case 'by_from_jid':
      return bareJid(source.from);
    case 'by_to_jid':
      return bareJid(source.to);
    case 'by_domain':
      return domainOf(source.from);
    case 'by_room':
      return bareJid(source.room === '' ? source.to : source.room);
    case 'by_src':
      return address(source, source.direction === 0);
    case 'by_dst':
      return address(source, source.direction === 1);
    case 'by_both':
      return `${address(source, source.direction === 0)} ${address(source, source.direction === 1)}`;
  }
}

function address({ endpoints }: TrackSource, isClient: boolean): string {
  const found = endpoints();
  if (found === undefined) return '';
  const words = isClient ? found.clientWords : found.serverWords;
  return formatAddress(
    words[0] as number,
    words[1] as number,
    words[2] as number,
    words[3] as number,
  );
}

/** RFC 7622: what stands before the first slash, without regard to ASCII case. */
function bareJid(jid: string): string {
  const slash = jid.indexOf('/');
  return (slash < 0 ? jid : jid.slice(0, slash)).toLowerCase();
}

function domainOf(jid: string): string {
  const bare = bareJid(jid);
  return bare.slice(bare.indexOf('@') + 1);
}
