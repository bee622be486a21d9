/** "Paste a stanza, see what fires and why", with the shipped rules: evasions, hostile bytes, rules under trial. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TryAnswer, TryRequest } from '../../sensor/api/index.ts';
import { CASE_SETTINGS } from '../../sensor/case-site.ts';
import { loadConfig } from '../../sensor/config/index.ts';
import { readConfiguredRules } from '../../sensor/rule-files.ts';
import { casesBeside } from '../../sensor/rule-test.ts';
import { RuleTry } from '../../sensor/service/rule-try.ts';
import { runCommand } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'rules-try-'));
const data = join(folder, 'data');
mkdirSync(join(data, 'tuning'), { recursive: true });
writeFileSync(
  join(data, 'tuning', 'threshold.config'),
  [
    '# by hand',
    'suppress gen_id 1, sig_id 1560010, track by_from_jid, value scanner@corp.example',
    'threshold gen_id 1, sig_id 1510010, type threshold, track by_src, count 5, seconds 60',
    '',
  ].join('\n'),
);
writeFileSync(join(data, 'tuning', 'disable.conf'), '1510021\n');
const config = loadConfig({ file: undefined, overrides: [`data_dir=${data}`, ...CASE_SETTINGS] });

let rules: RuleTry;
before(() => {
  rules = new RuleTry(config, readConfiguredRules(config, { keepDisabled: true }));
});
after(() => {
  rules.close();
  rmSync(folder, { recursive: true });
});

const CARD = '4111 1111 1111 1111';
const message = (content: string, attributes = ''): string =>
  `<message to='bob@corp.example' type='chat' id='m1'${attributes}><body>${content}</body></message>`;
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');
const bytes = (...parts: readonly (string | readonly number[])[]): string =>
  base64(
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
    ),
  );
const references = (text: string): string =>
  Array.from(text, (char) => `&#x${(char.codePointAt(0) ?? 0).toString(16)};`).join('');
const STREAM = (rest: string): string =>
  `${rest}<stream:stream to='corp.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;
const BOMB = `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY b${i} "${`&${i === 0 ? 'a' : `b${i - 1}`};`.repeat(10)}">`).join('')}]>`;

function sidsOf({ fired }: TryAnswer): number[] {
  return [...new Set(fired.map(({ sid }) => sid))].sort((a, b) => a - b);
}

interface Row extends TryRequest {
  /** Among those that fire; undefined: none may. */
  readonly fires?: number;
  readonly event?: string;
}

const TABLE: Readonly<Record<string, Row>> = {
  'a card number': { stanza: message(CARD), fires: 1560010 },
  'near: another check digit': { stanza: message('4111 1111 1111 1112') },
  'a card number in references': { stanza: message(references(CARD)), fires: 1560010 },
  'a card number cut by CDATA': {
    stanza: message('4111<![CDATA[ 1111 ]]>1111 1111'),
    fires: 1560010,
  },
  'a card number cut by a comment': {
    stanza: message('4111 1111<!-- x --> 1111 1111'),
    fires: 1560010,
  },
  'a card number in full-width digits': {
    stanza: message(
      Array.from('4111111111111111', (c) => String.fromCodePoint(0xfee0 + c.charCodeAt(0))).join(
        '',
      ),
    ),
    fires: 1560010,
  },
  'a card number with zero-width spaces': {
    stanza: message(Array.from('4111111111111111').join('\u200b')),
    fires: 1560010,
  },
  'a card number to the client': {
    stanza: message(CARD, " from='eve@corp.example/x'"),
    direction: 'to_client',
    fires: 1560010,
  },
  'a document type': { stanza: `<!DOCTYPE a>${message('x')}`, fires: 1510010, event: 'xml.dtd' },
  'a bomb of entities': {
    stanza: `${BOMB}${message('&b8;')}`,
    event: 'xml.entity_decl',
    fires: 1510030,
  },
  'a bomb in front of a stream': {
    stanza: STREAM(`<?xml version='1.0'?>${BOMB}`),
    event: 'xml.entity_decl',
    fires: 1510010,
  },
  'near: a stream': { stanza: STREAM("<?xml version='1.0'?>") },
  'a stream in UTF-16': {
    stanza: base64(Buffer.from(`\ufeff${STREAM("<?xml version='1.0'?>")}`, 'utf16le')),
    encoding: 'base64',
    fires: 1510080,
    event: 'xml.encoding_utf16',
  },
  'an overlong slash': {
    stanza: bytes("<message to='bob@corp.example'><body>a", [0xc0, 0xaf], 'b</body></message>'),
    encoding: 'base64',
    event: 'utf8.overlong',
    fires: 1510060,
  },
  'a control character': {
    stanza: bytes("<message to='bob@corp.example'><body>a", [1], 'b</body></message>'),
    encoding: 'base64',
    event: 'xml.ctrl_char',
    fires: 1510090,
  },
  'a script in XHTML-IM': {
    stanza:
      "<message to='bob@corp.example' id='x1'><body>hi</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>hi<script src='https://evil.example/x.js'/></p></body></html></message>",
    fires: 1530100,
  },
  'a program in Bits of Binary': {
    stanza: `<iq type='result' id='b1' to='bob@corp.example/x'><data xmlns='urn:xmpp:bob' cid='sha1+89ab1e893476a5cbbdf3a83e6e5eba7d6f602407@bob.xmpp.org' type='image/png'>${base64(Buffer.concat([Buffer.from('MZ'), Buffer.alloc(600)]))}</data></iq>`,
    event: 'file.type_mismatch',
  },
  'near: a picture in Bits of Binary': {
    stanza: `<iq type='result' id='b1' to='bob@corp.example/x'><data xmlns='urn:xmpp:bob' cid='sha1+d5fceb6532643d0d84ffe09c40c481ecdf59e15a@bob.xmpp.org' type='image/gif'>R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7</data></iq>`,
  },
  'a password in clear': {
    stanza: `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${base64('\0alice\0hunter2hunter2')}</auth>`,
    fires: 1520010,
    event: 'xmpp.sasl_plain_clear',
  },
};

