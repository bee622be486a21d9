/**
 * Speed of the inspector by kind of file, through its thread and waited for, as a replay uses it. In processor time of
 * the process: who waits sleeps, so that it is the thread's.
 */
import { Counters, defaultLimits } from '../../sensor/core/index.ts';
import { createInspector } from '../../sensor/files/inspector/inspector.ts';
import { docx, pdfOf, xlsx, zip } from '../support/file-samples.ts';

interface Result {
  readonly name: string;
  readonly mbPerSec: number;
  readonly note?: string;
}

const MEBIBYTE = 1024 * 1024;
const RUNS = 5;
const SMALL_RUNS = 2000;

/** MB/s are of what is read: for packed files of their unpacked size. */
export function bench(): Promise<Result[]> {
  const log = Array.from(
    { length: 100_000 },
    (_, i) => `2026-11-21T10:00:${i % 60}Z host-${i % 97} app[${i}]: request ${i * 7919} served`,
  ).join('\n');
  const text = new Uint8Array(Buffer.from(log));
  const rows = Array.from(
    { length: 20_000 },
    (_, i) =>
      `<row r="${i}"><c r="A${i}" t="s"><v>${i % 3}</v></c><c r="B${i}"><v>${i * 31}</v></c></row>`,
  ).join('');
  const content = Array.from(
    { length: 20_000 },
    (_, i) => `(line ${i} of the page) Tj 0 -12 Td`,
  ).join('\n');
  const page = `BT /F1 9 Tf ${content} ET`;
  const document = pdfOf([
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${page.length}>>stream\n${page}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ]);
  const noise = new Uint8Array(8 * MEBIBYTE);
  let state = 1;
  for (let i = 0; i < noise.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    noise[i] = state >> 16;
  }
  const paragraphs = log.split('\n').slice(0, 40_000);
  return Promise.resolve([
    measure('text', text, text.length),
    measure('zip of text', zip({ 'app.log': log }), text.length),
    measure('docx', docx(paragraphs), paragraphs.join('').length, 'of its text'),
    measure('xlsx', xlsx(rows, ['a', 'b', 'c']), rows.length, 'of its sheet'),
    measure('pdf', document, document.length),
    measure('binary', noise, noise.length),
    roundTrip(),
  ]);
}

function measure(name: string, bytes: Uint8Array, readBytes: number, note?: string): Result {
  const inspector = createInspector({
    mode: 'wait',
    limits: defaultLimits(),
    counters: new Counters(),
  });
  const run = (): void => {
    inspector.inspect({ name, mime: '', bytes: bytes.slice(), isWhole: true }, (answer) => {
      if (answer === undefined) throw new Error(`${name} was not inspected`);
    });
  };
  run();
  let seconds = Infinity;
  for (let i = 0; i < RUNS; i++) seconds = Math.min(seconds, processorSeconds(run));
  inspector.close();
  const mbPerSec = readBytes / MEBIBYTE / seconds;
  return note === undefined ? { name, mbPerSec } : { name, mbPerSec, note };
}

function processorSeconds(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function roundTrip(): Result {
  const inspector = createInspector({
    mode: 'wait',
    limits: defaultLimits(),
    counters: new Counters(),
  });
  const words = new Uint8Array(Buffer.from('a few words'));
  const run = (): void => {
    inspector.inspect({ name: '', mime: '', bytes: words.slice(), isWhole: true }, () => undefined);
  };
  run();
  const seconds = processorSeconds(() => {
    for (let i = 0; i < SMALL_RUNS; i++) run();
  });
  inspector.close();
  const perFile = ((seconds / SMALL_RUNS) * 1e6).toFixed(0);
  return {
    name: 'small files, there and back',
    mbPerSec: (words.length * SMALL_RUNS) / MEBIBYTE / seconds,
    note: `${perFile} us each`,
  };
}
