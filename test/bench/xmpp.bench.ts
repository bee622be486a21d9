/**
 * The tokenizer alone, then tokenizer and xmpp/ with all buffers, without the folded text and paths no
 * rule reads, and with text that has to be folded. Generated client traffic, 1,400-byte pieces.
 */
import {
  BUFFERS,
  Counters,
  bufferId,
  defaultLimits,
  monotonicMs,
} from '../../sensor/core/index.ts';
import { createTokenizer, type XmlHandler } from '../../sensor/xml/index.ts';
import { createXmpp, type Xmpp, type XmppHandler } from '../../sensor/xmpp/index.ts';
import { login } from '../support/dialogue.ts';

interface Row {
  name: string;
  mbPerSec: number;
  packetsPerSec?: number;
  note?: string;
}

const PIECE = 1400;
const RUN_MS = 700;
const STANZAS = 20_000;

const WORDS = 'the quick brown fox jumps over a lazy dog while nobody looks at the fence'.split(
  ' ',
);
const ACCENTED = 'дешёвые часы и сhеар рills для всех наших друзей каждый день'.split(' ');

/** Messages, presence and iq as clients send them; `words` make the bodies. */
function traffic(words: readonly string[], count = STANZAS): Uint8Array {
  const parts: string[] = [];
  let seed = 1;
  const next = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % n;
  };
  for (let i = 0; i < count; i++) {
    const body = Array.from({ length: 4 + next(24) }, () => words[next(words.length)]).join(' ');
    const to = `user${next(200)}@corp.example/phone`;
    if (i % 10 === 7) {
      parts.push(
        `<presence id='p${i}'><show>away</show><status>${body}</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://gajim.org' ver='abc='/></presence>`,
      );
    } else if (i % 10 === 8) {
      parts.push(
        `<iq type='get' id='q${i}' to='${to}'><query xmlns='http://jabber.org/protocol/disco#info' node='x'/></iq>`,
      );
    } else {
      parts.push(
        `<message type='chat' id='m${i}' to='${to}'><body>${body}</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/></message>`,
      );
    }
  }
  return new TextEncoder().encode(parts.join(''));
}

let stanzas = 0;
let regions = 0;
const sink: XmppHandler = {
  onSessionOpen: () => undefined,
  onStanza: (view) => {
    stanzas++;
    regions += view.regionCount;
  },
  onEvent: () => undefined,
  onEncrypted: () => undefined,
  onSessionEnd: () => undefined,
};

const counting: XmlHandler = {
  streamHeader: () => undefined,
  element: (_, tape) => {
    stanzas++;
    regions += tape.tokenCount;
  },
  streamEnd: () => undefined,
  event: () => undefined,
};

const limits = { ...defaultLimits(), flowTableFlows: 64, xmlSlots: 4 };

function pieces(bytes: Uint8Array, feed: (offset: number, length: number) => void): void {
  for (let at = 0; at < bytes.length; at += PIECE) feed(at, Math.min(PIECE, bytes.length - at));
}

function measure(name: string, bytes: Uint8Array, once: () => void): Row {
  once();
  let rounds = 0;
  stanzas = 0;
  const start = monotonicMs();
  let elapsed = 0;
  while (elapsed < RUN_MS) {
    once();
    rounds++;
    elapsed = monotonicMs() - start;
  }
  const seconds = elapsed / 1000;
  return {
    name,
    mbPerSec: (bytes.length * rounds) / 1e6 / seconds,
    packetsPerSec: (bytes.length * rounds) / PIECE / seconds,
    note: `${Math.round(stanzas / seconds / 1000)}k stanzas/s`,
  };
}

function loggedIn(): Xmpp {
  const xmpp = createXmpp({
    limits,
    counters: new Counters(),
    handler: sink,
    config: { redirectAllow: [] },
  });
  xmpp.open(1, false, 40000, 5222, 0);
  for (const [who, what] of login()) {
    const bytes = new TextEncoder().encode(what as string);
    xmpp.data(1, who === 'C' ? 0 : 1, bytes, 0, bytes.length, 0);
  }
  return xmpp;
}

/** Bytes the heap grows by per stanza, over stretches too short for a collection. */
function allocated(xmpp: Xmpp, words: readonly string[]): number {
  const bytes = traffic(words, 2000);
  const samples: number[] = [];
  for (let i = 0; i < 40; i++) {
    const before = process.memoryUsage().heapUsed;
    const start = stanzas;
    pieces(bytes, (offset, length) => {
      xmpp.data(1, 0, bytes, offset, length, 0);
    });
    samples.push((process.memoryUsage().heapUsed - before) / (stanzas - start));
  }
  samples.sort((a, b) => a - b);
  return Math.max(0, samples[20] ?? 0);
}

/** Runs for a few seconds; the capture is not used. */
export function bench(): Promise<Row[]> {
  const ascii = traffic(WORDS);
  const russian = traffic(ACCENTED);
  const rows: Row[] = [];

  const tokenizer = createTokenizer(limits, counting);
  const half = tokenizer.openHalf(true);
  rows.push(
    measure('xml tokenizer', ascii, () => {
      pieces(ascii, (offset, length) => tokenizer.feed(half, ascii, offset, length, 0));
    }),
  );

  const run = (name: string, words: readonly string[], wanted?: ReadonlySet<number>): void => {
    const bytes = words === WORDS ? ascii : russian;
    const xmpp = loggedIn();
    if (wanted !== undefined) xmpp.wantBuffers(wanted);
    const row = measure(name, bytes, () => {
      pieces(bytes, (offset, length) => {
        xmpp.data(1, 0, bytes, offset, length, 0);
      });
    });
    row.note = `${row.note ?? ''}, ${allocated(xmpp, words).toFixed(1)} bytes allocated per stanza`;
    rows.push(row);
  };
  run('xml + xmpp, all buffers', WORDS);
  const plain = new Set(BUFFERS.keys());
  plain.delete(bufferId('xmpp.path'));
  plain.delete(bufferId('xmpp.text_folded'));
  run('xml + xmpp, no path, no folding', WORDS, plain);
  run('xml + xmpp, Cyrillic text', ACCENTED);
  return Promise.resolve(regions > 0 ? rows : []);
}