describe('a stanza is tried as the sensor would see it', () => {
  for (const [what, { fires, event, ...request }] of Object.entries(TABLE)) {
    it(what, () => {
      const answer = rules.run(request);
      if (fires !== undefined) assert.ok(sidsOf(answer).includes(fires), JSON.stringify(answer));
      else if (event === undefined) assert.deepEqual(sidsOf(answer), []);
      if (event !== undefined) assert.ok(answer.events.includes(event), answer.events.join(' '));
      const shown = JSON.stringify(answer);
      assert.ok(!shown.includes('4111 1111 1111 1111'), 'the number is masked everywhere');
      assert.ok(!shown.includes('4111111111111111'), 'the number is masked everywhere');
      assert.ok(!shown.includes('hunter2'), 'so is the password');
    });
  }
  it('does what the cases do that come with the rules', () => {
    const shipped = casesBeside([]).filter(({ flows, lists, isNewSensor }) => {
      const [flow, ...others] = flows;
      const own = flow?.turns.slice(flow.sessionTurns) ?? [];
      const isStanza = own.length === 1 && own[0]?.kind === 'data' && own[0].direction === 0;
      const isUsual = flow?.serverPort === 5222 && flow.sessionTurns === 12;
      return isStanza && isUsual && others.length === 0 && lists.size === 0 && !isNewSensor;
    });
    let compared = 0;
    for (const [i, source] of shipped.entries()) {
      const turn = source.flows[0]?.turns.at(-1);
      if (i % 9 !== 0 || turn?.kind !== 'data' || turn.bytes.length > 200_000) continue;
      const text = Buffer.from(turn.bytes).toString('latin1');
      // Told of another account, of which the log-in of cases knows nothing; log-ins are tried before one.
      if (/^<\w+ [^>]*from=|^<\?xml|^<(?:auth|stream)/.test(text)) continue;
      const answer = rules.run({ stanza: base64(turn.bytes), encoding: 'base64' });
      const wanted = source.fires.filter((sid) => sid !== 1580010 && sid !== 1510021);
      assert.deepEqual(sidsOf(answer), wanted, `${source.file}:${source.line} ${source.name}`);
      compared++;
    }
    assert.ok(compared > 50, `${compared} cases`);
  });
});

