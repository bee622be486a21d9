import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OperatorError } from '../../../sensor/core/index.ts';
import {
  caseSteps,
  disguisedBodies,
  loadCases,
  NamedCases,
  withMessage,
} from '../../../sensor/rules/index.ts';

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
    const [flow] = one.flows;
    assert.equal(flow?.sessionTurns, 1);
    assert.equal(flow.serverPort, 5222);
    const [session, own] = flow.turns;
    assert.equal(session?.kind === 'data' ? text(session.bytes) : '', '<a/>');
    assert.match(own?.kind === 'data' ? text(own.bytes) : '', /<body>a&#60;b<\/body>/);
  });
  it('packs the file it sends, and knows what was offered', () => {
    const [one, other] = read(
      [
        '- case: x',
        '  sid: 9',
        '  file: { road: socks5, name: a.zip, content: { zip: { "b/c.txt": hello, d: { gzip: "x" } } } }',
        '- case: y',
        '  sid: 9',
        '  file: { size: 7, from: z@y, md5: ab, lack: gap, content: ["a", { base64: AAE= }] }',
      ].join('\n'),
    );
    assert.deepEqual(one?.flows, []);
    const { content = new Uint8Array(0), ...facts } = one.sentFile ?? {};
    assert.equal(text(content.subarray(0, 4)), 'PK\x03\x04');
    assert.match(text(content), /b\/c\.txt/);
    assert.deepEqual(facts, {
      ...{ road: 'socks5', name: 'a.zip', mime: '', sha256: '', md5: '', lack: '' },
      ...{ from: 'alice@corp.example/desk', to: 'bob@ext.example/home', size: content.length },
    });
    assert.equal(text(other?.sentFile?.content ?? new Uint8Array(0)), 'a\0\x01');
    assert.deepEqual([other?.sentFile?.size, other?.sentFile?.lack], [7, 'gap']);
    // The same bytes every day: alerts of cases have the same hashes.
    const [again] = read('- { case: x, sid: 9, file: { content: { zip: { a: hello } } } }');
    assert.equal(text(again?.sentFile?.content.subarray(10, 14) ?? content), '\0\0\x21\x14');
  });
  it('reads every kind of piece and turn', () => {
    const [one] = read(
      [
        '- case: x',
        '  sid: 9',
        '  session: s2s',
        '  new_sensor: true',
        '  turns:',
        '    - C: ["ü", { latin1: "\\xEB" }, { repeat: ab, times: 2 }, { base64: AAE= }]',
        '    - S: { utf16le: "x" }',
        '    - S: { utf16be: "x" }',
        '    - S: { encode: "x" }',
        '    - lost_C: 5',
        '    - wait: 1.5',
      ].join('\n'),
    );
    const [flow] = one?.flows ?? [];
    assert.equal(flow?.serverPort, 5269);
    assert.equal(flow.isMidstream, true);
    assert.equal(one?.isFiring, false);
    assert.equal(one.isNewSensor, true);
    assert.deepEqual(
      flow.turns.map((turn) => (turn.kind === 'data' ? [turn.direction, text(turn.bytes)] : turn)),
      [
        [0, '\xc3\xbc\xebabab\x00\x01'],
        [1, 'x\x00'],
        [1, '\x00x'],
        [1, 'eA=='],
        { kind: 'gap', direction: 0, bytes: 5 },
        { kind: 'wait', seconds: 1.5 },
      ],
    );
  });
  it('takes an event in place of a conversation', () => {
    const [one] = read('- { case: x, sid: 9, fires: [9, 8], event: flow.urgent_data }');
    assert.deepEqual(one?.fires, [8, 9]);
    assert.deepEqual(one.flows, []);
    assert.equal(one.event, 'flow.urgent_data');
  });
  for (const [yaml, message] of [
    [
      '- { case: x, sid: 9 }',
      /some\.yaml:1: it needs one of body, stanza, turns, flows, file, event/,
    ],
    ['- { case: x, sid: 9, body: a, stanza: b }', /it needs one of/],
    ['- { case: x, sid: 9, body: a, file: { content: b } }', /it needs one of/],
    ['- { case: x, sid: 9, file: { road: mail, content: b } }', /file\.road/],
    ['- { case: x, body: a }', /sid: /],
    ['- { case: x, sid: 9, body: a, fire: true }', /fire/],
    ['\n- { case: x, sid: 9, session: tls, body: a }', /some\.yaml:2: no session is called tls/],
    ['- { case: x, sid: 9, port: 1, flows: [{}] }', /stand in each flow/],
    ['- case: x\n  sid: 9\n  flows:\n    - {}\n    - { client: "::1" }', /some\.yaml:5: .*no IPv4/],
    [
      '- case: x\n  sid: 9\n  flows:\n    - { client: "192.0.2.{n}", times: 300 }',
      /:4: 192\.0\.2\.256 is no/,
    ],
    ['- case: x\n  sid: 9\n  flows:\n    - { session: tls }', /:4: no session is called tls/],
    ['- case: x\n  sid: 9\n  flows:\n    - turns:\n        - { X: a }', /:5: flows\.0\.turns\.0/],
    ['- { case: x, sid: 9, flows: [{ times: 513 }] }', /may have 512 flows/],
    ['- { case: x, sid: 9, turns: [{ times: 20000, turns: [{ C: a }] }] }', /and 20000 turns/],
    ['- { case: x, sid: 9, turns: [{ times: 2, turns: [] }] }', /turns\.0/],
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

describe('a case of several flows', () => {
  it('fills placeholders: number of the flow, who logs in, number of the round', () => {
    const [one] = read(
      [
        '- case: x',
        '  sid: 9',
        '  flows:',
        '    - { session: none, turns: [{ C: "{n}{i}{as}{x}" }] }',
        '    - session: s2s',
        '      client: 192.0.2.{n}',
        '      as: user{n}',
        '      at: 10',
        '      times: 2',
        '      every: 60',
        '      turns:',
        '        - { times: 2, every: 5, turns: [{ C: ["{n}/{i}/", { encode: "{as}" }] }, { wait: 1 }] }',
        '        - { S: { repeat: "{n}", times: 3 } }',
      ].join('\n'),
    );
    assert.equal(one?.flows.length, 3);
    assert.deepEqual(
      one.flows.map(({ client, clientPort, atSeconds, serverPort }) => [
        ...[client, clientPort, atSeconds, serverPort],
      ]),
      [
        ['192.0.2.10', 40000, 0, 5222],
        ['192.0.2.1', 40001, 10, 5269],
        ['192.0.2.2', 40002, 70, 5269],
      ],
    );
    const words = (flow: number): unknown[] =>
      (one.flows[flow]?.turns ?? []).map((turn) =>
        turn.kind === 'data' ? text(turn.bytes) : turn.kind === 'wait' ? turn.seconds : undefined,
      );
    assert.deepEqual(words(0), ['{n}{i}{x}']);
    const user = Buffer.from('user2').toString('base64');
    assert.deepEqual(words(2), [`2/1/${user}`, 1, 3.999, `2/2/${user}`, 1, '222']);
  });
  it('adds what the sessions fire', () => {
    const [one] = read('- { case: x, sid: 9, fires: true, flows: [{ session: none }, {}] }');
    assert.deepEqual(one?.fires, [7, 9]);
  });
  it('takes its turns in the order of time, then of flows', () => {
    const [one] = read(
      [
        '- case: x',
        '  sid: 9',
        '  flows:',
        '    - { session: none, turns: [{ C: a }, { wait: 1 }, { C: d }] }',
        '    - { session: none, turns: [{ C: b }] }',
        '    - { session: none, at: 0.5, turns: [{ C: c }] }',
      ].join('\n'),
    );
    const said = caseSteps(one?.flows ?? []).map(({ flow, usec, turn }) => {
      if (typeof turn === 'string') return `${flow} ${turn}`;
      return turn.kind === 'data' ? `${flow} ${text(turn.bytes)} ${usec}` : `${flow} ${turn.kind}`;
    });
    assert.deepEqual(said, [
      ...['0 open', '1 open', '0 a 1000', '1 b 1000', '1 close', '2 open', '2 c 501000', '2 close'],
      ...['0 wait', '0 d 1002000', '0 close'],
    ]);
  });
});

describe('disguisedBodies()', () => {
  it('writes the same text as references and in CDATA', () => {
    const [references = '', cut = ''] = disguisedBodies('a&ü');
    assert.match(references, /<body>&#x61;&#x26;&#xfc;<\/body>/);
    assert.match(cut, /<body>a<!\[CDATA\[&\]\]>ü<\/body>/);
    const [one] = read('- { case: x, sid: 9, body: hi }');
    assert.ok(one !== undefined);
    const last = withMessage(one, references).flows[0]?.turns.at(-1);
    assert.match(last?.kind === 'data' ? text(last.bytes) : '', /&#x61;/);
  });
});

describe('NamedCases', () => {
  it('names the cases of one rule, whatever else is wrong in files that do not name it', () => {
    writeFileSync(join(folder, 'b.yaml'), '- { case: later, sid: 9, fires: [9, 3], body: "b" }');
    writeFileSync(
      join(folder, 'a.yaml'),
      '- { case: other, sid: 19, fires: true, body: "9" }\n\n- { case: miss, sid: 9, body: "a", session: nowhere }',
    );
    writeFileSync(join(folder, 'broken.yaml'), '- { case: 99 }');
    const named = new NamedCases(folder);
    assert.deepEqual(named.of(9), [
      { file: join(folder, 'a.yaml'), line: 3, name: 'miss', isFiring: false },
      { file: join(folder, 'b.yaml'), line: 1, name: 'later', isFiring: true },
    ]);
    assert.deepEqual(named.of(8), []);
    assert.throws(() => named.of(99), OperatorError);
  });
  it('names of the shipped ones what loading them all gives', () => {
    const shipped = join(process.cwd(), 'signatures', 'cases');
    const all = loadCases(shipped);
    const sids = [...new Set(all.map(({ sid }) => sid))].filter((_, i) => i % 90 === 0);
    assert.ok(sids.length > 3);
    const named = new NamedCases(shipped);
    for (const sid of sids) {
      const wanted = all.flatMap((one) =>
        one.sid === sid
          ? [{ file: one.file, line: one.line, name: one.name, isFiring: one.isFiring }]
          : [],
      );
      assert.deepEqual(named.of(sid), wanted);
    }
  });
});
