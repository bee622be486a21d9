/**
 * What an analyst asks for as a line of threshold.config or disable.conf. Whatever comes in is data from elsewhere: no
 * value may end the line, begin a comment, or become another part of it. That the line makes sense the loader says.
 */
import type { TuningRequest } from '../api/index.ts';
import { OperatorError } from '../core/index.ts';

export type TuningKind = 'threshold' | 'disable';

export interface TuningLine {
  readonly kind: TuningKind;
  readonly line: string;
}

const ADDRESS_TRACKS: readonly string[] = ['by_src', 'by_dst', 'by_either'];
const VALUE_TRACKS: readonly string[] = ['by_from_jid', 'by_to_jid', 'by_domain', 'by_room'];
const TYPES: readonly string[] = ['limit', 'threshold', 'both'];
const MAX_ID = 0xffffffff;
/** RFC 7622: three parts of 1023 bytes and the marks between them. */
const MAX_VALUE_CHARS = 3071;
const MAX_REASON_CHARS = 500;

/** Throws OperatorError USAGE that names what is wrong. */
export function tuningLine(request: TuningRequest): TuningLine {
  const gid = whole(request.gid ?? 1, 'gid', 1);
  const sid = whole(request.sid, 'sid', 1);
  const target = `gen_id ${gid}, sig_id ${sid}`;
  switch (request.action) {
    case 'disable':
      return { kind: 'disable', line: gid === 1 ? `${sid}` : `${gid}:${sid}` };
    case 'suppress':
      return { kind: 'threshold', line: `suppress ${target}${suppressedPart(request)}` };
    case 'threshold': {
      const { type, track } = request;
      if (!TYPES.includes(type)) throw usage('type', `one of: ${TYPES.join(', ')}`);
      if (!/^by_[a-z_]{1,20}$/.test(track)) throw usage('track', 'for example by_src');
      const count = whole(request.count, 'count', 1);
      const seconds = whole(request.seconds, 'seconds', 1);
      const rate = `type ${type}, track ${track}, count ${count}, seconds ${seconds}`;
      return { kind: 'threshold', line: `threshold ${target}, ${rate}` };
    }
    default:
      throw usage('action', 'one of: suppress, threshold, disable');
  }
}

/** The reason as it is kept. Throws OperatorError USAGE when there is none, or too much of it. */
export function checkedReason(reason: string): string {
  const text = typeof reason === 'string' ? reason.trim() : '';
  if (text === '') throw usage('reason', 'say why: whoever wonders about a silent rule will ask');
  if (text.length > MAX_REASON_CHARS) {
    throw usage('reason', `at most ${MAX_REASON_CHARS} characters`);
  }
  return text;
}

function suppressedPart({
  track,
  value,
}: Extract<TuningRequest, { readonly action: 'suppress' }>): string {
  if (track === undefined) {
    if (value !== undefined && value !== '') throw usage('track', 'say what the value is of');
    return '';
  }
  if (typeof value !== 'string' || value === '' || value.length > MAX_VALUE_CHARS) {
    throw usage('value', `say which: 1 to ${MAX_VALUE_CHARS} characters`);
  }
  if (ADDRESS_TRACKS.includes(track)) {
    // Addresses and blocks, one or several in brackets: variables and negations are for files edited by hand.
    if (!/^(?:[\da-fA-F:./]+|\[[\da-fA-F:./, ]+\])$/.test(value)) {
      throw usage('value', 'an address or a block, for example 192.0.2.0/24');
    }
    return `, track ${track}, ip ${value}`;
  }
  if (!VALUE_TRACKS.includes(track)) {
    throw usage('track', `one of: ${[...ADDRESS_TRACKS, ...VALUE_TRACKS].join(', ')}`);
  }
  // A comma or bracket would begin a list, a backslash at the end join the next line.
  if (/[\s,[\]"'<>&;\\\p{C}\p{Z}]/u.test(value)) {
    throw usage('value', 'one JID or domain, for example bot@corp.example');
  }
  return `, track ${track}, value ${value}`;
}

function whole(value: number, name: string, min: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > MAX_ID) {
    throw usage(name, `a whole number from ${min} to ${MAX_ID}`);
  }
  return value;
}

function usage(name: string, hint: string): OperatorError {
  return new OperatorError('USAGE', `Cannot tune the rule: ${name} is missing or not right`, hint);
}
