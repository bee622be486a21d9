/** Every keyword: what it reads, and what it refuses, at which place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUFFERS, bufferId } from '../../../sensor/core/index.ts';
import { loadRuleSources, type LoadOptions, type Rule } from '../../../sensor/rules/index.ts';

const HEAD = 'alert xmpp any any -> any any (msg:"m"; sid:1; ';

const CONFIGS: LoadOptions = {
  validatorProblem: (name, argument) =>
    name === 'luhn' || (name === 'jwt' && argument !== 'bad')
      ? undefined
      : `no ${name} ${argument}`,
};

function load(options: string): ReturnType<typeof loadRuleSources> {
  return loadRuleSources([{ file: 'k.rules', text: `${HEAD}${options})` }], CONFIGS);
}

function rule(options: string): Rule {
  const { rules, problems } = load(options);
  assert.ok(rules[0] !== undefined, JSON.stringify(problems));
  return rules[0];
}

/** Errors as `offset in options: message`. */
function errors(options: string): string[] {
  return load(options)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ column, message }) => `${column - 1 - HEAD.length}: ${message}`);
}

function assertError(options: string, expected: RegExp): void {
  const found = errors(options);
  assert.equal(found.length, 1, `${options} -> ${JSON.stringify(found)}`);
  assert.match(found[0] ?? '', expected, options);
}

const BODY = 'xmpp.body; content:"abc"; ';

describe('identity keywords', () => {
  it('are read', () => {
    const found = rule(
      `${BODY} gid:3; rev:7; priority:2; metadata:detection dlp-pan, a b c; metadata:a d; noalert;`,
    );
    assert.deepEqual([found.msg, found.sid, found.gid, found.rev], ['m', 1, 3, 7]);
    assert.equal(found.severity, 2);
    assert.equal(found.noalert, true);
    assert.deepEqual(
      [...found.metadata],
      [
        ['detection', ['dlp-pan']],
        ['a', ['b c', 'd']],
      ],
    );
    assert.equal(found.isSecret, false);
    assert.equal(rule(`${BODY} metadata:secret yes;`).isSecret, true);
  });

  it('unescape msg', () => {
    const { rules } = loadRuleSources([
      {
        file: 'k.rules',
        text: 'alert xmpp any any -> any any (msg:"a \\"b\\" c\\; d\\\\"; xmpp.body; content:"abc"; sid:1;)',
      },
    ]);
    assert.equal(rules[0]?.msg, 'a "b" c; d\\');
  });

  it('refuse numbers out of range and repetition', () => {
    assertError(`${BODY} rev:0;`, /31: rev 0 is outside 1 to 4294967295/);
    assertError(`${BODY} rev:x1;`, /31: rev must be a whole number, found "x1"/);
    assertError(`${BODY} priority:5;`, /priority 5 is outside 1 to 4/);
    assertError(`${BODY} sid:2;`, /27: Keyword sid is given twice/);
    assertError(`${BODY} msg:"again";`, /Keyword msg is given twice/);
    assertError(`${BODY} gid:4294967296;`, /gid 4294967296 is outside/);
  });

  it('refuse values that should not be there, and miss those that should', () => {
    assertError(`${BODY} noalert:1;`, /Keyword noalert takes no value/);
    assertError(`${BODY} rev;`, /Keyword rev needs a value/);
    assertError(`${BODY} rev:;`, /Keyword rev needs a value/);
  });
});

describe('flow', () => {
  it('knows both words for each direction', () => {
    assert.deepEqual(rule(`${BODY} flow:established,from_client;`).flow, {
      toServer: true,
      toClient: false,
      established: true,
    });
    assert.equal(rule(`${BODY} flow:from_server;`).flow.toClient, true);
  });

  it('refuses other words and two directions', () => {
    assertError(`${BODY} flow:established, no_stream;`, /flow option "no_stream" is not supported/);
    assertError(`${BODY} flow:to_server,to_client;`, /flow names both directions/);
  });
});

