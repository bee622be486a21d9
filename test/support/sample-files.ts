/** Invented files for transfers: some hold published test values of card and account numbers, some nothing of the kind. */
import type { SentFile } from './file-lab.ts';

/** Test numbers of the card networks' own documentation, and the account of the IBAN registry. */
const CARDS = ['4111 1111 1111 1111', '5555 5555 5555 4444', '3782 822463 10005'];
const ACCOUNT = 'DE89 3704 0044 0532 0130 00';
const WORDS =
  'harbour lantern meadow copper river window garden button market silver teacher morning paper castle yellow';

/** The same numbers every time, spread well. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function prose(seed: number, sentences: number): string {
  const next = sequence(seed);
  const words = WORDS.split(' ');
  const lines: string[] = [];
  for (let i = 0; i < sentences; i++) {
    const line = Array.from({ length: 8 }, () => words[Math.floor(next() * words.length)]);
    lines.push(`${line.join(' ')}.`);
  }
  return `${lines.join('\n')}\n`;
}

/** A list of customers that pay by card. */
export function customers(name: string, seed: number): SentFile {
  const lines = CARDS.map((card, i) => `customer ${i + 1};credit card ${card};expires 10/28`);
  const text = `${prose(seed, 60)}${lines.join('\n')}\nIBAN ${ACCOUNT}\n${prose(seed + 1, 60)}`;
  return { name, mime: 'text/plain', content: Buffer.from(text, 'utf8') };
}

/** Nothing anybody would mind. */
export function notes(name: string, seed: number, sentences = 120): SentFile {
  return { name, mime: 'text/plain', content: Buffer.from(prose(seed, sentences), 'utf8') };
}

/** Bytes without meaning. */
export function noise(name: string, seed: number, bytes: number): SentFile {
  const next = sequence(seed);
  const content = Uint8Array.from({ length: bytes }, () => Math.floor(next() * 256));
  return { name, mime: 'application/octet-stream', content };
}
