/** Hand-made files for the tests of what is found in them: text or bytes, with members. */
import { createHash } from 'node:crypto';
import { eventId } from '../../sensor/core/index.ts';
import type { FilePartView, FileView } from '../../sensor/detect/index.ts';

const encoder = new TextEncoder();

export interface PartFacts {
  readonly path?: string;
  readonly magic?: string;
  readonly data?: string | Uint8Array;
  /** Text found in the bytes; that of `data` unless told. */
  readonly text?: string | Uint8Array;
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? encoder.encode(text) : text;
}

function makePart({ path = '', magic = '', data = '', text }: PartFacts): FilePartView {
  const bytes = bytesOf(data);
  return {
    path,
    magic,
    data: bytes,
    text: text === undefined ? bytes : bytesOf(text),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    md5: createHash('md5').update(bytes).digest('hex'),
  };
}

/** A file of one part, or of those given; the first is the file itself. */
export function makeFile(
  parts: string | Uint8Array | readonly PartFacts[],
  facts: Partial<FileView> = {},
): FileView {
  const isWhole = typeof parts === 'string' || parts instanceof Uint8Array;
  return {
    session: undefined,
    flow: 3,
    direction: 0,
    tsUsec: 2_000_000,
    from: 'alice@corp.example/pc',
    to: 'bob@ext.example/home',
    sid: 's1',
    name: 'notes.txt',
    parts: (isWhole ? [{ data: parts }] : parts).map(makePart),
    verdicts: [],
    contentEvent: eventId('file.ibb_content'),
    context: { file: 'notes.txt' },
    describe: (found) => (found === '' ? 'a file' : `a file: ${found}`),
    ...facts,
  };
}
