/** A file that ended, and what the inspector found, as the rules see it. */
import { eventId } from '../core/index.ts';
import type { EventContext, FilePartView, FileView } from '../detect/index.ts';
import { bareJid, type XmppSession } from '../xmpp/index.ts';
import type { FinishedFile, Inspection, Road } from './types.ts';
import { fileVerdicts } from './verdicts.ts';

/** What others know of it. */
export interface FileSurroundings {
  /** Session on the flow its bytes came on; undefined when there is none. */
  readonly session: XmppSession | undefined;
  /** Id of its record, for alerts to point at; '' when there is none. */
  readonly fileId: string;
}

/** Sensitive text found in a file, by the road it came on. */
const CONTENT_EVENT: Readonly<Record<Road, number>> = {
  ibb: eventId('file.ibb_content'),
  socks5: eventId('file.s5b_content'),
  http: eventId('file.upload_content'),
  bob: eventId('file.inline_content'),
  inline: eventId('file.inline_content'),
};

const ROAD_WORDS: Readonly<Record<Road, string>> = {
  ibb: 'in-band bytes',
  socks5: 'SOCKS5',
  http: 'HTTP',
  bob: 'bits of binary',
  inline: 'text of a stanza',
};

const ALL_SEEN = 'all of it was seen';
const NO_BYTES = new Uint8Array(0);
const KILO = 1000;
const UNITS = ['kB', 'MB', 'GB'] as const;

/** `inspection` is undefined when nobody looked into it: then only its bytes and hashes are judged. */
export function viewOfFile(
  file: FinishedFile,
  inspection: Inspection | undefined,
  { session, fileId }: FileSurroundings,
): FileView {
  const { offer, start, end, road, sha256, seenBytes } = file;
  const name = offer?.name ?? '';
  const type = inspection?.type.magic ?? '';
  const seen = seenWords(file, inspection);
  const from = offer?.from ?? '';
  const to = offer?.to ?? '';
  const known: EventContext = {
    ...(fileId === '' ? {} : { file_id: fileId }),
    file_name: name,
    file_bytes: seenBytes,
    ...(type === '' ? {} : { file_type: type }),
    ...(sha256 === '' ? {} : { sha256 }),
    ...(from === '' ? {} : { from }),
    ...(to === '' ? {} : { to }),
    road,
    seen,
  };
  const what = [sizeWords(seenBytes), type].filter(Boolean).join(', ');
  const who = from === '' ? 'Somebody' : bareJid(from);
  const whom = to === '' ? '' : `${bareJid(to)} `;
  const named = name === '' ? 'a file' : `the file ${name}`;
  const told = `${who} sent ${whom}${named} (${what}) over ${ROAD_WORDS[road]}`;
  return {
    session,
    flow: start.flow,
    direction: start.direction,
    tsUsec: end.tsUsec,
    ...{ from, to, name },
    sid: offer?.sid ?? '',
    parts: partsOf(file, inspection),
    verdicts: fileVerdicts(file, inspection),
    contentEvent: CONTENT_EVENT[road],
    context: known,
    describe: (found) => {
      const what = found === '' ? told : `${told}: ${found}`;
      return seen === ALL_SEEN ? what : `${what}; ${seen}`;
    },
  };
}

function partsOf(file: FinishedFile, inspection: Inspection | undefined): FilePartView[] {
  const { content, sha256, md5 } = file;
  const [own, ...members] = inspection?.parts ?? [];
  return [
    {
      path: '',
      magic: inspection?.type.magic ?? '',
      data: content,
      text: own?.text ?? NO_BYTES,
      sha256,
      md5,
    },
    ...members.map(({ path, type, data, text, sha256: hash, md5: other }) => ({
      ...{ path, magic: type.magic, data, text, sha256: hash, md5: other },
    })),
  ];
}

/** How much of it was looked at. */
function seenWords(file: FinishedFile, inspection: Inspection | undefined): string {
  const { lack, seenBytes, gapBytes, expectedBytes, content, isContentWhole, unseen } = file;
  if (lack === 'gap') {
    return `${gapBytes > 0 ? sizeWords(gapBytes) : 'part'} of it was lost before the sensor saw it`;
  }
  if (lack !== '') {
    const of = expectedBytes > seenBytes ? ` of ${sizeWords(expectedBytes)}` : '';
    return `only ${sizeWords(seenBytes)}${of} were seen`;
  }
  if (inspection === undefined && seenBytes > 0) return 'nobody could look into it';
  if (!isContentWhole) {
    const why = unseen === 'memory' ? ', there was no memory for more' : '';
    return `its first ${sizeWords(content.length)} were looked at${why}`;
  }
  const left = inspection?.unseen ?? '';
  return left === '' ? ALL_SEEN : `not all in it was looked at (${left})`;
}

/** `512 B`, `4.3 kB`: as command line and console say sizes. */
export function sizeWords(bytes: number): string {
  if (bytes < KILO) return `${bytes} B`;
  let value = bytes / KILO;
  let unit = 0;
  while (value >= KILO && unit < UNITS.length - 1) {
    value /= KILO;
    unit++;
  }
  return `${value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}