describe('events', () => {
  it('are looked up by name, under either keyword, and add up', () => {
    const found = rule('xmpp.event:xml.dtd; app-layer-event:xml.entity_bomb; xmpp.event:xml.dtd;');
    assert.equal(found.events.length, 2);
  });

  it('are refused with the nearest right name', () => {
    const { problems } = load('xmpp.event:xml.dtdd;');
    assert.match(problems[0]?.message ?? '', /No event is called "xml.dtdd"/);
    assert.equal(problems[0]?.hint, 'did you mean xml.dtd?');
    assertError('xmpp.event:none;', /No event is called "none"/);
  });
});

describe('sticky buffers', () => {
  it('are keywords, each of them', () => {
    BUFFERS.forEach((name, id) => {
      // No text of a stanza: it belongs to tcp rules.
      if (name === 'stream') return;
      assert.equal(rule(`${name}; content:"abc";`).terms[0]?.buffer, id);
    });
  });

  it('open a group each time they are named', () => {
    const { terms } = rule('xmpp.body; content:"a1b"; bsize:>1; xmpp.body; content:"c2d";');
    assert.deepEqual(
      terms.map(({ group }) => group),
      [0, 0, 1],
    );
  });

  it('must come before what is matched on them', () => {
    assertError('content:"abc";', /0: content stands before any sticky buffer/);
    assertError('pcre:"/abc/";', /0: pcre stands before any sticky buffer/);
    const tcp = loadRuleSources([
      { file: 'k.rules', text: 'alert tcp any any -> any any (msg:"m"; sid:1; content:"abc";)' },
    ]);
    assert.equal(tcp.rules[0]?.terms[0]?.buffer, bufferId('stream'));
  });

  it('take no value', () => {
    assertError('xmpp.body:x; content:"abc";', /Keyword xmpp.body takes no value/);
  });
});

describe('content', () => {
  const bytes = (options: string): number[] => {
    const term = rule(`xmpp.body; ${options}`).terms[0];
    assert.ok(term?.kind === 'content');
    return Array.from(term.bytes);
  };

  it('reads text, hex and escapes', () => {
    assert.deepEqual(bytes('content:"aбc";'), [0x61, 0xd0, 0xb1, 0x63]);
    assert.deepEqual(bytes('content:"a|42 43  44|e|ff|";'), [0x61, 0x42, 0x43, 0x44, 0x65, 0xff]);
    assert.deepEqual(bytes('content:"\\;\\"\\\\\\:😀";').slice(0, 4), [0x3b, 0x22, 0x5c, 0x3a]);
  });

  it('refuses broken text', () => {
    assertError('xmpp.body; content:"a|4|";', /22: Hex part of the content must be pairs/);
    assertError('xmpp.body; content:"a|zz|";', /Hex part of the content must be pairs/);
    assertError('xmpp.body; content:"a||";', /Hex part of the content must be pairs/);
    assertError('xmpp.body; content:"a|41";', /21: Hex part of the content is not closed/);
    assertError('xmpp.body; content:"a\\n";', /21: \\n is not an escape in content/);
    assertError('xmpp.body; content:"";', /Content is empty/);
    assertError('xmpp.body; content:abc;', /must stand in double quotes/);
    assertError('xmpp.body; content:"a"b";', /Quotation mark/);
    assertError(`xmpp.body; content:"${'a'.repeat(3000)}";`, /longer than 2048 bytes/);
  });

  it('takes its modifiers, and refuses them without a content', () => {
    const [term] = rule(
      'xmpp.body; content:"abc"; nocase; offset:1; depth:5; endswith; fast_pattern;',
    ).terms;
    assert.ok(term?.kind === 'content');
    assert.deepEqual(
      [term.nocase, term.offset, term.depth, term.endswith, term.fastPattern],
      [true, 1, 5, true, true],
    );
    assertError('xmpp.body; nocase; content:"abc";', /11: nocase has no content before it/);
    assertError('xmpp.body; pcre:"/abc/"; depth:3;', /depth has no content before it/);
    assertError(`${BODY} offset:1; offset:2;`, /offset is given twice/);
    assertError(`${BODY} distance:abc;`, /distance must be a whole number/);
    assertError(`${BODY} depth:0;`, /depth 0 is outside/);
    assertError(`${BODY} within:99999999;`, /within 99999999 is outside/);
    assertError(`${BODY} fast_pattern:1,2;`, /part of the content as fast pattern/);
    assertError(
      'xmpp.body; content:!"abc"; fast_pattern;',
      /negated content cannot be the fast pattern/,
    );
  });

  it('lets an expression be the fast pattern too', () => {
    const terms = rule('xmpp.body; pcre:"/abcd/"; fast_pattern; content:"abcdefgh";').terms;
    assert.deepEqual(
      terms.map((term) => 'fastPattern' in term && term.fastPattern),
      [true, false],
    );
    assertError('xmpp.body; fast_pattern; pcre:"/abc/";', /no content or pcre before it/);
    assertError('xmpp.body; pcre:!"/abc/"; fast_pattern;', /negated pcre cannot be the fast/);
  });
});

