/**
 * Rules look at decoded stanzas, so how a stanza is written must not matter: prefixes instead of default namespaces, other
 * quotes, white space in tags, references in values and text, CDATA, elements in the middle of text.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SaxesParser } from 'saxes';
import { sidsOf } from '../../../sensor/case-player.ts';
import {
  loadCases,
  withTurns,
  type CaseTurn,
  type SignatureCase,
} from '../../../sensor/rules/index.ts';
import { SIGNATURES, shippedPlayer } from '../../support/case-player.ts';

const CONTENT = new Set(['', 'jabber:client', 'jabber:server']);
/** Letters written as references are a finding of their own. */
const REFERENCES = 1510100;
const STANZA = /^<(?:message|presence|iq)[\s>]/;

/** Every third character as a reference; line ends too, which a reader would turn into spaces. */
function withReferences(text: string): string {
  return Array.from(text, (char, i) =>
    i % 3 === 0 || /[<>&"'\s]/.test(char) ? `&#x${(char.codePointAt(0) ?? 0).toString(16)};` : char,
  ).join('');
}

/** References and CDATA in turn, and an element in between where a body is long enough. */
function disguiseText(text: string, isBody: boolean): string {
  const half = Math.ceil(text.length / 2);
  const [first, second] = [text.slice(0, half), text.slice(half)];
  const cdata =
    second.includes(']]>') || second === '' ? withReferences(second) : `<![CDATA[${second}]]>`;
  return `${withReferences(first)}${isBody ? "<i:i xmlns:i='urn:example:inline'/>" : ''}${cdata}`;
}

/** The same stanza written in another way. */
function disguise(xml: string): string {
  const parser = new SaxesParser({
    xmlns: true,
    fragment: true,
    additionalNamespaces: {
      stream: 'http://etherx.jabber.org/streams',
      db: 'jabber:server:dialback',
    },
  });
  let out = '';
  const names: string[] = [];
  parser.on('opentag', ({ name, uri, prefix, attributes }) => {
    const isPlain = prefix !== '' || CONTENT.has(uri);
    const written = isPlain ? name : `d:${name}`;
    const list = Object.values(attributes)
      .filter((attribute) => isPlain || attribute.name !== 'xmlns')
      .map(({ name: key, value }) =>
        key.startsWith('xmlns') ? `${key} = "${value}"` : `${key} = "${withReferences(value)}"`,
      );
    if (!isPlain) list.push(`xmlns:d="${uri}"`);
    names.push(written);
    out += `<${[written, ...list].join('\n')} >`;
  });
  parser.on('text', (text) => {
    out += disguiseText(text, names.at(-1) === 'body');
  });
  parser.on('closetag', () => {
    out += `</${names.pop() ?? ''}\t>`;
  });
  parser.write(xml).close();
  return out;
}

/** The last thing said in a case, when it is one whole stanza. */
function lastStanza({
  flows,
}: SignatureCase): { turns: CaseTurn[]; turn: CaseTurn; xml: string } | undefined {
  const [flow] = flows;
  if (flow === undefined || flows.length > 1) return undefined;
  const turns = [...flow.turns];
  const turn = turns.pop();
  if (turn?.kind !== 'data' || flow.turns.length <= flow.sessionTurns) return undefined;
  const xml = new TextDecoder().decode(turn.bytes);
  return STANZA.test(xml) && turn.bytes.length < 8192 ? { turns, turn, xml } : undefined;
}

describe('a stanza in disguise', () => {
  const player = shippedPlayer();
  const matching = new Set(
    player.rules.rules.filter(({ terms }) => terms.length > 0).map(({ sid }) => sid),
  );
  const cases = loadCases(join(SIGNATURES, 'cases')).filter(
    ({ isFiring, sid }) => isFiring && matching.has(sid),
  );
  let played = 0;
  for (const source of cases) {
    const last = lastStanza(source);
    if (last === undefined) continue;
    played++;
    it(`raises ${source.sid}: ${source.name}`, () => {
      const written = disguise(last.xml);
      const turn = { ...last.turn, bytes: new TextEncoder().encode(written) } as CaseTurn;
      const sids = sidsOf(player.play(withTurns(source, [...last.turns, turn])));
      const without = (list: readonly number[]): number[] =>
        list.filter((sid) => sid !== REFERENCES);
      assert.deepEqual(without(sids), without(source.fires), written);
    });
  }
  it('is tried on most rules that look at stanzas', () => {
    assert.ok(played > 150, `${played} cases`);
  });
});
