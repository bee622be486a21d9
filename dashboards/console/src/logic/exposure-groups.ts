/**
 * Who showed credentials in the clear, by domain, as sentences one can put into a ticket: what a listener learned, from
 * how many accounts, and what the owner of the domain should change.
 */
import type { ExposureSummary } from '../../../../sensor/core/rows.ts';
import { toCsv } from './csv.ts';
import { count } from './number.ts';
import { starttlsWords } from './people-words.ts';
import { endpoint } from './story.ts';

export interface ExposureGroup {
  readonly domain: string;
  /** Worst first, then latest. */
  readonly rows: readonly ExposureSummary[];
  readonly accounts: number;
  /** `14 accounts sent passwords that anybody on the way could read.` */
  readonly sentence: string;
  readonly fixes: readonly string[];
  readonly lastUsec: number;
  /** The worst of it. */
  readonly exposed: string;
}

/** Worst first. */
const KINDS = ['password', 'token', 'hash', 'session', 'unknown'] as const;

const LEARNED: Readonly<Record<string, readonly [one: string, many: string]>> = {
  password: [
    'sent its password readable by anybody on the way',
    'sent passwords readable by anybody on the way',
  ],
  token: [
    'sent a token that logs in without the password',
    'sent tokens that log in without the password',
  ],
  hash: [
    'sent a proof of its password that can be guessed at offline',
    'sent proofs of their passwords that can be guessed at offline',
  ],
  session: [
    'talked in the clear although TLS was offered',
    'talked in the clear although TLS was offered',
  ],
  unknown: [
    'logged in in the clear in a way the sensor does not know',
    'logged in in the clear in ways the sensor does not know',
  ],
};

/** Groups with the worst kind first, then by accounts. */
export function groupExposures(rows: readonly ExposureSummary[]): ExposureGroup[] {
  const byDomain = new Map<string, ExposureSummary[]>();
  for (const row of rows) {
    const domain = row.domain.toLowerCase();
    const list = byDomain.get(domain);
    if (list === undefined) byDomain.set(domain, [row]);
    else list.push(row);
  }
  return [...byDomain]
    .map(([domain, own]) => groupOf(domain, own))
    .sort(
      (a, b) =>
        rank(a.exposed) - rank(b.exposed) || b.accounts - a.accounts || b.lastUsec - a.lastUsec,
    );
}

function groupOf(domain: string, rows: readonly ExposureSummary[]): ExposureGroup {
  const exposed = KINDS.find((kind) => rows.some((row) => row.exposed === kind)) ?? 'unknown';
  return {
    domain,
    rows: [...rows].sort((a, b) => rank(a.exposed) - rank(b.exposed) || b.lastUsec - a.lastUsec),
    accounts: countAccounts(rows),
    sentence: sentenceOf(rows),
    fixes: fixesOf(domain, rows),
    lastUsec: Math.max(...rows.map(({ lastUsec }) => lastUsec)),
    exposed,
  };
}

function sentenceOf(rows: readonly ExposureSummary[]): string {
  const parts = KINDS.flatMap((kind) => {
    const accounts = countAccounts(rows.filter(({ exposed }) => exposed === kind));
    if (accounts === 0) return [];
    const [one, many] = LEARNED[kind] ?? ['', ''];
    return [accounts === 1 ? `one account ${one}` : `${accounts} accounts ${many}`];
  });
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What to change, most useful first; the last one is about what was learned already. */
function fixesOf(domain: string, rows: readonly ExposureSummary[]): string[] {
  const where = domain === '' ? 'the server' : domain;
  const fixes: string[] = [];
  const has = (test: (row: ExposureSummary) => boolean): boolean => rows.some(test);
  const isClient = ({ connection }: ExposureSummary): boolean => connection === 'c2s';
  if (has((row) => isClient(row) && row.starttls === 'absent')) {
    fixes.push(`Offer and require STARTTLS on ${where} (port 5222), or direct TLS (port 5223).`);
  } else if (has((row) => isClient(row) && row.starttls === 'offered')) {
    fixes.push(`Require STARTTLS on ${where}: it is offered, and clients went on without it.`);
  }
  if (has((row) => row.starttls === 'required')) {
    fixes.push(
      `Find out why clients of ${where} log in before TLS although it is required: somebody on the way may strip it, or the server does not hold to it.`,
    );
  }
  if (has(({ mechanism }) => /^(?:PLAIN|LOGIN|XEP-0078 plaintext)$/.test(mechanism))) {
    fixes.push('Allow PLAIN and the old plaintext login only under TLS.');
  }
  if (has(({ mechanism }) => mechanism.startsWith('XEP-0077'))) {
    fixes.push('Allow registration and change of password only under TLS.');
  }
  if (has(({ connection }) => connection === 'component')) {
    fixes.push('Let components connect over loopback or a tunnel: their protocol has no TLS.');
  }
  if (has(({ connection }) => connection === 's2s')) {
    fixes.push(`Require TLS on server links of ${where}.`);
  }
  const known = countAccounts(
    rows.filter(
      ({ exposed, outcome }) =>
        (exposed === 'password' || exposed === 'token') && outcome === 'success',
    ),
  );
  if (known > 0) {
    const whose = known === 1 ? 'the account whose' : `the ${known} accounts whose`;
    fixes.push(`Then change the passwords and tokens of ${whose} login succeeded.`);
  }
  return fixes;
}

/** Attempts in words: `3 accepted, 2 refused (not-authorized)`. */
export function outcomeWords(row: ExposureSummary): string {
  const { outcome, successes, failures, condition, exposed } = row;
  if (exposed === 'session') return outcome;
  const parts: string[] = [];
  if (successes > 0) parts.push(`${count(successes)} accepted`);
  if (failures > 0) {
    const why = condition === '' ? '' : ` (${condition})`;
    parts.push(`${count(failures)} refused${why}`);
  }
  return parts.length > 0 ? parts.join(', ') : 'no answer seen';
}

/** The rows as CSV for a ticket. */
export function exposuresCsv(rows: readonly ExposureSummary[]): string {
  const titles = [
    ...['account', 'domain', 'exposed', 'mechanism', 'attempts', 'accepted', 'refused'],
    ...['last refusal', 'starttls', 'client address', 'server', 'client'],
    ...['first (UTC)', 'last (UTC)'],
  ];
  return toCsv(
    titles,
    rows.map((row) => [
      ...[row.jid, row.domain, row.exposed, row.mechanism],
      ...[row.count, row.successes, row.failures, row.condition],
      ...[starttlsWords(row.starttls), row.clientIp, endpoint(row.serverIp, row.serverPort)],
      ...[row.client, isoTime(row.firstUsec), isoTime(row.lastUsec)],
    ]),
  );
}

function countAccounts(rows: readonly ExposureSummary[]): number {
  return new Set(rows.map(({ jid, clientIp }) => jid || clientIp)).size;
}

function rank(kind: string): number {
  const index = (KINDS as readonly string[]).indexOf(kind);
  return index < 0 ? KINDS.length : index;
}

function isoTime(usec: number): string {
  return new Date(usec / 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
