/**
 * A store as a busy month leaves it: alerts spread over 30 days with working hours, 400 signatures of which few fire
 * often, 50,000 accounts of which few are loud. The same for the same count: a small generator with a fixed seed.
 */
import { createHash } from 'node:crypto';
import type { AlertRecord, SensorRecord, Severity } from '../../sensor/alert/index.ts';
import { alertRecord } from '../unit/alert/sample.ts';

export const MONTH_USEC = 30 * 86_400 * 1e6;

const SIGNATURES = 400;
const ACCOUNTS = 50_000;
const DOMAINS = 200;
const WORDS = (
  'transfer account invoice contract quarter budget attached meeting tomorrow please confirm number card salary ' +
  'report customer delivery project password server urgent prize winner crypto wallet bonus click link offer bank ' +
  'payment passport holiday lunch server room shift backup database export archive private key schedule'
).split(' ');
const FAMILIES = ['dlp', 'spim', 'auth', 'xml', 'pol', 'mal', 'fed', 'svc'];
const CATEGORIES = [
  'Data leak',
  'Unsolicited message',
  'Credential exposure',
  'Protocol attack',
  'Policy violation',
  'Malware',
  'Federation abuse',
  'Service abuse',
];

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Alerts in the order of time, the last at `endUsec`. */
export function* manyAlerts(count: number, endUsec: number): Generator<SensorRecord> {
  const random = seeded(20261121);
  const pick = (items: number, skew: number): number => Math.floor(items * random() ** skew);
  const account = (): string => {
    const user = pick(ACCOUNTS, 3);
    return `user${user}@d${user % DOMAINS}.example/phone`;
  };
  const address = (): string => {
    const host = pick(60_000, 2);
    return `10.20.${host >> 8}.${host & 255}`;
  };
  const text = (words: number): string =>
    Array.from({ length: words }, () => WORDS[pick(WORDS.length, 1)] ?? '').join(' ');
  for (let i = 0; i < count; i++) {
    const at = endUsec - MONTH_USEC + MONTH_USEC * workingHours((i + random()) / count);
    const signature = pick(SIGNATURES, 2.5);
    const family = signature % FAMILIES.length;
    const from = account();
    const to = account();
    const grows = random() < 0.1;
    const firings = grows ? 1 + pick(500, 4) : 1;
    const summary =
      random() < 0.5
        ? `${from} sent ${text(4)} to ${to}, ${String(1 + pick(40, 2))} times in ten minutes`
        : '';
    yield { kind: 'alert', record: alertOf(i) };

    function alertOf(serial: number): AlertRecord {
      const { xmpp, evidence } = alertRecord;
      const last = Math.min(at + pick(600, 2) * 1e6, endUsec);
      return {
        ...alertRecord,
        alertId: createHash('md5').update(String(serial)).digest('hex'),
        tsUsec: Math.floor(at),
        flowId: 1 + pick(1e9, 1),
        communityId: `1:${createHash('sha1')
          .update(String(pick(300_000, 1)))
          .digest('base64')}`,
        srcIp: address(),
        destIp: `10.9.0.${String(pick(40, 2))}`,
        detection: `${FAMILIES[family] ?? ''}-kind${String(signature % 120)}`,
        alert: {
          ...alertRecord.alert,
          sid: 1_510_000 + signature,
          signature: `STANZAWATCH ${CATEGORIES[family] ?? ''} of kind ${String(signature)}`,
          category: CATEGORIES[family] ?? '',
          severity: (1 + (signature % 4)) as Severity,
          count: firings,
          context: { ...alertRecord.alert.context, ...(summary === '' ? {} : { summary }) },
        },
        ...(grows
          ? {
              incident: {
                ...{ name: String(serial), firings, lastUsec: Math.floor(last) },
                contributors: [from.split('/')[0] ?? ''],
                contributorCount: 1,
                ...(random() < 0.3 ? { campaignId: `campaign${String(pick(300, 2))}` } : {}),
              },
            }
          : {}),
        xmpp: xmpp === undefined ? undefined : { ...xmpp, from, to, id: `m${String(serial)}` },
        evidence: evidence === undefined ? undefined : { ...evidence, excerpt: text(14) },
      };
    }
  }
}

/** Bends even time so that most of a day's alerts come between nine and five. */
function workingHours(share: number): number {
  const day = share * 30;
  const hour = day - Math.floor(day);
  const bent = hour - Math.sin(2 * Math.PI * hour) * 0.1;
  return (Math.floor(day) + Math.min(Math.max(bent, 0), 0.999999)) / 30;
}
