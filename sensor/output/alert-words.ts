/**
 * Words that people write to say which alerts they mean, read the same way from the command line and the API:
 * severities, statuses, and what is left out (`jid:alice@corp.example`).
 */
import { OperatorError, TRIAGE_STATUSES, nearest, type TriageStatus } from '../core/index.ts';
import { OPEN_STATUSES, type AlertMatch } from './sqlite/alert-filter.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'info'] as const;
/** More in one question are a list for a rule or a suppression. */
const MAX_EXCLUSIONS = 50;
/** Longest value of each, as the API has it for the filter of the same name. */
const MAX_CHARS = 3071;
const MAX_NUMBER = 4_294_967_295;

const EXCLUSIONS: Readonly<Record<string, (value: string) => AlertMatch>> = {
  severity: (value) => ({ severities: severitiesOf(value) }),
  detection: (detection) => ({ detection }),
  sid: signatureOf,
  jid: (jid) => ({ jid }),
  ip: (ip) => ({ ip }),
  category: (category) => ({ category }),
  status: (value) => ({ statuses: statusesOf(value) }),
  campaign: (campaignId) => ({ campaignId }),
  file: (fileId) => ({ fileId }),
  flow: (communityId) => ({ communityId }),
  text: (text) => ({ text }),
};

/** Numbers of severities as words or digits, with commas. Throws USAGE. */
export function severitiesOf(words: string): number[] {
  return wordsOf(words).map((word) => {
    const index = (SEVERITIES as readonly string[]).indexOf(word.toLowerCase());
    if (index >= 0) return index + 1;
    if (/^[1-4]$/.test(word)) return Number(word);
    throw unknownWord('severity', word, SEVERITIES);
  });
}

/** Triage statuses with commas, each once; `open` is what is still to be done about. Throws USAGE. */
export function statusesOf(words: string): TriageStatus[] {
  const statuses = wordsOf(words).flatMap((word): readonly TriageStatus[] => {
    if (word === 'open') return OPEN_STATUSES;
    const status = TRIAGE_STATUSES.find((each) => each === word);
    if (status !== undefined) return [status];
    throw unknownWord('status', word, [...TRIAGE_STATUSES, 'open']);
  });
  return [...new Set(statuses)];
}

/** What each `filter:value` leaves out. Throws USAGE for one that cannot be read, and for too many. */
export function exclusionsOf(texts: readonly string[]): AlertMatch[] {
  if (texts.length > MAX_EXCLUSIONS) {
    throw new OperatorError(
      'USAGE',
      `At most ${MAX_EXCLUSIONS} things can be left out at once, not ${texts.length}`,
      'Leave out a family (detection:dlp-*) or a domain (jid:corp.example), or suppress what is never wanted',
    );
  }
  return texts.map(exclusionOf);
}

function exclusionOf(text: string): AlertMatch {
  const colon = text.indexOf(':');
  const [key, value] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1).trim()];
  if (colon < 0 || wordsOf(value).length === 0) {
    throw new OperatorError(
      'USAGE',
      `"${brief(text)}" does not say what to leave out`,
      'Write filter:value, for example jid:alice@corp.example or detection:dlp-*',
    );
  }
  const read = Object.hasOwn(EXCLUSIONS, key) ? EXCLUSIONS[key] : undefined;
  if (read === undefined) throw unknownWord('filter to leave out by', key, Object.keys(EXCLUSIONS));
  if (value.length > MAX_CHARS) {
    throw new OperatorError('USAGE', `What is left out has at most ${MAX_CHARS} characters`);
  }
  return read(value);
}

/** A sid of any generator, or `GID:SID`. */
function signatureOf(value: string): AlertMatch {
  const [, gid, sid] = /^(?:(\d{1,10}):)?(\d{1,10})$/.exec(value) ?? [];
  const numbers = [gid, sid].map((text) => (text === undefined ? undefined : Number(text)));
  if (sid === undefined || numbers.some((number = 1) => number < 1 || number > MAX_NUMBER)) {
    throw new OperatorError(
      'USAGE',
      `"${brief(value)}" is no signature id`,
      'Write sid:SID, or sid:GID:SID',
    );
  }
  return { ...(gid === undefined ? {} : { gid: Number(gid) }), sid: Number(sid) };
}

function wordsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function unknownWord(what: string, word: string, known: readonly string[]): OperatorError {
  const guess = nearest(word, known);
  return new OperatorError(
    'USAGE',
    `There is no ${what} "${brief(word)}"`,
    guess === undefined ? `Write one of ${known.join(', ')}` : `Did you mean ${guess}?`,
  );
}

/** What was written may be long. */
function brief(text: string): string {
  return text.length > 64 ? `${text.slice(0, 63)}…` : text;
}
