/** What may be asked: parameters and bodies. Every text is bounded; what is not listed is refused. */
import { TRIAGE_STATUSES } from '../../core/index.ts';
import { TOP_KEYS } from '../../output/index.ts';
import { flag, integer, list, oneOf, type Schema } from './schema.ts';

function short(description: string, maxLength = 256): Schema {
  return { type: 'string', minLength: 1, maxLength, description };
}

/** Refusals name the first one, too. */
function like(schema: Schema, ...examples: readonly (string | number)[]): Schema {
  return { ...schema, examples };
}

/** A longest JID has 3071 bytes (RFC 7622). */
const jid = like(short('Bare or full JID, or domain', 3071), 'alice@corp.example');
const ip = like(short('Address of either end', 64), '192.0.2.7');
const domain = like(short('Domain', 1023), 'corp.example');
const since = like(
  short('24h, 7d, a date, ISO 8601, or seconds or microseconds since the epoch', 64),
  ...['24h', '2026-11-21T08:00:00Z'],
);
const until = { ...since, description: 'As since; what came before then' };
const limit = like(
  { type: 'integer', minimum: 1, maximum: 500, description: '50 unless told' },
  100,
);
const cursor = short('`next` of the page before', 512);
/** A filter, and its value. */
const exclusion = { type: 'string', minLength: 1, maxLength: 3081 };
const sid = like({ type: 'integer', minimum: 1, maximum: 4_294_967_295 }, 1_510_010);
const gid = like(sid, 1);

/** Only these members; none is needed. */
function query(properties: Readonly<Record<string, Schema>>, required: string[] = []): Schema {
  return {
    type: 'object',
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

const times = { since, until };
const page = { limit, cursor };

const alertFilters = {
  ...times,
  severity: like(
    short('critical, high, medium, info or 1 to 4, several with commas', 64),
    'critical,high',
  ),
  detection: like(short('Slug, or a family as dlp-*', 128), 'dlp-*'),
  ...{ gid, sid },
  ...{ jid, ip },
  category: short('Category of the signature'),
  status: like(short('Triage, several with commas; open is new and escalated', 64), 'open'),
  campaign: short('Campaign id'),
  file: short('File id'),
  flow: short('Community id of the flow'),
  text: short('Words in signature, summary, excerpt, JIDs or contributors', 1000),
  not: {
    // One in a query comes as a text: nothing says there that there could be more.
    anyOf: [exclusion, { type: 'array', items: exclusion, maxItems: 50 }],
    description:
      'What is left out, as filter:value (jid:alice@corp.example, detection:dlp-*, severity:info, sid:GID:SID); may be repeated. Takes all filters but times',
  },
  ...page,
};

export const noQuery = query({});
export const alertQuery = query(alertFilters);
export const topQuery = query({ ...alertFilters, by: oneOf(TOP_KEYS) });
export const sessionQuery = query({
  ...times,
  ...{ jid, ip },
  text: short('Words in JID, user, domain or client', 1000),
  ...page,
});
export const fileQuery = query({
  ...times,
  ...{ jid, ip, domain },
  name: short('Words in its name', 1000),
  hash: like(
    { ...short('SHA-256 or MD5, or how it begins', 64), pattern: '^[0-9A-Fa-f]+$' },
    'a3d00c5b',
  ),
  road: oneOf(['ibb', 'socks5', 'bob', 'http', 'inline']),
  found: short('Detection, or a beginning with *', 128),
  incomplete: { ...flag, description: 'Only those that were not seen whole' },
  ...page,
});
export const identityQuery = query({ ...times, ...{ jid, ip, domain }, ...page });
export const exposureQuery = query({
  ...times,
  ...{ jid, ip, domain },
  exposed: oneOf(['password', 'hash', 'token', 'session', 'unknown']),
  ...page,
});
export const campaignQuery = query({ ...times, ...page });
export const graphQuery = query({ jid, campaign: short('Campaign id'), ...times });
export const timesQuery = query(times);
export const auditQuery = query({
  ...times,
  actor: short('Part of the name of who did it'),
  action: short('Part of what was done: rule, packets taken, triage'),
  object: short('Part of what it was done to, or of the details', 1000),
  ...page,
});
export const ruleQuery = query({
  text: short('Words in message, detection, category, file or sid'),
  detection: short('Slug, or a family as dlp-*', 128),
  file: short('Name of the rule file'),
  tuned: flag,
  enabled: flag,
});

/** `:id` of alerts, files and campaigns: row number, or how the id begins. */
const id = { ...short('Id: letters, digits, - and _', 64), pattern: '^[A-Za-z0-9_-]+$' };
export const idParams = query({ id: like(id, '4f1c9a7be0d2') }, ['id']);
export const ruleParams = query(
  {
    sid: like({ ...short('SID, or GID:SID', 32), pattern: '^(\\d{1,10}:)?\\d{1,10}$' }, '1510010'),
  },
  ['sid'],
);

const status = oneOf(TRIAGE_STATUSES);
const comment: Schema = { type: 'string', maxLength: 4000 };
/** At least one of both. */
const statusOrComment = [{ required: ['status'] }, { required: ['comment'] }];

export const triageBody: Schema = { ...query({ status, comment }), anyOf: statusOrComment };
export const bulkTriageBody: Schema = {
  ...query({
    status,
    comment,
    ids: { ...list({ ...short('Alert id', 64) }), minItems: 1, maxItems: 1000 },
    query: alertQuery,
  }),
  anyOf: statusOrComment,
  oneOf: [{ required: ['ids'] }, { required: ['query'] }],
};
export const tryBody = query(
  {
    // 256 KiB of bytes are more as base64.
    stanza: short('Stanzas, or a whole stream', 352 * 1024),
    encoding: oneOf(['text', 'base64']),
    direction: oneOf(['to_server', 'to_client']),
    sid,
    rules: {
      type: 'string',
      maxLength: 64 * 1024,
      description: 'Rules to try beside those in force',
    },
  },
  ['stanza'],
);

const reason = short('Why', 500);
export const untuneBody = query({ reason }, ['reason']);
export const tuningBody: Schema = {
  type: 'object',
  oneOf: [
    query({ gid, sid, reason, action: oneOf(['disable']) }, ['sid', 'reason', 'action']),
    query(
      {
        ...{ gid, sid, reason },
        action: oneOf(['suppress']),
        track: oneOf([
          ...['by_src', 'by_dst', 'by_either', 'by_from_jid', 'by_to_jid', 'by_domain', 'by_room'],
        ]),
        value: short('Address, block, JID or domain', 3071),
      },
      ['sid', 'reason', 'action'],
    ),
    query(
      {
        ...{ gid, sid, reason },
        action: oneOf(['threshold']),
        type: oneOf(['limit', 'threshold', 'both']),
        track: short('by_src, by_dst, by_both, by_rule or a way of XMPP', 32),
        count: { ...integer, minimum: 1, maximum: 1_000_000_000 },
        seconds: { ...integer, minimum: 1, maximum: 31_536_000 },
      },
      ['sid', 'reason', 'action', 'type', 'track', 'count', 'seconds'],
    ),
  ],
};