describe('what is no stanza', () => {
  for (const [what, stanza, note] of [
    ['nothing', ' \n ', /nothing in it/],
    ['words', 'hello', /No tag begins in it/],
    ['the beginning of a stanza', "<message to='a@b'><body>hi", /no well-formed XML|No complete/],
    ['crossed tags', '<message><body>hi</message></body>', /no well-formed XML|No complete/],
    ['another kind of thing', '{"message": "hi"}', /No tag begins in it/],
  ] as const) {
    it(`${what} gets a clear answer`, () => {
      const { notes } = rules.run({ stanza });
      assert.ok(
        notes.some((each) => note.test(each)),
        notes.join(' | '),
      );
    });
  }
  it('too much of it, or no base64, is refused', () => {
    for (const request of [
      { stanza: 'x'.repeat(256 * 1024 + 1) },
      { stanza: 'x'.repeat(1024 * 1024) },
      { stanza: base64(Buffer.alloc(256 * 1024 + 1)), encoding: 'base64' as const },
      { stanza: '<message/>', encoding: 'base64' as const },
    ]) {
      assert.throws(() => rules.run(request), { code: 'USAGE' });
    }
  });
  it('bytes of all kinds raise no error', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48271) % 0x7fffffff) / 0x7fffffff;
    const pieces = [
      '<',
      '>',
      '<message ',
      "to='a@b'",
      '<stream:stream ',
      '<?xml',
      '<![CDATA[',
      ']]>',
    ];
    for (let run = 0; run < 60; run++) {
      const parts = Array.from({ length: 40 }, () =>
        random() < 0.5
          ? (pieces[Math.floor(random() * pieces.length)] ?? '')
          : [Math.floor(random() * 256)],
      );
      const direction = random() < 0.5 ? 'to_server' : 'to_client';
      const answer = rules.run({ stanza: bytes(...parts), encoding: 'base64', direction });
      assert.ok(answer.notes.length > 0);
    }
  });
  it('as much of it as is allowed is shown in part', () => {
    const { buffers, notes } = rules.run({ stanza: message('word '.repeat(50_000)) });
    assert.ok(JSON.stringify(buffers).length < 400_000);
    assert.ok(buffers.some(({ text }) => text.endsWith('…')));
    const many = rules.run({ stanza: message('x').repeat(2000) });
    assert.equal(many.buffers.length, 200);
    assert.ok(many.notes.some((note) => /further texts are not shown/.test(note)));
    assert.ok(notes.length > 0);
  });
});

describe('whose session it is played in', () => {
  for (const [request, words] of [
    [
      { stanza: message('x', " from='carol@other.example/home'") },
      /sent by carol@other.example\/home/,
    ],
    [
      { stanza: "<message to='carol@other.example/home'/>", direction: 'to_client' },
      /received by carol@other.example\/home/,
    ],
    [
      { stanza: "<message xmlns='jabber:server' from='a@ext.example' to='b@corp.example'/>" },
      /a link from ext.example to corp.example/,
    ],
    [{ stanza: '<starttls/>' }, /before the log-in/],
    [{ stanza: STREAM('') }, /a stream of its own/],
    [{ stanza: "<message xmlns='jabber:component:accept'/>" }, /component gateway/],
  ] as const) {
    it(words.source, () => {
      const { notes, fired } = rules.run(request);
      assert.match(notes[0] ?? '', words);
      assert.deepEqual(fired, []);
    });
  }
  it('is never one that a name from elsewhere could break', () => {
    const { notes, fired } = rules.run({ stanza: message('x', " from='a%b@y'") });
    assert.match(notes[0] ?? '', /sent by alice@corp.example\/desk/);
    assert.deepEqual(
      fired.map(({ msg }) => msg),
      ['XMPP client sends in the name of another account'],
    );
  });
});

describe('why', () => {
  const conditions = ({ why }: TryAnswer): boolean[] => why.map(({ held }) => held);

  it('names each condition of a rule, and whether it held', () => {
    const near = rules.run({ stanza: message('4111 1111 1111 1112'), sid: 1560010 });
    assert.deepEqual(conditions(near), [true, true, false]);
    assert.match(near.why[2]?.condition ?? '', /^xmpp\.text_folded: .*check pan$/);
    const hit = rules.run({ stanza: message(CARD), sid: 1560010 });
    assert.deepEqual(conditions(hit), [true, true, true]);
  });
  it('tells of events, disabled rules and numbers nobody has', () => {
    const event = rules.run({ stanza: message('x'), sid: 1510010 });
    assert.deepEqual(event.why, [{ condition: 'the event xml.dtd is raised', held: false }]);
    const disabled = rules.run({ stanza: message('x'), sid: 1510021 });
    assert.deepEqual(disabled.why, [
      { condition: 'the rule is in force: it is disabled', held: false },
    ]);
    const unknown = rules.run({ stanza: message('x'), sid: 4 });
    assert.deepEqual(unknown.why, []);
    assert.ok(unknown.notes.includes('There is no rule 4'));
  });
  it('has a condition that did not hold whenever a rule did not fire', () => {
    const set = readConfiguredRules(config, { keepDisabled: true });
    for (const [i, { sid }] of set.rules.entries()) {
      if (i % 25 !== 0) continue;
      const { why, fired } = rules.run({ stanza: message('nothing to see'), sid });
      assert.deepEqual(fired, []);
      assert.ok(
        why.some(({ held }) => !held),
        `${sid}`,
      );
    }
  });
});

