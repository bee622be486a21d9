/** From a path to bytes of a capture: opens, looks at the first bytes, decompresses. */
import { OperatorError, errorText, type LimitValues } from '../core/index.ts';
import { FileSource, PeekedSource, StreamSource, type ByteSource } from './byte-source.ts';
import { GzipSource } from './gzip-source.ts';
import { ZstdSource, isZstd } from './zstd-source.ts';

export const STDIN_PATH = '-';
const STDIN_NAME = 'standard input';

/** Enough to know every format below. */
const HEAD = 12;

/** What people give us by mistake, by its first bytes, and what to do about it. */
const FOREIGN: readonly (readonly [magic: string, what: string, hint: string])[] = [
  ['fd377a585a00', 'xz-compressed data', 'decompress it first (xz -dc FILE | stanzawatch read -)'],
  ['425a68', 'bzip2-compressed data', 'decompress it first (bzip2 -dc FILE | stanzawatch read -)'],
  ['04224d18', 'lz4-compressed data', 'decompress it first (lz4 -dc FILE | stanzawatch read -)'],
  ['504b0304', 'a zip archive', 'unpack it and give the capture inside'],
  ['736e6f6f70000000', 'a snoop capture', 'convert it with editcap'],
  ['52545353', 'a NetMon capture', 'convert it with editcap'],
  ['474d4255', 'a NetMon capture', 'convert it with editcap'],
];

export interface Input {
  readonly source: ByteSource;
  /** How messages call it. */
  readonly name: string;
  /** Offsets count bytes of this: the file, or what came out of decompression. */
  readonly isCompressed: boolean;
}

/** Opens a file, or standard input for '-'. Throws OperatorError INPUT_UNREADABLE. */
export async function openInput(path: string, limits: LimitValues): Promise<Input> {
  const name = path === STDIN_PATH ? STDIN_NAME : path;
  let opened: ByteSource | undefined;
  try {
    opened = path === STDIN_PATH ? new StreamSource(process.stdin) : await FileSource.open(path);
    const stored = await PeekedSource.peek(opened, HEAD);
    if (isGzip(stored.head)) return { source: new GzipSource(stored), name, isCompressed: true };
    if (isZstd(stored.head)) {
      return { source: new ZstdSource(stored, limits), name, isCompressed: true };
    }
    return { source: stored, name, isCompressed: false };
  } catch (error) {
    await opened?.close();
    throw new OperatorError(
      'INPUT_UNREADABLE',
      `Cannot read ${name}: ${errorText(error)}`,
      unreadableHint(error),
      { cause: error },
    );
  }
}

/** The error for bytes that begin no capture. */
export function notACapture(input: Input, head: Uint8Array): OperatorError {
  if (head.length === 0) {
    return new OperatorError('INPUT_NOT_CAPTURE', `Cannot read ${input.name}: it is empty`);
  }
  const hex = Buffer.from(head).toString('hex');
  const foreign = FOREIGN.find(([magic]) => hex.startsWith(magic));
  return new OperatorError(
    'INPUT_NOT_CAPTURE',
    `Cannot read ${input.name}: it is ${foreign?.[1] ?? 'not a capture'}`,
    foreign?.[2] ?? 'give a pcap or pcapng file, plain or compressed with gzip or zstd',
  );
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function unreadableHint(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'check the path';
  if (code === 'EACCES' || code === 'EPERM') return 'run as a user who may read it';
  if (code === 'EISDIR') return 'give the captures inside it, or the folder to the read command';
  return undefined;
}