describe('bsize and isdataat', () => {
  it('read their ranges', () => {
    const sizes = ['3', '>3', '<3', '>=3', '<=3', '2<>5', '!4'].map((size) => {
      const term = rule(`${BODY} bsize:${size};`).terms[1];
      assert.ok(term?.kind === 'bsize');
      return [term.min, term.max, term.negated];
    });
    assert.deepEqual(sizes, [
      [3, 3, false],
      [4, Infinity, false],
      [0, 2, false],
      [3, Infinity, false],
      [0, 3, false],
      [3, 4, false],
      [4, 4, true],
    ]);
  });

  it('refuse what is no size', () => {
    assertError(`${BODY} bsize:abc;`, /"abc" is not a size/);
    assertError(`${BODY} bsize:5<>6;`, /No size is 5<>6/);
    assertError(`${BODY} bsize:<0;`, /No size is <0/);
    assertError(`${BODY} isdataat:x;`, /isdataat must be a whole number/);
    assertError(`${BODY} isdataat:4,rawbytes;`, /isdataat option "rawbytes" is not supported/);
  });
});

describe('validators', () => {
  it('check the match directly before them', () => {
    const { terms } = rule('xmpp.body; pcre:"/\\d+/"; luhn; validate:jwt some thing;');
    assert.deepEqual(terms.slice(1), [
      { kind: 'validate', buffer: 9, group: 0, validator: 'luhn', argument: '' },
      { kind: 'validate', buffer: 9, group: 0, validator: 'jwt', argument: 'some thing' },
    ]);
  });

  it('are refused without one, by unknown name and with a wrong argument', () => {
    assertError('xmpp.body; luhn; content:"abc";', /luhn has no match directly before it/);
    assertError('xmpp.body; content:!"abc"; luhn;', /luhn has no match directly before it/);
    assertError(`${BODY} bsize:>3; luhn;`, /luhn has no match directly before it/);
    assertError(`${BODY} xmpp.text; luhn;`, /luhn has no match directly before it/);
    assertError(`${BODY} validate:none x;`, /no none x/);
    assertError(`${BODY} validate:jwt bad;`, /no jwt bad/);
  });
});

describe('keywords that are not supported', () => {
  it('are refused by name', () => {
    for (const name of ['flowint', 'hostbits', 'byte_test', 'http.uri', 'file.name']) {
      assertError(`${BODY} ${name}:x;`, new RegExp(`27: Keyword ${name} is not supported yet`));
    }
  });

  it('are unknown otherwise, with the nearest right name', () => {
    const { problems } = load(`${BODY} contents:"x";`);
    const error = problems.find(({ severity }) => severity === 'error');
    assert.equal(error?.message, 'Keyword contents is unknown');
    assert.equal(error.hint, 'did you mean content?');
    assertError(`${BODY} toString:"x";`, /Keyword toString is unknown/);
  });

  it('do not hide other mistakes of the same rule', () => {
    assert.equal(errors(`${BODY} flowint:a,+,1; rev:0; bsize:x;`).length, 3);
  });
});

describe('header', () => {
  const problem = (header: string): string =>
    loadRuleSources([{ file: 'k.rules', text: `${header} (msg:"m"; sid:1; ${BODY})` }]).problems[0]
      ?.message ?? '';

  it('refuses other actions, protocols and directions by name', () => {
    assert.match(problem('drop xmpp any any -> any any'), /Action drop is not supported/);
    assert.match(problem('alarm xmpp any any -> any any'), /"alarm" is no action/);
    assert.match(problem('alert http any any -> any any'), /Protocol "http" is not supported/);
    assert.match(problem('alert xmpp any any <- any any'), /Direction "<-" must be/);
  });
});
