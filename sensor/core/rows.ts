/**
 * Rows of the store as everybody sees them: `--json` of the command line, API and console; plain JSON, redacted
 * before it was written; every string may come from traffic and is data, never markup. No imports: the console is
 * built from this file for browsers.
 */

/** What an analyst made of an alert. */
export const TRIAGE_STATUSES = ['new', 'acknowledged', 'escalated', 'closed'] as const;

export type TriageStatus = (typeof TRIAGE_STATUSES)[number];

export interface EvidenceMatch {
  readonly offset: number;
  readonly length: number;
  /** First and last characters with the middle masked; wholly masked for passwords. */
  readonly masked: string;
  /** HMAC-SHA-256 (hex, first 32 characters) of the matched bytes under the sensor's key. */
  readonly hmac: string;
}

export interface FlowCounts {
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverIp: string;
  readonly serverPort: number;
  readonly pktsToServer: number;
  readonly pktsToClient: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  readonly startUsec: number;
  readonly lastUsec: number;
  readonly state: string;
}

/** A file that moved, at its end (EVE event_type fileinfo, table files). */
export interface FileRecord {
  /** The same file of the same capture has the same id in every replay. */
  readonly fileId: string;
  /** Of its last byte. */
  readonly tsUsec: number;
  readonly startUsec: number;
  readonly sensor: string;
  /** The flow its bytes were seen on first; of the sender's connection where there are two (SOCKS5 proxies). */
  readonly flowId: number;
  readonly communityId: string;
  readonly inIface: string;
  readonly pcapFilename: string;
  /** From who had the bytes to who got them, on that flow. */
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly ipVersion: 4 | 6 | 0;
  readonly road: 'ibb' | 'socks5' | 'bob' | 'http' | 'inline';
  /** Protocol of the offer: 'si', 'jingle', 'sfs', 'oob', 'upload', 'bob', 'vcard', 'avatar'; '' without one. */
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  readonly sid: string;
  readonly name: string;
  /** As offered; -1 and '' when not said. */
  readonly announcedBytes: number;
  readonly announcedMime: string;
  readonly seenBytes: number;
  readonly gapBytes: number;
  readonly magic: string;
  readonly mime: string;
  /** Of all bytes; '' when some are missing. */
  readonly sha256: string;
  readonly md5: string;
  readonly isComplete: boolean;
  /** Why it is not: 'gap', 'no_start', 'cut_off', 'unfinished'; '' when it is. */
  readonly lack: string;
  /** How much of the content was looked at; `unseen` says why not all ("members", "time", "encrypted"). */
  readonly inspected: 'whole' | 'partly' | 'none';
  readonly unseen: string;
  /** Members of an archive. */
  readonly members: number;
  /** What was found, by detection: times. */
  readonly found: Readonly<Record<string, number>>;
}

export interface StoredAlert {
  /** Row number, for people; `alertId` names the alert everywhere. */
  readonly id: number;
  readonly alertId: string;
  /** First firing. */
  readonly tsUsec: number;
  readonly lastUsec: number;
  readonly sensor: string;
  readonly severity: number;
  readonly detection: string;
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly signature: string;
  /** What happened, in a sentence; '' in alerts of versions that told none. */
  readonly summary: string;
  readonly category: string;
  readonly classtype: string;
  readonly confidence: string;
  readonly count: number;
  /** The first who took part in an attack that goes on, and how many there are. */
  readonly contributors: readonly string[];
  readonly contributorCount: number;
  /** '' for none. */
  readonly campaignId: string;
  /** Which end is attacked: 'src_ip', 'dest_ip', '' where the rule does not say. */
  readonly target: string;
  readonly direction: string;
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly flowId: number;
  readonly communityId: string;
  readonly inIface: string;
  readonly vlan: readonly number[];
  readonly pcapFilename: string;
  readonly pcapCnt: number;
  /** Undefined for alerts outside XMPP. */
  readonly xmpp:
    | {
        readonly connection: string;
        readonly transport: string;
        readonly compressed: boolean;
        readonly tls: string;
        readonly stanza: string;
        readonly type: string;
        readonly id: string;
        readonly from: string;
        readonly to: string;
        readonly ns: readonly string[];
        readonly user: string;
        readonly domain: string;
        readonly mechanism: string;
        readonly client: string;
        readonly seenPercent: number;
      }
    | undefined;
  readonly evidence:
    | {
        readonly buffer: string;
        readonly excerpt: string;
        readonly matches: readonly EvidenceMatch[];
      }
    | undefined;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  readonly references: readonly string[];
  readonly context: Readonly<Record<string, string | number>>;
  readonly flow: FlowCounts;
  readonly status: TriageStatus;
  readonly comment: string;
}

