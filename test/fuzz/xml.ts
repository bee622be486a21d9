/**
 * Random and mutated XML streams, cut at random: the tokenizer never throws, every tape is sound, and
 * the cuts change nothing it says.
 */
import { ELEMENT_FLAG } from '../../sensor/xml/index.ts';
import { linesOf, testLimits, wide, XmlRecorder } from '../support/xml-recorder.ts';

export const name = 'xml';

const ATOMS = [
  "<?xml version='1.0'?>",
  "<?xml version='1.0' encoding='ISO-8859-1'?>",
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='a.b'>",
  '</stream:stream>',
  "<message to='a@b' from='c@d'>",
  '</message>',
  '<body>',
  '</body>',
  '<presence/>',
  "<iq type='get' id='1'>",
  '</iq>',
  "<query xmlns='jabber:iq:roster'/>",
  "<a:b xmlns:a='urn:a' a:c='d' xml:lang='en'>",
  '</a:b>',
  '<x',
  '/>',
  '>',
  '<',
  '</',
  '&amp;',
  '&#65;',
  '&#x1F600;',
  '&#0;',
  '&nbsp;',
  '&foo;',
  '&',
  '<![CDATA[',
  ']]>',
  ']]',
  '<!--',
  '-->',
  '<?pi ',
  '?>',
  '<!DOCTYPE a [<!ENTITY b "c&d;"><!ENTITY % e "f">]>',
  '<!',
  "='",
  "'",
  '"',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '\0',
  '\x1b',
  'text',
  'é',
  '中文',
  '😀',
  ' xmlns=',
  ' xmlns:p=',
  ':',
  '=',
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>",
  "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
  "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
];
const BYTES = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90], [0xfe, 0xff]];

const encoder = new TextEncoder();

function document(random: () => number): Uint8Array {
  const out: number[] = [];
  const n = 1 + Math.floor(random() * 40);
  if (random() < 0.6) {
    for (const b of encoder.encode(ATOMS[2])) out.push(b);
  }
  for (let i = 0; i < n; i++) {
    const pick = random();
    if (pick < 0.9) {
      const atom = ATOMS[Math.floor(random() * ATOMS.length)] as string;
      for (const b of encoder.encode(atom)) out.push(b);
    } else if (pick < 0.96) {
      out.push(...(BYTES[Math.floor(random() * BYTES.length)] as number[]));
    } else out.push(Math.floor(random() * 256));
  }
  // Flip, drop or repeat a byte now and then.
  while (random() < 0.4 && out.length > 0) {
    const at = Math.floor(random() * out.length);
    const how = random();
    if (how < 0.4) out[at] = Math.floor(random() * 256);
    else if (how < 0.7) out.splice(at, 1);
    else out.splice(at, 0, out[at] as number);
  }
  return recode(Uint8Array.from(out), random);
}

/** Some documents come in another encoding. */
function recode(bytes: Uint8Array, random: () => number): Uint8Array {
  if (random() > 0.12) return bytes;
  const unit = random() < 0.8 ? 2 : 4;
  return wide(new TextDecoder().decode(bytes), unit, random() < 0.5, random() < 0.5);
}

/** Something that happens at a byte offset of the half, however the bytes around it are cut. */
interface Deed {
  readonly at: number;
  readonly what: 'gap' | 'restart';
}

function deeds(bytes: Uint8Array, random: () => number): Deed[] {
  const list: Deed[] = [];
  while (random() < 0.3) {
    const at = Math.floor(random() * (bytes.length + 1));
    list.push({ at, what: random() < 0.5 ? 'gap' : 'restart' });
  }
  return list.sort((a, b) => a.at - b.at);
}

/** Makes a document large, so that it passes the caps. */
function inflate(bytes: Uint8Array, random: () => number): Uint8Array {
  const from = Math.floor(random() * bytes.length);
  const part = bytes.subarray(from, from + 1 + Math.floor(random() * 60));
  const times = 1 + Math.floor((random() * 150_000) / part.length);
  const out = new Uint8Array(bytes.length + part.length * times);
  out.set(bytes.subarray(0, from));
  for (let i = 0; i < times; i++) out.set(part, from + i * part.length);
  out.set(bytes.subarray(from), from + part.length * times);
  return out;
}

/** One half on its way through a tokenizer, piece by piece. */
class Walk {
  readonly half: number;
  readonly #recorder: XmlRecorder;
  readonly #bytes: Uint8Array;
  readonly #deeds: readonly Deed[];
  #at = 0;
  #deed = 0;
  #stopped = false;

