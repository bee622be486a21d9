/** Words for the facts of a file. What was not seen whole is never called clean, and neither is what was not looked into. */
import type { StoredFile } from '../../../../sensor/core/rows.ts';
import { plural } from './number.ts';

const LACKS: Readonly<Record<string, string>> = {
  gap: 'bytes are missing in the middle',
  no_start: 'its beginning was not seen',
  cut_off: 'the connection ended before the file did',
  unfinished: 'the transfer never came to its end',
};

/** What an inspector calls what it left out; other names (`bzip2`, `PDF pages`) are contents it cannot read. */
const UNSEEN: Readonly<Record<string, string>> = {
  members: 'it holds more members than are opened',
  depth: 'archives are nested deeper than is opened',
  time: 'the time for it ran out',
  text: 'it holds more text than is read',
  'unpacked bytes': 'it unpacks to more than is looked into',
  size: 'it is larger than is kept for looking into',
  memory: 'there was no memory to keep all of it',
  inspector: 'the inspector failed or was not running',
  work: 'not every rule could be asked of it',
};

const ROADS: Readonly<Record<string, string>> = {
  ibb: 'in-band bytestream (XEP-0047)',
  socks5: 'SOCKS5 bytestream (XEP-0065)',
  bob: 'bits of binary (XEP-0231)',
  http: 'HTTP',
  inline: 'inside a stanza',
};

const PROTOCOLS: Readonly<Record<string, string>> = {
  si: 'stream initiation (XEP-0096)',
  jingle: 'Jingle file transfer (XEP-0234)',
  sfs: 'stateless file sharing (XEP-0447)',
  oob: 'out-of-band link (XEP-0066)',
  upload: 'HTTP upload (XEP-0363)',
  bob: 'bits of binary (XEP-0231)',
  vcard: 'vCard (XEP-0054)',
  avatar: 'avatar (XEP-0084)',
};

/** What to think of a file, at a glance. */
export interface FileVerdict {
  readonly state: 'found' | 'unsure' | 'quiet';
  readonly text: string;
}

/** `whole`, the share of what was announced, or why not all: for a column. */
export function seenShort({ isComplete, announcedBytes, seenBytes, lack }: StoredFile): string {
  if (isComplete) return 'whole';
  if (announcedBytes <= 0 || seenBytes >= announcedBytes) return lack.replaceAll('_', ' ');
  return `${Math.floor((100 * seenBytes) / announcedBytes)} %`;
}

/** Sentence: how much of the file the sensor saw. */
export function seenSentence(file: StoredFile): string {
  if (file.isComplete) return 'Every byte of it was seen.';
  const { announcedBytes, seenBytes, gapBytes, lack } = file;
  const why = LACKS[lack] ?? lack.replaceAll('_', ' ');
  const reason = why === '' ? '' : `: ${why}`;
  const share =
    announcedBytes > 0 && seenBytes < announcedBytes
      ? ` ${bytesExact(seenBytes)} of ${bytesExact(announcedBytes)} were.`
      : gapBytes > 0
        ? ` ${bytesExact(gapBytes)} are missing.`
        : '';
  return `It was not seen whole${reason}.${share}`;
}

/** Sentence: how much of what was seen was looked into. */
export function inspectedSentence({ inspected, unseen, members }: StoredFile): string {
  const why = unseenWords(unseen);
  const reason = why === '' ? '' : `: ${why}`;
  const archive =
    members > 0 ? ` It holds ${members} ${members === 1 ? 'member' : 'members'}.` : '';
  if (inspected === 'whole') return `All that was seen was looked into.${archive}`;
  const how = inspected === 'partly' ? 'Only a part was' : 'None of it was';
  return `${how} looked into${reason}.${archive}`;
}

/** `members, time` in words. */
function unseenWords(unseen: string): string {
  return unseen
    .split(', ')
    .filter((part) => part !== '')
    .map((part) => UNSEEN[part] ?? `${part} cannot be read`)
    .join(', ');
}

/** Never "clean": nothing was found in what could be read, no more. */
export function verdictOf(file: StoredFile): FileVerdict {
  const found = foundList(file);
  if (found.length > 0) {
    const list = found.map(({ detection, times }) =>
      times > 1 ? `${detection} (${times} times)` : detection,
    );
    return { state: 'found', text: `Found: ${list.join(', ')}` };
  }
  if (file.inspected === 'none') {
    return { state: 'unsure', text: 'Not looked into: what it holds is not known' };
  }
  if (!file.isComplete || file.inspected === 'partly') {
    return {
      state: 'unsure',
      text: 'Nothing found in the part that was read; the rest is not known',
    };
  }
  return { state: 'quiet', text: 'No rule fired on it. That is not proof that it is harmless' };
}

/** Detections with the most frequent first. */
export function foundList({ found }: StoredFile): { detection: string; times: number }[] {
  return Object.entries(found)
    .map(([detection, times]) => ({ detection, times }))
    .sort((a, b) => b.times - a.times || (a.detection < b.detection ? -1 : 1));
}

/** What its bytes are, else what it was said to be. */
export function typeWords({ magic, mime, announcedMime }: StoredFile): string {
  return magic || mime || (announcedMime === '' ? 'not known' : `said to be ${announcedMime}`);
}

/** Sentence where the offer and the bytes disagree; '' where they do not, or nothing was offered. */
export function disguiseSentence(file: StoredFile): string {
  const { announcedBytes, seenBytes, announcedMime, mime, magic, isComplete } = file;
  const parts: string[] = [];
  const real = mime || magic;
  if (announcedMime !== '' && mime !== '' && !isSameType(announcedMime, mime)) {
    parts.push(`it was offered as ${announcedMime}, and its bytes are ${real}`);
  }
  if (isComplete && announcedBytes >= 0 && announcedBytes !== seenBytes) {
    parts.push(`${bytesExact(announcedBytes)} were offered and ${bytesExact(seenBytes)} came`);
  }
  if (parts.length === 0) return '';
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Parameters and the `x-` of types without a registration do not make another type. */
function isSameType(a: string, b: string): boolean {
  const plain = (type: string): string =>
    (type.split(';', 1)[0] ?? '').trim().toLowerCase().replace('/x-', '/');
  return plain(a) === plain(b) || plain(a) === 'application/octet-stream';
}

/** `socks5` in words. */
export function roadWords(road: string): string {
  return ROADS[road] ?? road;
}

/** `si` in words; '' where nothing offered it. */
export function protocolWords(protocol: string): string {
  return PROTOCOLS[protocol] ?? protocol;
}

/** Path below the data folder where the content lies, as the file store puts it; '' when it was not kept. */
export function keptPath({ keptUsec, sha256 }: StoredFile): string {
  return keptUsec === undefined || sha256 === ''
    ? ''
    : `files/${sha256.slice(0, 2)}/${sha256.slice(2)}`;
}

/** `1 234 bytes`. */
export function bytesExact(bytes: number): string {
  return plural(bytes, 'byte');
}
