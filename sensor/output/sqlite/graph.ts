/**
 * Who talks to whom around an account, an address or a campaign, as alerts, files and sessions show it. Two steps: what
 * the one asked for had to do with, then what those have to do with each other.
 */
import { OperatorError, type Graph, type GraphEdge, type GraphNode } from '../../core/index.ts';
import { bareJid, partiesOf } from '../../alert/index.ts';
import { conditionsOf } from './alert-queries.ts';
import { fileConditions } from './filters.ts';
import type { StoreReader } from './store-reader.ts';

export interface GraphFilter {
  readonly jid?: string | undefined;
  readonly campaignId?: string | undefined;
  readonly sinceUsec?: number | undefined;
  readonly untilUsec?: number | undefined;
}

const MAX_NODES = 60;
/** Alerts that are read at most, the latest; the same number of files and sessions. */
const MAX_ROWS = 5000;
const MAX_DETECTIONS = 8;

/** A tie between two, in either table. */
interface Tie {
  readonly from: string;
  readonly to: string;
  readonly kind: 'alerts' | 'files' | 'sessions';
  readonly severity: number;
  readonly detection: string;
  readonly lastUsec: number;
}

interface Edge extends Omit<GraphEdge, 'detections'> {
  alerts: number;
  files: number;
  sessions: number;
  severity: number;
  lastUsec: number;
  readonly detections: Set<string>;
}

/** Throws USAGE unless an account (or domain, or address) or a campaign is named. */
export function talkGraph(reader: StoreReader, filter: GraphFilter): Graph {
  const { jid, campaignId } = filter;
  if ((jid ?? '') === '' && (campaignId ?? '') === '') {
    throw new OperatorError('USAGE', 'Say whom to draw', 'Name an account, a server or a campaign');
  }
  const focus = jid === undefined ? undefined : bareJid(jid);
  const ties = [...alertTies(reader, filter), ...fileTies(reader, filter, focus)];
  if (focus !== undefined) ties.push(...sessionTies(reader, filter, focus));
  const edges = edgesOf(ties);
  const activity = new Map<string, number>();
  for (const edge of edges) {
    const weight = edge.alerts + edge.files + edge.sessions;
    for (const id of [edge.from, edge.to]) activity.set(id, (activity.get(id) ?? 0) + weight);
  }
  const ranked = [...activity]
    .sort(
      ([a, x], [b, y]) => Number(b === focus) - Number(a === focus) || y - x || (a < b ? -1 : 1),
    )
    .map(([id]) => id);
  const shown = new Set(ranked.slice(0, MAX_NODES));
  const kept = edges.filter(({ from, to }) => shown.has(from) && shown.has(to));
  return {
    nodes: [...shown].map((id) => nodeOf(id, id === focus, kept)),
    edges: kept.map((edge) => ({ ...edge, detections: [...edge.detections] })),
    isCut: ranked.length > shown.size || ties.length >= MAX_ROWS,
  };
}

function alertTies(reader: StoreReader, filter: GraphFilter): Tie[] {
  const { jid, campaignId, sinceUsec, untilUsec } = filter;
  const alerts = { jid: jid === undefined ? undefined : bareJid(jid), campaignId };
  const { where, values } = conditionsOf(reader, { ...alerts, sinceUsec, untilUsec }).whole;
  return reader
    .all<{
      readonly from_jid: string;
      readonly to_jid: string;
      readonly src_ip: string;
      readonly dest_ip: string;
      readonly contributors: string;
      readonly context: string;
      readonly severity: number;
      readonly detection: string;
      readonly lastUsec: number;
    }>(
      `SELECT a.from_jid, a.to_jid, a.src_ip, a.dest_ip, a.contributors, a.context, a.severity, a.detection,
              a.last_ts_us AS lastUsec
       FROM alerts a${where} ORDER BY a.last_time DESC LIMIT ?`,
      [...values, MAX_ROWS],
    )
    .flatMap((row) => {
      const xmpp = { from: row.from_jid, to: row.to_jid };
      const parties = partiesOf(xmpp, {});
      const from = bareJid(parties.from) || row.src_ip;
      const to = bareJid(parties.to) || row.dest_ip;
      const { severity, detection, lastUsec } = row;
      const contributors = (JSON.parse(row.contributors) as string[]).map(bareJid);
      return pairsOf(from, to, contributors).map((pair) => ({
        ...{ ...pair, severity, detection, lastUsec },
        kind: 'alerts' as const,
      }));
    })
    .filter(isTie);
}

