/**
 * What stands out about a file that ended: another type than it says, another size or hash than was offered, programs,
 * and the signs of the inspector. Each is an event with how grave it is; rules name them, and of several with one
 * detection the gravest speaks (detect/).
 *
 * A wrong name is a disguise where the truth is worse than the name: a program, script, disk image or archive that says
 * picture or document, a document that says picture. A picture or film that says document or archive is a note: it
 * passes who goes by names. Text is text whatever it is called, and a name that says nothing claims nothing.
 */
import { eventId } from '../core/index.ts';
import type { FileVerdict } from '../detect/index.ts';
import { claimOf, endingOf, mayBeArchive, type Claim } from './claimed-type.ts';
import type { FilePart, FileSign, FileType, FinishedFile, Inspection } from './types.ts';

/** 1 critical .. 4 info. */
const HIGH = 2;
const MEDIUM = 3;
const INFO = 4;

const EVENT = {
  typeMismatch: eventId('file.type_mismatch'),
  sizeMismatch: eventId('file.size_mismatch'),
  hashMismatch: eventId('file.hash_mismatch'),
  program: eventId('file.program'),
  programInside: eventId('file.program_inside'),
  macro: eventId('file.macro'),
  encrypted: eventId('file.encrypted'),
  polyglot: eventId('file.polyglot'),
  bomb: eventId('file.bomb'),
  malformed: eventId('file.malformed'),
} as const;

/** Names that hide what would run or unpack. */
const HARMLESS: ReadonlySet<Claim> = new Set(['image', 'media', 'document', 'text']);
/** Scripts hide as text anyway: a picture that is one is meant to deceive. */
const NO_SCRIPT: ReadonlySet<Claim> = new Set(['image', 'media', 'document']);
/** What can hold a whole report, but looks as if there were nothing to read. */
const NO_TEXT: ReadonlySet<Claim> = new Set(['image', 'media']);
/** Where nobody looks for pictures, sound or films. */
const NO_PICTURE: ReadonlySet<Claim> = new Set(['document', 'text', 'archive']);
/** Documents that bring files to click on with them, under another name than their own. */
const NOTEBOOK = /^OneNote/;
/** Pages that run with all rights of who opens them: worse than a page. */
const RUNNING_PAGE = /^HTML application/;
/** Scripts that run when they are opened; others want a developer to start them. */
const OPENED = /Windows|PowerShell|VBScript|HTML application|Internet shortcut|Desktop entry/;

export function fileVerdicts(
  file: FinishedFile,
  inspection: Inspection | undefined,
): FileVerdict[] {
  const offered = offerVerdicts(file);
  return inspection === undefined ? offered : [...typeVerdicts(file, inspection), ...offered];
}

// --- against the offer ---

function offerVerdicts(file: FinishedFile): FileVerdict[] {
  const { offer, lack, seenBytes } = file;
  if (offer === undefined) return [];
  const verdicts: FileVerdict[] = [];
  const hash = wrongHash(file);
  if (hash !== undefined) {
    const words = 'it has another hash than was offered';
    verdicts.push({ event: EVENT.hashMismatch, context: { offered_hash: hash }, words });
  }
  if (lack === '' && offer.size >= 0 && offer.size !== seenBytes) {
    const words = `${offer.size} bytes were offered`;
    const context = { offered_bytes: offer.size };
    verdicts.push({ event: EVENT.sizeMismatch, context, words });
  }
  return verdicts;
}

/** The hash that was offered, when the bytes have another one. Hashes that were not made say nothing. */
function wrongHash({ offer, sha256, md5, sha1 }: FinishedFile): string | undefined {
  const pairs = [
    [offer?.sha256, sha256],
    [offer?.md5, md5],
    [offer?.sha1, sha1],
  ] as const;
  const wrong = pairs.find(
    ([said, made]) => said !== undefined && said !== '' && made !== '' && said !== made,
  );
  return wrong?.[0];
}

// --- the bytes ---

function typeVerdicts({ offer }: FinishedFile, inspection: Inspection): FileVerdict[] {
  const { type, parts } = inspection;
  const name = offer?.name ?? '';
  const mime = offer?.mime ?? '';
  const verdicts: FileVerdict[] = [];
  const disguise = disguiseOf(type, name, mime);
  if (disguise !== undefined) verdicts.push(disguise);
  else if (isProgram(type)) {
    verdicts.push({ ...PROGRAM, context: { program: type.magic } });
  }
  if (!isProgram(type)) {
    const inside = programInside(parts, inspection);
    if (inside !== undefined) verdicts.push(inside);
  }
  for (const sign of Object.keys(SIGNS) as (keyof typeof SIGNS)[]) {
    const detail = detailOf(inspection, sign);
    if (detail === undefined) continue;
    verdicts.push(signVerdict(sign, detail));
  }
  if (type.group === 'encrypted' && detailOf(inspection, 'encrypted') === undefined) {
    verdicts.push(signVerdict('encrypted', type.magic));
  }
  return verdicts;
}

