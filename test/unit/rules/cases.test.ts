import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OperatorError } from '../../../sensor/core/index.ts';
import { disguisedBodies, loadCases, withMessage } from '../../../sensor/rules/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cases-'));
  writeFileSync(
    join(folder, 'sessions.yaml'),
    'none: {}\nscram:\n  fires: [7]\n  turns:\n    - C: "<a/>"\ns2s: { port: 5269, midstream: true }\n',
  );
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function read(yaml: string): ReturnType<typeof loadCases> {
  writeFileSync(join(folder, 'some.yaml'), yaml);
  return loadCases(folder);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('loadCases()', () => {
  it('puts the session before the case and adds what it fires', () => {
    const [one] = read('- { case: x, sid: 9, fires: true, body: "a<b" }');
    assert.deepEqual(one?.fires, [7, 9]);
    assert.equal(one.isFiring, true);
    assert.equal(one.sessionTurns, 1);
    assert.equal(one.serverPort, 5222);
    const [session, own] = one.turns;
    assert.equal(session?.kind === 'data' ? text(session.bytes) : '', '<a/>');
    assert.match(own?.kind === 'data' ? text(own.bytes) : '', /<body>a&#60;b<\/body>/);
  });
  it('reads every kind of piece and turn', () => {
    const [one] = read(
      [
        '- case: x',
        '  sid: 9',
        '  session: s2s',
        '  turns:',
        '    - C: ["ü", { latin1: "\\xEB" }, { repeat: ab, times: 2 }, { base64: AAE= }]',
        '    - S: { utf16le: "x" }',
        '    - S: { utf16be: "x" }',
        '    - lost_C: 5',
        '    - wait: 1.5',
      ].join('\n'),
    );
    assert.equal(one?.serverPort, 5269);
    assert.equal(one.isMidstream, true);
    assert.equal(one.isFiring, false);
    assert.deepEqual(
      one.turns.map((turn) => (turn.kind === 'data' ? [turn.direction, text(turn.bytes)] : turn)),
      [
        [0, '\xc3\xbc\xebabab\x00\x01'],
        [1, 'x\x00'],
        [1, '\x00x'],
        { kind: 'gap', direction: 0, bytes: 5 },
        { kind: 'wait', seconds: 1.5 },
      ],
    );
  });
  it('takes an event in place of a conversation', () => {
    const [one] = read('- { case: x, sid: 9, fires: [9, 8], event: flow.urgent_data }');
    assert.deepEqual(one?.fires, [8, 9]);
    assert.deepEqual(one.turns, []);
    assert.equal(one.event, 'flow.urgent_data');
  });
  for (const [yaml, message] of [
    ['- { case: x, sid: 9 }', /some\.yaml:1: it needs one of body, stanza, turns, event/],
    ['- { case: x, sid: 9, body: a, stanza: b }', /it needs one of/],
    ['- { case: x, body: a }', /sid: /],
    ['- { case: x, sid: 9, body: a, fire: true }', /fire/],
    ['\n- { case: x, sid: 9, session: tls, body: a }', /some\.yaml:2: no session is called tls/],
    ['case: x', /it must be a list of cases/],
    ['- [', /some\.yaml:/],
  ] as const) {
    it(`refuses ${JSON.stringify(yaml)}`, () => {
      assert.throws(
        () => read(yaml),
        (error: unknown) => error instanceof OperatorError && message.test(error.message),
      );
    });
  }
});

describe('disguisedBodies()', () => {
  it('writes the same text as references and in CDATA', () => {
    const [references = '', cut = ''] = disguisedBodies('a&ü');
    assert.match(references, /<body>&#x61;&#x26;&#xfc;<\/body>/);
    assert.match(cut, /<body>a<!\[CDATA\[&\]\]>ü<\/body>/);
    const [one] = read('- { case: x, sid: 9, body: hi }');
    assert.ok(one !== undefined);
    const last = withMessage(one, references).at(-1);
    assert.match(last?.kind === 'data' ? text(last.bytes) : '', /&#x61;/);
  });
});