function fileTies(reader: StoreReader, filter: GraphFilter, focus: string | undefined): Tie[] {
  // Files have no campaign.
  if (focus === undefined) return [];
  const { sinceUsec, untilUsec } = filter;
  const { where, values } = fileConditions({ jid: focus, sinceUsec, untilUsec });
  return reader
    .all<Tie>(
      `SELECT CASE WHEN f.from_bare <> '' THEN f.from_bare ELSE f.src_ip END AS "from",
              CASE WHEN f.to_bare <> '' THEN f.to_bare ELSE f.dest_ip END AS "to",
              'files' AS kind, 0 AS severity, '' AS detection, f.ts_us AS lastUsec
       FROM files f${where} ORDER BY f.time DESC LIMIT ?`,
      [...values, MAX_ROWS],
    )
    .filter(isTie);
}

/** An account with the servers it was on, from the addresses it was at. */
function sessionTies(reader: StoreReader, filter: GraphFilter, focus: string): Tie[] {
  const { sinceUsec = 0, untilUsec = Number.MAX_SAFE_INTEGER } = filter;
  const who = focus.includes('@') ? 's.bare = ?' : 's.domain = ? COLLATE NOCASE';
  return reader
    .all<{
      readonly account: string;
      readonly peer: string;
      readonly client_ip: string;
      readonly server: string;
      readonly lastUsec: number;
    }>(
      `SELECT s.bare AS account, lower(s.peer_domain) AS peer, s.client_ip, lower(s.domain) AS server,
              s.end_us AS lastUsec
       FROM sessions s WHERE ${who} AND s.end_us >= ? AND s.start_us < ?
         AND (s.id & 1023 <> 0 OR within_time())
       ORDER BY s.time DESC LIMIT ?`,
      [focus, sinceUsec, untilUsec, MAX_ROWS],
    )
    .flatMap(({ account, peer, client_ip: address, server, lastUsec }) => {
      const common = { kind: 'sessions' as const, severity: 0, detection: '', lastUsec };
      const client = account || peer || address;
      const ties = [{ ...common, from: client, to: server }];
      return client === address ? ties : [...ties, { ...common, from: address, to: client }];
    })
    .filter(isTie);
}

function edgesOf(ties: readonly Tie[]): Edge[] {
  const edges = new Map<string, Edge>();
  for (const { from, to, kind, severity, detection, lastUsec } of ties) {
    const key = JSON.stringify([from, to]);
    const edge = edges.get(key) ?? {
      ...{ from, to, alerts: 0, files: 0, sessions: 0, severity: 0, lastUsec },
      detections: new Set<string>(),
    };
    edges.set(key, edge);
    edge[kind]++;
    if (severity > 0 && (edge.severity === 0 || severity < edge.severity)) edge.severity = severity;
    if (detection !== '' && edge.detections.size < MAX_DETECTIONS) edge.detections.add(detection);
    edge.lastUsec = Math.max(edge.lastUsec, lastUsec);
  }
  return [...edges.values()];
}

function nodeOf(id: string, isFocus: boolean, edges: readonly Edge[]): GraphNode {
  const own = edges.filter(({ from, to }) => from === id || to === id);
  const severities = own.map(({ severity }) => severity).filter((severity) => severity > 0);
  return {
    ...{ id, isFocus },
    kind: kindOf(id),
    alerts: own.reduce((sum, { alerts }) => sum + alerts, 0),
    severity: severities.length === 0 ? 0 : Math.min(...severities),
  };
}

function kindOf(id: string): GraphNode['kind'] {
  if (id.includes('@')) return 'account';
  return /^[\d.]+$/.test(id) || id.includes(':') ? 'address' : 'server';
}

/**
 * The ends of an alert with its contributors, JIDs or addresses. They are those an attack reached when its first target
 * is among them (one account writes to many), otherwise those it came from (many write to one).
 */
function pairsOf(
  from: string,
  to: string,
  contributors: readonly string[],
): Pick<Tie, 'from' | 'to'>[] {
  const isReached = contributors.some((name) => isSame(name, to));
  const others = new Set(contributors.filter((name) => !isSame(name, from) && !isSame(name, to)));
  const pairs = [...others].map((name) => (isReached ? { from, to: name } : { from: name, to }));
  return [{ from, to }, ...pairs];
}

/** Detection cuts names that are no JIDs at their slash. */
function isSame(contributor: string, name: string): boolean {
  return contributor === name || contributor === name.split('/', 1)[0];
}

function isTie({ from, to }: Tie): boolean {
  return from !== '' && to !== '' && from !== to;
}