describe('what the site says of rules', () => {
  it('is told beside what fired all the same', () => {
    const from = " from='scanner@corp.example/x'";
    const [suppressed] = rules.run({ stanza: message(CARD, from) }).fired;
    assert.match(
      suppressed?.keptBack ?? '',
      /scanner@corp\.example \(tuning\/threshold\.config:2\)$/,
    );
    const [open] = rules.run({ stanza: message(CARD) }).fired;
    assert.deepEqual([open?.sid, open?.keptBack], [1560010, '']);
    const dtd = rules.run({ stanza: `<!DOCTYPE a>${message('x')}` }).fired;
    const waiting = dtd.find(({ sid }) => sid === 1510010)?.keptBack ?? '';
    assert.match(waiting, /every 5th firing .*\(tuning\/threshold\.config:3\)$/);
  });
});

describe('keyed lists of the site', () => {
  it('cannot be asked guess by guess: a try leaves them out, and says so', async () => {
    const site = join(folder, 'site');
    const values = join(folder, 'customers.csv');
    writeFileSync(values, 'id\n70443916\n70443917\n');
    const imported = await runCommand(
      ...['intel', 'import', values, '--hashed', '--name', 'company-numbers', '-l', site],
    );
    assert.equal(imported.status, 0, imported.err);
    const own = loadConfig({ file: undefined, overrides: [`data_dir=${site}`, ...CASE_SETTINGS] });
    const set = readConfiguredRules(own, { keepDisabled: true });
    assert.equal(set.datasets.get('company-numbers')?.size, 2);
    assert.ok(set.rules.some(({ sid }) => sid === 1561000));
    const asked = new RuleTry(own, set);
    const answers = ['70443916', '70443999'].map((number) => {
      const answer = asked.run({ stanza: message(`customer ${number}`), sid: 1561000 });
      return { ...answer, buffers: [] };
    });
    asked.close();
    assert.deepEqual(answers[0], answers[1]);
    assert.ok(!sidsOf(answers[0] ?? assert.fail()).includes(1561000));
    assert.match(answers[0]?.notes.join() ?? '', /company-numbers.*not told/);
  });
});

describe('rules under trial', () => {
  const rule = (sid: number, options: string): string =>
    `alert xmpp any any -> any any (msg:"trial ${sid}"; ${options} classtype:policy-violation; sid:${sid};)`;

  it('fire beside those in force, their problems are told with their place', () => {
    const text = [rule(1, 'xmpp.body; content:"invoice";'), rule(2, 'xmpp.bdy; content:"x";')];
    const answer = rules.run({
      stanza: message(`invoice ${CARD}`),
      rules: text.join('\n'),
      sid: 1,
    });
    assert.deepEqual(
      answer.fired.map(({ sid, isTried }) => [sid, isTried]),
      [
        [1, true],
        [1560010, false],
      ],
    );
    assert.match(answer.problems.join('\n'), /^rules:2:\d+: Keyword xmpp\.bdy is unknown/m);
    assert.deepEqual(answer.why, [{ condition: 'xmpp.body: holds "invoice"', held: true }]);
    const near = rules.run({ stanza: message('bill'), rules: text[0] ?? '', sid: 1 });
    assert.deepEqual([near.fired, near.why[0]?.held], [[], false]);
  });
  it('may have the number of a rule in force, to change it', () => {
    const own = rule(1560010, 'xmpp.body; content:"invoice";');
    const answer = rules.run({ stanza: message('invoice'), rules: own, sid: 1560010 });
    assert.deepEqual(sidsOf(answer), [1560010]);
    assert.equal(answer.fired[0]?.isTried, true);
  });
  it('hear events', () => {
    const own = rule(1, 'xmpp.event:xml.entity_decl;');
    const { fired } = rules.run({ stanza: `${BOMB}${message('x')}`, rules: own });
    assert.ok(fired.some(({ sid }) => sid === 1));
  });
  it('read no file of the machine', () => {
    for (const list of ['../../../etc/passwd', '/etc/passwd', 'datasets/c2-domains.txt']) {
      const own = rule(1, `xmpp.to_domain; dataset:isset,l,type domain,load ${list};`);
      const { problems, fired } = rules.run({ stanza: message('x'), rules: own });
      assert.ok(problems.length > 0);
      assert.doesNotMatch(problems.join('\n'), /root:|daemon/);
      assert.deepEqual(fired, []);
    }
  });
  it('and their stanzas leave nothing behind', () => {
    const own = rule(1, 'xmpp.to; content:"bob"; dataset:set,seen,type jid,state seen.lst;');
    const twice = [0, 1].map(() => rules.run({ stanza: message('x'), rules: own }).fired.length);
    assert.deepEqual(twice, [1, 1]);
    assert.deepEqual(readdirSync(data).sort(), ['cache', 'tuning']);
    const cached = readdirSync(join(data, 'cache')).length;
    rules.run({ stanza: message('y'), rules: rule(2, 'xmpp.body; pcre:"/[a-f]{3}x{7}/";') });
    assert.equal(readdirSync(join(data, 'cache')).length, cached);
  });
});
