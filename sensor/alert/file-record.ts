/**
 * From a file that ended to its record. alert/ knows nothing of how files are put together: it takes what was seen
 * (EndedFile, which files/ hands out as FinishedFile) and what was found in it, and clears every text.
 *
 * Called once a file. The flow must be asked while it is known: its index may name another one when the inspector's
 * answer comes.
 */
import { sha256, type Direction } from '../core/index.ts';
import type { FlowInfo } from '../flow/index.ts';
import { cutText } from './evidence.ts';
import type { PacketOrigin } from './flow-facts.ts';
import { redactIdentifier, redactJid, redactName } from './redact.ts';
import type { FileRecord } from './types.ts';

/** Longest texts a record takes from traffic: a JID has 3071 bytes (RFC 7622), an offer's strings have 1,024 characters. */
const JID_CHARS = 3071;
const FIELD_CHARS = 1024;

/** What is told of a file that ended. */
export interface EndedFile {
  readonly road: FileRecord['road'];
  readonly offer:
    | {
        readonly from: string;
        readonly to: string;
        readonly protocol: string;
        readonly sid: string;
        readonly name: string;
        readonly size: number;
        readonly mime: string;
      }
    | undefined;
  /** Where its first byte was seen; `direction` is the way of the bytes. */
  readonly start: { readonly tsUsec: number; readonly direction: Direction };
  readonly end: { readonly tsUsec: number };
  readonly seenBytes: number;
  readonly gapBytes: number;
  readonly lack: string;
  readonly sha256: string;
  readonly md5: string;
  /** Was all of it kept for the inspector? */
  readonly isContentWhole: boolean;
  readonly unseen: string;
}

/** What the inspector says; undefined when it did not look, or failed. */
export interface FileLook {
  readonly type: { readonly magic: string; readonly mime: string };
  /** The file itself, then its members. */
  readonly parts: ArrayLike<unknown>;
  readonly unseen: string;
}

/**
 * The id of a file: the same in every replay of a capture, on whichever worker. It rests on what is known at the end
 * (flow, begin, way, session id, hash), so that two files of one packet have two.
 */
export function fileIdOf(sensor: string, file: EndedFile, info: FlowInfo): string {
  const { road, start, offer, seenBytes } = file;
  const parts = [
    ...[sensor, info.communityId, info.startUsec, start.tsUsec, start.direction, road],
    ...[offer?.sid ?? '', offer?.name ?? '', file.sha256, seenBytes],
  ];
  return sha256(JSON.stringify(parts), 'hex').slice(0, 32);
}

/** `info`: of the flow its bytes were seen on first; `found`: detection -> times. */
export function buildFileRecord(
  sensor: string,
  file: EndedFile,
  info: FlowInfo,
  origin: PacketOrigin,
  look: FileLook | undefined,
  found: Readonly<Record<string, number>>,
): FileRecord {
  const { offer, lack } = file;
  const isToServer = file.start.direction === 0;
  return {
    fileId: fileIdOf(sensor, file, info),
    tsUsec: file.end.tsUsec,
    startUsec: file.start.tsUsec,
    sensor,
    flowId: info.flowId,
    communityId: info.communityId,
    inIface: origin.interfaceName,
    pcapFilename: origin.fileName,
    srcIp: isToServer ? info.clientIp : info.serverIp,
    srcPort: isToServer ? info.clientPort : info.serverPort,
    destIp: isToServer ? info.serverIp : info.clientIp,
    destPort: isToServer ? info.serverPort : info.clientPort,
    ipVersion: info.communityId === '' ? 0 : info.ipVersion,
    road: file.road,
    protocol: offer?.protocol ?? '',
    from: cutText(redactJid(offer?.from ?? ''), JID_CHARS),
    to: cutText(redactJid(offer?.to ?? ''), JID_CHARS),
    sid: cutText(redactIdentifier(offer?.sid ?? ''), FIELD_CHARS),
    name: cutText(redactName(offer?.name ?? ''), FIELD_CHARS),
    announcedBytes: offer?.size ?? -1,
    announcedMime: cutText(redactIdentifier(offer?.mime ?? ''), FIELD_CHARS),
    seenBytes: file.seenBytes,
    gapBytes: file.gapBytes,
    magic: cutText(redactIdentifier(look?.type.magic ?? ''), FIELD_CHARS),
    mime: cutText(redactIdentifier(look?.type.mime ?? ''), FIELD_CHARS),
    sha256: file.sha256,
    md5: file.md5,
    isComplete: lack === '',
    lack,
    inspected: inspectedPart(file, look),
    unseen: unseenPart(file, look),
    members: Math.max(0, (look?.parts.length ?? 0) - 1),
    found,
  };
}

function inspectedPart(file: EndedFile, look: FileLook | undefined): FileRecord['inspected'] {
  // In nothing there is nothing to be found.
  if (file.lack === '' && file.seenBytes === 0) return 'whole';
  if (look === undefined) return 'none';
  return file.isContentWhole && look.unseen === '' ? 'whole' : 'partly';
}

/** Why not all of what was seen was looked at; what was not seen at all is `lack`. */
function unseenPart(file: EndedFile, look: FileLook | undefined): string {
  if (look !== undefined) return [file.unseen, look.unseen].filter(Boolean).join(', ');
  return file.seenBytes === 0 ? '' : file.unseen || 'inspector';
}