type Kind = Required<Pick<FileVerdict, 'event' | 'severity' | 'words'>>;

const PROGRAM: Kind = {
  event: EVENT.program,
  severity: MEDIUM,
  words: 'it runs when it is opened',
};

/** Signs that speak for themselves. */
const SIGNS: Readonly<Record<Exclude<FileSign, 'program_inside'>, Kind>> = {
  polyglot: { event: EVENT.polyglot, severity: HIGH, words: 'it is of two types at once' },
  macro: { event: EVENT.macro, severity: MEDIUM, words: 'it has code in it' },
  encrypted: { event: EVENT.encrypted, severity: MEDIUM, words: 'it is encrypted' },
  bomb: { event: EVENT.bomb, severity: MEDIUM, words: 'it is a trap for who unpacks it' },
  malformed: { event: EVENT.malformed, severity: INFO, words: 'it breaks its own format' },
};

function signVerdict(sign: keyof typeof SIGNS, detail: string): FileVerdict {
  const kind = SIGNS[sign];
  return { ...kind, context: { detail }, words: `${kind.words} (${detail})` };
}

function detailOf({ signs }: Inspection, wanted: FileSign): string | undefined {
  return signs.find(({ sign }) => sign === wanted)?.detail;
}

/** Is it another thing than it says, and does that matter? */
function disguiseOf(type: FileType, name: string, mime: string): FileVerdict | undefined {
  if (!isWorse(type, claimOf(name, mime), name, mime)) return undefined;
  const claimed =
    endingOf(name) === '' || claimOf(name, '') === 'other' ? mime : `.${endingOf(name)}`;
  return {
    event: EVENT.typeMismatch,
    context: { claimed, really: type.magic },
    words: `${type.magic} behind ${claimed}`,
    severity: DISGUISE_SEVERITY[type.group] ?? HIGH,
  };
}

const DISGUISE_SEVERITY: Readonly<Partial<Record<FileType['group'], number>>> = {
  archive: MEDIUM,
  document: MEDIUM,
  image: INFO,
  media: INFO,
};

/** Is the truth worse than the claim, or out of its place? */
function isWorse({ group, magic }: FileType, claim: Claim, name: string, mime: string): boolean {
  switch (group) {
    case 'program':
    case 'disk':
      return HARMLESS.has(claim) || claim === 'archive';
    case 'script':
      return (RUNNING_PAGE.test(magic) ? HARMLESS : NO_SCRIPT).has(claim);
    case 'archive':
      return HARMLESS.has(claim) && !mayBeArchive(name, mime);
    case 'document':
      return (
        NO_TEXT.has(claim) ||
        (NOTEBOOK.test(magic) && HARMLESS.has(claim) && endingOf(name) !== 'one')
      );
    case 'image':
    case 'media':
      // Drawings are text.
      return NO_PICTURE.has(claim) && !(claim === 'text' && magic === 'SVG image');
    default:
      return false;
  }
}

/** Does it run when somebody opens it? */
function isProgram({ group, magic }: FileType): boolean {
  return group === 'program' || (group === 'script' && OPENED.test(magic));
}

/** The worst program among the members: one behind a harmless name before one under its own. */
function programInside(
  parts: readonly FilePart[],
  inspection: Inspection,
): FileVerdict | undefined {
  const members = parts.slice(1).filter(({ type }) => isProgram(type));
  const hidden = members.find(({ path, type }) => disguiseOf(type, path, '') !== undefined);
  const member = hidden ?? members[0];
  if (member === undefined) {
    // The inspector may have seen more members than it tells of.
    const detail = detailOf(inspection, 'program_inside');
    const isTold = detail !== undefined && isBeyond(parts, detail) && !isForDevelopers(detail);
    return isTold ? insideVerdict(detail, MEDIUM) : undefined;
  }
  const told = `${member.path}: ${member.type.magic}`;
  return insideVerdict(told, hidden === undefined ? MEDIUM : HIGH);
}

function insideVerdict(member: string, severity: number): FileVerdict {
  return { event: EVENT.programInside, context: { member }, words: `in it ${member}`, severity };
}

/** Is the member the inspector names none of those that are here? Those were judged. */
function isBeyond(parts: readonly FilePart[], detail: string): boolean {
  return !parts.slice(1).some(({ path }) => detail.startsWith(`${path}: `));
}

/** `path: magic` of a script that nobody starts by opening it. */
function isForDevelopers(detail: string): boolean {
  return /script|JavaScript program$/i.test(detail) && !OPENED.test(detail);
}
