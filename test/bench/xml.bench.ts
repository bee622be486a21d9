/**
 * The tokenizer alone on generated client traffic, all checks on, with a handler that walks every tape;
 * 64 MiB in pieces of 210 and 1,400 bytes. saxes and ltx read some of the same text beside it.
 */
import { createRequire } from 'node:module';
import { SaxesParser } from 'saxes';
import { defaultLimits, monotonicMs } from '../../sensor/core/index.ts';
import { createTokenizer, TOKEN, TOKEN_WORDS, type XmlHandler } from '../../sensor/xml/index.ts';

interface Row {
  name: string;
  mbPerSec: number;
  packetsPerSec?: number;
  note?: string;
}

const require = createRequire(import.meta.url);
const ltx = require('ltx') as { Parser: new () => { write(text: string): void } };

const HEAD =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='corp.example' version='1.0'>";
const TOTAL = 64 * 1024 * 1024;
const SAMPLE = 8 * 1024 * 1024;
const ORACLE_SAMPLE = 4 * 1024 * 1024;

const LATIN = 'the report is ready can you have a look before lunch today please'.split(' ');
const CYRILLIC = 'отчёт готов посмотри пожалуйста до обеда если успеешь спасибо'.split(' ');

/** Stanzas as clients send them, about `size` bytes of them. */
function traffic(size: number, words: readonly string[]): string {
  const parts: string[] = [];
  let seed = 1;
  const next = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >> 8) % n;
  };
  for (let length = 0, i = 0; length < size; i++) {
    const text = Array.from({ length: 4 + next(16) }, () => words[next(words.length)]).join(' ');
    const from = `alice${next(90)}@corp.example/desk`;
    const to = `bob${next(90)}@corp.example`;
    let stanza: string;
    if (i % 10 === 7) {
      stanza = `<presence from='${from}' id='p${i}'><show>away</show><status>${text}</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://gajim.org' ver='abcdefgh='/></presence>`;
    } else if (i % 10 === 8) {
      stanza = `<iq type='get' id='q${i}' to='${to}'><query xmlns='http://jabber.org/protocol/disco#info' node='x'/></iq>`;
    } else {
      stanza = `<message from='${from}' to='${to}' type='chat' id='m${i}'><body>${text}</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>`;
    }
    parts.push(stanza);
    length += Buffer.byteLength(stanza);
  }
  return parts.join('');
}

let sum = 0;
let elements = 0;
let events = 0;

/** Reads what a consumer reads: kinds, ids, the places of values and text. */
const walker: XmlHandler = {
  streamHeader: () => undefined,
  streamEnd: () => undefined,
  event: () => {
    events++;
  },
  element: (_half, tape) => {
    const { words } = tape;
    elements++;
    let at = tape.tapeBase;
    for (let i = 0; i < tape.tokenCount; i++, at += TOKEN_WORDS) {
      const kind = words[at] as number;
      if (kind === TOKEN.start || kind === TOKEN.attr) sum += words[at + 1] as number;
      else if (kind === TOKEN.text) sum += words[at + 6] as number;
    }
  },
};

function run(name: string, bytes: Uint8Array, piece: number): Row {
  const tokenizer = createTokenizer(defaultLimits(), walker);
  const head = new TextEncoder().encode(HEAD);
  const half = tokenizer.openHalf(false);
  tokenizer.feed(half, head, 0, head.length, 0);
  const pass = (total: number): number => {
    let pieces = 0;
    for (let done = 0; done < total; done += bytes.length) {
      for (let at = 0; at < bytes.length; at += piece) {
        tokenizer.feed(half, bytes, at, Math.min(piece, bytes.length - at), 0);
        pieces++;
      }
    }
    return pieces;
  };
  pass(bytes.length); // warm up
  elements = 0;
  events = 0;
  const start = monotonicMs();
  const pieces = pass(TOTAL);
  const seconds = (monotonicMs() - start) / 1000;
  const read = Math.ceil(TOTAL / bytes.length) * bytes.length;
  if (events > 0 || sum === 0) throw new Error('the bench stream is not clean');
  return {
    name: `xml ${name}, ${piece} bytes a piece`,
    mbPerSec: read / 1e6 / seconds,
    packetsPerSec: pieces / seconds,
    note: `${Math.round(elements / seconds / 1000)} k elements/s`,
  };
}

function runText(name: string, write: (text: string) => void): Row {
  const text = traffic(ORACLE_SAMPLE, LATIN);
  write(HEAD);
  const start = monotonicMs();
  for (let at = 0; at < text.length; at += 1400) write(text.slice(at, at + 1400));
  const seconds = (monotonicMs() - start) / 1000;
  return { name: `${name}, 1400 characters a piece`, mbPerSec: text.length / 1e6 / seconds };
}

export function bench(): Promise<Row[]> {
  const latin = new TextEncoder().encode(traffic(SAMPLE, LATIN));
  const cyrillic = new TextEncoder().encode(traffic(SAMPLE, CYRILLIC));
  const saxes = new SaxesParser({ xmlns: true });
  const ltxParser = new ltx.Parser();
  return Promise.resolve([
    run('c2s', latin, 210),
    run('c2s', latin, 1400),
    run('c2s, Cyrillic', cyrillic, 1400),
    runText('saxes', (text) => {
      saxes.write(text);
    }),
    runText('ltx', (text) => {
      ltxParser.write(text);
    }),
  ]);
}
