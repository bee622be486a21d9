/** Rows of `identities`, `exposures` and `campaigns` as analysts get them. */
import type {
  CampaignSummary,
  ExposureSummary,
  IdentitySummary,
  Sighting,
} from '../../core/index.ts';

/** Columns of `identities`. */
export interface IdentityColumns {
  readonly jid: string;
  readonly domain: string;
  readonly ip: string;
  readonly client: string;
  readonly resources: string;
  readonly connection: string;
  readonly server_ip: string;
  readonly tls: string;
  readonly first_ts_us: number;
  readonly ts_us: number;
  readonly sessions: number;
  readonly tls_sessions: number;
}

/** Rows of one account, latest first, as one. */
export function identitySummary(rows: readonly IdentityColumns[]): IdentitySummary | undefined {
  const [latest] = rows;
  if (latest === undefined) return undefined;
  const sightings = rows.map(sightingOf);
  const each = (value: (seen: Sighting) => string): string[] => distinct(sightings.map(value));
  return {
    jid: latest.jid,
    domain: latest.domain,
    connections: each(({ connection }) => connection),
    addresses: each(({ ip }) => ip),
    clients: each(({ client }) => client),
    resources: distinct(sightings.flatMap(({ resources }) => resources)),
    servers: each(({ serverIp }) => serverIp),
    firstUsec: Math.min(...sightings.map(({ firstUsec }) => firstUsec)),
    lastUsec: Math.max(...sightings.map(({ lastUsec }) => lastUsec)),
    sessions: sum(sightings.map(({ sessions }) => sessions)),
    tlsSessions: sum(sightings.map(({ tlsSessions }) => tlsSessions)),
    sightings,
  };
}

function sightingOf(row: IdentityColumns): Sighting {
  return {
    ip: row.ip,
    client: row.client,
    resources: (JSON.parse(row.resources) as string[]).reverse(),
    connection: row.connection,
    serverIp: row.server_ip,
    tls: row.tls,
    firstUsec: row.first_ts_us,
    lastUsec: row.ts_us,
    sessions: row.sessions,
    tlsSessions: row.tls_sessions,
  };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Columns of `exposures`. */
export interface ExposureColumns {
  readonly jid: string;
  readonly domain: string;
  readonly mechanism: string;
  readonly exposed: string;
  readonly outcome: string;
  readonly condition: string;
  readonly starttls: string;
  readonly connection: string;
  readonly client_ip: string;
  readonly server_ip: string;
  readonly server_port: number;
  readonly client: string;
  readonly first_ts_us: number;
  readonly ts_us: number;
  readonly count: number;
  readonly successes: number;
  readonly failures: number;
}

export function exposureSummary(row: ExposureColumns): ExposureSummary {
  const { jid, domain, mechanism, exposed, outcome, condition, starttls, connection, client } = row;
  const { count, successes, failures } = row;
  return {
    ...{ jid, domain, mechanism, exposed, outcome, condition, starttls, connection, client },
    ...{ count, successes, failures },
    clientIp: row.client_ip,
    serverIp: row.server_ip,
    serverPort: row.server_port,
    firstUsec: row.first_ts_us,
    lastUsec: row.ts_us,
  };
}

/** Columns of `campaigns`, with the number of alerts that joined. */
export interface CampaignColumns {
  readonly campaign_id: string;
  readonly sensor: string;
  readonly kind: string;
  readonly fingerprint: string;
  readonly first_ts_us: number;
  readonly ts_us: number;
  readonly messages: number;
  readonly senders: number;
  readonly domains: number;
  readonly recipients: number;
  readonly sender_samples: string;
  readonly domain_samples: string;
  readonly alerts: number;
}

export function campaignSummary(row: CampaignColumns): CampaignSummary {
  const { sensor, kind, fingerprint, messages, senders, domains, recipients, alerts } = row;
  return {
    campaignId: row.campaign_id,
    ...{ sensor, kind, fingerprint, messages, senders, domains, recipients, alerts },
    firstUsec: row.first_ts_us,
    lastUsec: row.ts_us,
    senderSamples: JSON.parse(row.sender_samples) as string[],
    domainSamples: JSON.parse(row.domain_samples) as string[],
  };
}