/** Pairs are to server, to client. */
export interface StoredSession {
  readonly id: number;
  readonly sensor: string;
  readonly communityId: string;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverIp: string;
  readonly serverPort: number;
  readonly startUsec: number;
  readonly endUsec: number;
  readonly endReason: string;
  readonly connection: string;
  readonly transport: string;
  readonly compressed: boolean;
  readonly tls: string;
  readonly starttls: string;
  readonly compression: string;
  readonly jid: string;
  readonly user: string;
  readonly domain: string;
  readonly peerDomain: string;
  readonly mechanism: string;
  readonly outcome: string;
  readonly mechanismsOffered: readonly string[];
  readonly client: string;
  readonly messages: readonly [number, number];
  readonly presences: readonly [number, number];
  readonly iqs: readonly [number, number];
  readonly others: readonly [number, number];
  readonly bytes: readonly [number, number];
  readonly streamErrors: readonly string[];
  readonly seenPercent: number;
}

export interface StoredFile extends FileRecord {
  /** Row number, for people; `fileId` names the file everywhere. */
  readonly id: number;
  /** Alerts about it. */
  readonly alerts: number;
  /** When its content was put into the folder `files`; undefined when it never was. */
  readonly keptUsec: number | undefined;
}

/** An account where it was seen with one client. */
export interface Sighting {
  readonly ip: string;
  readonly client: string;
  readonly resources: readonly string[];
  /** 'c2s', 's2s', 'component', 'serverless'. */
  readonly connection: string;
  readonly serverIp: string;
  /** Of the latest session. */
  readonly tls: string;
  readonly firstUsec: number;
  readonly lastUsec: number;
  readonly sessions: number;
  /** Sessions that went on under TLS. */
  readonly tlsSessions: number;
}

/** An account, or a server on a federation link. Lists name the latest first. */
export interface IdentitySummary {
  readonly jid: string;
  readonly domain: string;
  readonly connections: readonly string[];
  readonly addresses: readonly string[];
  readonly clients: readonly string[];
  readonly resources: readonly string[];
  readonly servers: readonly string[];
  readonly firstUsec: number;
  readonly lastUsec: number;
  readonly sessions: number;
  readonly tlsSessions: number;
  readonly sightings: readonly Sighting[];
}

export interface ExposureSummary {
  readonly jid: string;
  readonly domain: string;
  readonly mechanism: string;
  /** What a listener learned: password, hash, token, unknown; session: only what was said in it. */
  readonly exposed: string;
  /** 'success' once one succeeded, else that of the latest; '' while no answer was seen. */
  readonly outcome: string;
  /** Why the latest failed, '' where that was not said. */
  readonly condition: string;
  /** 'offered' or 'required' here means: offered and not used. */
  readonly starttls: string;
  readonly connection: string;
  readonly clientIp: string;
  readonly serverIp: string;
  readonly serverPort: number;
  readonly client: string;
  readonly firstUsec: number;
  readonly lastUsec: number;
  /** Attempts; those not answered are neither successes nor failures. */
  readonly count: number;
  readonly successes: number;
  readonly failures: number;
}

export interface CampaignSummary {
  readonly campaignId: string;
  readonly sensor: string;
  /** What holds it together: 'text', 'link' or 'domain'. */
  readonly kind: string;
  readonly fingerprint: string;
  readonly firstUsec: number;
  readonly lastUsec: number;
  readonly messages: number;
  readonly senders: number;
  readonly domains: number;
  readonly recipients: number;
  readonly senderSamples: readonly string[];
  readonly domainSamples: readonly string[];
  /** Alerts that joined it. */
  readonly alerts: number;
}

export interface TopRow {
  /** The JID, domain, address, signature text or category. */
  readonly key: string;
  /** sid of a signature, undefined for other keys. */
  readonly sid: number | undefined;
  /** Firings: an alert counts as often as it did. */
  readonly alerts: number;
  /** Worst severity among them. */
  readonly severity: number;
  readonly firstUsec: number;
  readonly lastUsec: number;
}
