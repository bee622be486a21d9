/**
 * The examples of all XEPs, Prosody's test dialogues and stanzas from the tests of libraries: honest XMPP in all
 * its breadth. None may do harm, and the events that accuse somebody must not fire on it.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { login, play, type Turn } from '../../support/dialogue.ts';

const DATA = join(process.cwd(), '../shared/data/stanzas');
const isThere = existsSync(DATA);

interface Line {
  readonly xep?: string;
  readonly n?: number;
  readonly kind?: string;
  readonly wf_in_stream?: boolean;
  readonly text?: string;
  readonly xml?: string;
  readonly action?: string;
  readonly actor_jid?: string;
}

function lines(name: string): Line[] {
  const text = gunzipSync(readFileSync(join(DATA, `${name}.jsonl.gz`))).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const START = login();
const START_EVENTS = play(START).events.length;

function accusations(who: 'C' | 'S', xml: string, segmentation = Infinity): string[] {
  const turns: Turn[] = [...START, [who, xml]];
  return play(turns, { segmentation })
    .events.slice(START_EVENTS)
    .map(({ name }) => name)
    .filter((name) => /nested|reopen|swap|redirect|never|preauth/.test(name));
}

/** Documents that do nest stanzas outside any wrapper we know, and why they may alert. */
const NESTING: ReadonlyMap<string, string> = new Map([
  ['0207', 'humorous: whole stanzas as pubsub items'],
  ['0274', 'design notes on signatures: the wrapper has no namespace'],
  ['inbox/dsig-design', 'the same, earlier'],
  ['inbox/mix', 'never adopted: presence as pubsub items'],
  ['inbox/qos', 'never adopted: acknowledgements around stanzas'],
]);

describe('examples of the XEPs', { skip: !isThere && 'shared data not there' }, () => {
  const examples = isThere
    ? lines('xep-examples').filter(({ kind, wf_in_stream: ok }) => kind === 'xml' && ok === true)
    : [];

  it('nest no stanzas and no stream elements, but where they say so', () => {
    const odd: string[] = [];
    const nesting = new Set<string>();
    for (const { xep = '', n = 0, text = '' } of examples) {
      for (const name of accusations('S', text)) {
        if (name === 'xmpp.nested_stanza' && NESTING.has(xep)) nesting.add(xep);
        // XEP-0290 shows a stream header, which is a second one here.
        else if (!(xep === '0290' && name === 'xmpp.stream_reopen'))
          odd.push(`${xep} ${n}: ${name}`);
      }
    }
    assert.deepEqual(odd, []);
    assert.deepEqual([...nesting].sort(), [...NESTING.keys()].sort());
    assert.ok(examples.length > 6000);
  });

  it('give the same text from a client in small pieces', () => {
    for (const { xep = '', n = 0, text = '' } of examples.filter((_, i) => i % 20 === 0)) {
      const texts = (segmentation: number): unknown =>
        play([...START, ['C', text]], { segmentation }).stanzas.map(({ buffers }) => buffers);
      assert.deepEqual(texts(5), texts(Infinity), `${xep} ${n}`);
    }
  });
});

describe('dialogues of Prosody', { skip: !isThere && 'shared data not there' }, () => {
  it('accuse nobody', () => {
    const odd: string[] = [];
    for (const { xml = '', action, actor_jid: jid = '' } of isThere
      ? lines('prosody-dialogues')
      : []) {
      if (xml === '') continue;
      // Placeholders for addresses that the test run would fill in.
      const filled = xml.replaceAll(/\$\{[^}]*\}/g, jid);
      odd.push(...accusations(action === 'sends' ? 'C' : 'S', filled));
    }
    assert.deepEqual(odd, []);
  });
});

describe(
  'stanzas from the tests of libraries',
  { skip: !isThere && 'shared data not there' },
  () => {
    it('do no harm, whole or broken', () => {
      let stanzas = 0;
      for (const { xml = '' } of isThere ? lines('library-tests') : []) {
        for (const who of ['C', 'S'] as const)
          stanzas += play([...START, [who, xml]]).stanzas.length;
      }
      assert.ok(stanzas > 2000);
    });
  },
);