  constructor(recorder: XmlRecorder, bytes: Uint8Array, list: readonly Deed[], midstream: boolean) {
    this.#recorder = recorder;
    this.#bytes = bytes;
    this.#deeds = list;
    this.half = recorder.tokenizer.openHalf(midstream);
  }

  /** Feeds up to `n` bytes; false when the half is done and closed. */
  step(n: number): boolean {
    const { tokenizer } = this.#recorder;
    for (let deed = this.#deeds[this.#deed]; deed?.at === this.#at;) {
      if (deed.what === 'gap') tokenizer.gap(this.half);
      else tokenizer.restart(this.half);
      deed = this.#deeds[++this.#deed];
    }
    const end = Math.min(
      this.#deeds[this.#deed]?.at ?? this.#bytes.length,
      this.#at + n,
      this.#bytes.length,
    );
    const wanted = end - this.#at;
    const used = tokenizer.feed(this.half, this.#bytes, this.#at, wanted, 0);
    this.#at += used;
    if (tokenizer.bytesFed(this.half) !== this.#at) {
      throw new Error(`fed ${this.#at}, counted ${tokenizer.bytesFed(this.half)}`);
    }
    this.#stopped = used < wanted;
    if (!this.#stopped && this.#at < this.#bytes.length) return true;
    tokenizer.closeHalf(this.half);
    return false;
  }

  get consumed(): number {
    return this.#at;
  }
}

type Cutter = () => number;

function walk(
  recorder: XmlRecorder,
  bytes: Uint8Array,
  list: readonly Deed[],
  midstream: boolean,
  cutter: Cutter,
): string {
  recorder.said = [];
  const one = new Walk(recorder, bytes, list, midstream);
  while (one.step(cutter())) recorder.tokenizer.openElementBytes(one.half);
  return `${linesOf(recorder.said).join('\n')}\nconsumed ${one.consumed}`;
}

function fail(bytes: Uint8Array, list: readonly Deed[], whole: string, other: string): never {
  const hex = Buffer.from(bytes.subarray(0, 4000)).toString('hex');
  throw new Error(
    `the cut changed what was said\n${hex}\n${JSON.stringify(list)} ${bytes.length} bytes` +
      `\nwhole:\n${whole}\ncut:\n${other}`,
  );
}

/** Several halves at once through few slots say what each says alone. */
function interleave(recorder: XmlRecorder, random: () => number): void {
  const n = 2 + Math.floor(random() * 10);
  const documents = Array.from({ length: n }, () => document(random));
  const alone = documents.map((bytes) => walk(recorder, bytes, [], false, () => bytes.length));
  recorder.said = [];
  const walks = documents.map((bytes) => new Walk(recorder, bytes, [], false));
  let open = walks.slice();
  while (open.length > 0) {
    const one = open[Math.floor(random() * open.length)] as Walk;
    if (!one.step(1 + Math.floor(random() * 60))) open = open.filter((other) => other !== one);
  }
  for (const [i, one] of walks.entries()) {
    const said = recorder.said.filter(({ half }) => half === one.half);
    const lines = `${linesOf(said).join('\n')}\nconsumed ${one.consumed}`;
    if (lines !== alone[i]) fail(documents[i] as Uint8Array, [], alone[i] as string, lines);
  }
}

export function fuzz(random: () => number, deadlineMs: () => boolean): { runs: number } {
  const recorder = new XmlRecorder(
    testLimits({ xmlSlots: 3, xmlStanzaBytes: 65536, xmlTokens: 400, xmlDepth: 20 }),
  );
  // A handler that asks for things: stop at STARTTLS, start anew after SASL.
  recorder.onElement = (half, name, flags) => {
    if ((flags & ELEMENT_FLAG.broken) !== 0) return;
    if (name === 'proceed') recorder.tokenizer.stop(half);
    if (name === 'auth') recorder.tokenizer.restart(half);
  };
  let runs = 0;
  while (!deadlineMs()) {
    runs++;
    if (random() < 0.1) {
      interleave(recorder, random);
      continue;
    }
    let bytes = document(random);
    const large = random() < 0.03 && bytes.length > 0;
    if (large) bytes = inflate(bytes, random);
    const midstream = random() < 0.2;
    const list = deeds(bytes, random);
    const whole = walk(recorder, bytes, list, midstream, () => bytes.length);
    for (let i = 0; i < 3; i++) {
      const most = 1 + Math.floor(random() * (large ? 20_000 : 30));
      const cutter = i === 0 && !large ? () => 1 : () => 1 + Math.floor(random() * most);
      const cut = walk(recorder, bytes, list, midstream, cutter);
      if (cut !== whole) fail(bytes, list, whole, cut);
    }
  }
  return { runs };
}
