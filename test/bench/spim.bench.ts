/** What messages of strangers cost in correlation/, beside those of contacts; and the fingerprint of a text. */
import { performance } from 'node:perf_hooks';
import { ContentPrint } from '../../sensor/correlation/content-print.ts';
import { CorrelationLab, logIn } from '../support/correlation-lab.ts';

const MESSAGES = 30_000;
const PRINTS = 200_000;

interface Row {
  name: string;
  mbPerSec: number;
  note: string;
}

/** Different words for every message, about 120 characters. */
function bodyOf(i: number): string {
  const words: string[] = [];
  for (let w = 0; w < 20; w++) {
    const letters = ((i * 7919 + w * 104_729) % 456_976) + 456_976;
    words.push(letters.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'.charAt(Number(digit))));
  }
  return words.join(' ');
}

function conversation(roster: string): { seconds: number; bytes: number } {
  const lab = new CorrelationLab();
  const flow = lab.flow();
  logIn(flow, 'bob');
  flow.c("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  flow.s(`<iq type='result' id='r'><query xmlns='jabber:iq:roster'>${roster}</query></iq>`);
  const messages = Array.from({ length: MESSAGES }, (_, i) =>
    new TextEncoder().encode(
      `<message from='s${i % 500}@ext.example/x' to='bob@corp.example/desk' type='chat' id='i${i}'><body>${bodyOf(i)}</body></message>`,
    ),
  );
  const started = performance.now();
  for (const message of messages) {
    flow.s(message);
    lab.raised.length = 0;
  }
  const bytes = messages.reduce((sum, { length }) => sum + length, 0);
  return { seconds: (performance.now() - started) / 1000, bytes };
}

export async function bench(): Promise<Row[]> {
  const roster = Array.from(
    { length: 500 },
    (_, i) => `<item jid='s${i}@ext.example' subscription='both'/>`,
  ).join('');
  conversation(roster);
  conversation('');
  const rows = [
    { name: 'spim: messages of contacts', ...conversation(roster) },
    { name: 'spim: messages of strangers', ...conversation('') },
  ].map(({ name, seconds, bytes }) => ({
    name,
    mbPerSec: bytes / seconds / 1e6,
    note: `${Math.round((seconds / MESSAGES) * 1e9)} ns a message, tokenizer and tables included`,
  }));
  const text = Buffer.from(bodyOf(1));
  const print = new ContentPrint();
  const started = performance.now();
  for (let i = 0; i < PRINTS; i++) print.read(text, 0, text.length);
  const seconds = (performance.now() - started) / 1000;
  rows.push({
    name: 'spim: fingerprint',
    mbPerSec: (PRINTS * text.length) / seconds / 1e6,
    note: `${Math.round((seconds / PRINTS) * 1e9)} ns for ${text.length} characters`,
  });
  return Promise.resolve(rows);
}
