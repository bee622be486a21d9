/** Rules of proto tcp on the reassembled stream: what they mean, where they fire, what bounds them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bufferId, defaultLimits } from '../../../sensor/core/index.ts';
import type { Finding, FlowEndpoints } from '../../../sensor/detect/index.ts';
import { loadRuleSources } from '../../../sensor/rules/index.ts';
import { everyChunking } from '../../support/chunking.ts';
import { ruleText } from '../../support/rule-lab.ts';
import { makeSession } from '../../support/stanza-view.ts';
import { StreamLab, streamRule } from '../../support/stream-lab.ts';

const encoder = new TextEncoder();

/** Where the rules fire, as `sid@end`, at every segmentation of the text; they must all agree. */
function everywhere(rules: readonly string[], text: string): string[] {
  const lab = new StreamLab(rules.map((rule, i) => streamRule(rule, i + 1)).join('\n'));
  const places = (pieces: readonly (string | Uint8Array)[]): string[] => {
    lab.findings.length = 0;
    lab.feed(pieces);
    lab.close();
    return lab.findings.map((finding) => `${finding.rule.sid}@${lastEnd(finding)}`).sort();
  };
  const expected = places([text]);
  everyChunking(encoder.encode(text), (pieces, label) => {
    assert.deepEqual(places(pieces), expected, label);
  });
  lab.engine.close();
  return expected;
}

function lastEnd({ matches }: Finding): number {
  return Math.max(...matches.map(({ offset, length }) => offset + length));
}

function problems(rule: string): string[] {
  const { problems: list } = loadRuleSources([{ file: 'lab.rules', text: rule }]);
  return list.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

describe('stream rules', () => {
  it('search the stream, named or not', () => {
    assert.deepEqual(everywhere(['content:"abc";', 'stream; content:"ABC"; nocase;'], 'xxabcxx'), [
      '1@5',
      '2@5',
    ]);
  });

  it('fire once for every occurrence, however the stream is cut', () => {
    assert.deepEqual(everywhere(['content:"<message";'], '<message/><message/>'), ['1@18', '1@8']);
    assert.deepEqual(everywhere(['content:"aa";'], 'aaaaa'), ['1@2', '1@4']);
  });

  it('find what stands in relation, and not what does not', () => {
    const rule = 'content:"abc"; content:"def"; distance:2; within:8;';
    assert.deepEqual(everywhere([rule], '--abc..def--'), ['1@10']);
    assert.deepEqual(everywhere([rule], '--abc.def---'), []);
    assert.deepEqual(everywhere([rule], '--abc........def'), []);
    assert.deepEqual(everywhere(['content:"def"; content:"abc";'], '--abc..def--'), ['1@10']);
  });

  it('look on behind the last byte of a firing', () => {
    const rule = 'content:"ab"; content:"cd";';
    assert.deepEqual(everywhere([rule], 'ab cd cd cd'), ['1@5']);
    assert.deepEqual(everywhere([rule], 'ab cd cd ab'), ['1@11', '1@5']);
  });

  it('search with pcre, relative too', () => {
    assert.deepEqual(everywhere(['pcre:"/pa[s5]{2}\\d/i";'], '--PAs57--'), ['1@7']);
    const rule = 'content:"<auth"; pcre:"/^[^>]{1,40}PLAIN/R";';
    assert.deepEqual(everywhere([rule], "<auth mechanism='PLAIN'>"), ['1@22']);
    assert.deepEqual(everywhere([rule], "<auth mechanism='X'>PLAIN"), []);
  });

  it('wait for the bytes a negated content speaks about', () => {
    const rule = 'content:"abc"; content:!"def"; within:6;';
    assert.deepEqual(everywhere([rule], '--abc....def--'), ['1@5']);
    assert.deepEqual(everywhere([rule], '--abc...def-'), []);
    // The end of the stream decides what still waits.
    assert.deepEqual(everywhere([rule], '--abc.'), ['1@5']);
    assert.deepEqual(everywhere([rule], '--abcdef'), []);
  });

  it('wait for data that must follow', () => {
    assert.deepEqual(everywhere(['content:"abc"; isdataat:3,relative;'], '--abc..'), []);
    assert.deepEqual(everywhere(['content:"abc"; isdataat:3,relative;'], '--abc...'), ['1@5']);
  });

  it('count places from the start of the stream and from that of each piece', () => {
    const lab = new StreamLab(streamRule('content:"<a"; depth:4;'));
    assert.equal(lab.feed(['..<', 'a>']).length, 1);
    assert.equal(lab.feed(['...', '<a>']).length, 1);
    assert.equal(lab.feed(['..<a>', '<a>']).length, 2);
    assert.equal(lab.feed(['.....<a>']).length, 0);
    lab.close();
    assert.equal(lab.feed(['<?xml?><a>']).length, 0);
  });

  it('find an end only at the end of a piece', () => {
    const lab = new StreamLab(streamRule('content:"abc"; isdataat:!1,relative;'));
    assert.equal(lab.feed(['..abc']).length, 1);
    assert.equal(lab.feed(['..abc.']).length, 0);
  });

  it('judge what must not be there on what has arrived', () => {
    const lab = new StreamLab(streamRule('content:"<auth"; content:!"PLAIN";'));
    assert.equal(lab.feed(["<auth mechanism='PLAIN'/>"]).length, 0);
    assert.equal(lab.feed([' '.repeat(9000), "<auth mechanism='X'/>"]).length, 1);
  });

  it('keep directions and flows apart', () => {
    const lab = new StreamLab(streamRule('content:"abcdef";'));
    assert.equal(lab.feed(['abc']).length, 0);
    assert.equal(lab.feed(['def'], { direction: 1 }).length, 0);
    assert.equal(lab.feed(['def'], { flow: 2 }).length, 0);
    assert.equal(lab.feed(['def']).length, 1);
  });

  it('do not reach over a gap, nor into the next flow', () => {
    const lab = new StreamLab(streamRule('content:"abcdef";'));
    lab.feed(['abc']);
    lab.engine.streams?.gap(1, 0, 0, undefined);
    assert.equal(lab.feed(['def']).length, 0);
    lab.feed(['abc']);
    lab.close();
    assert.equal(lab.feed(['def']).length, 0);
  });

  it('have no start after a gap, nor in the middle of a flow', () => {
    const lab = new StreamLab(streamRule('content:"abc"; offset:3; depth:9;'));
    lab.engine.streams?.open(7, true);
    lab.engine.streams?.data(7, 0, encoder.encode('.'), 0, 1, 0, undefined);
    lab.engine.streams?.data(7, 0, encoder.encode('..abc'), 0, 5, 0, undefined);
    assert.equal(lab.findings.length, 0);
    assert.equal(lab.feed(['.', '..abc']).length, 1);
  });

  it('respect direction, addresses and ports', () => {
    const endpoints: FlowEndpoints = {
      flowId: 1,
      clientWords: [0, 0, 0xffff, 0x0a000001],
      clientPort: 40000,
      serverWords: [0, 0, 0xffff, 0xc0000201],
      serverPort: 5222,
    };
    const rules = [
      streamRule('flow:to_server,established; content:"abc";', 1),
      streamRule('flow:from_server; content:"abc";', 2),
      streamRule('content:"abc";', 3, '10.0.0.0/8 any -> any 5222'),
      streamRule('content:"abc";', 4, 'any any -> any 5269'),
      streamRule('content:"abc";', 5, 'any any <> 10.0.0.1 any'),
      streamRule('flow:stateless,only_stream; content:"abc";', 6, 'any 5222 -> any any'),
    ].join('\n');
    const lab = new StreamLab(rules, { flowEndpoints: () => endpoints });
    const sids = (direction: 0 | 1): number[] =>
      lab.feed(['..abc'], { direction }).map(({ rule }) => rule.sid);
    assert.deepEqual(sids(0), [1, 3, 5]);
    assert.deepEqual(sids(1), [2, 5, 6]);
  });

  it('obey thresholds, pass rules and bits of the flow', () => {
    const lab = new StreamLab(
      [
        streamRule('content:"abc"; threshold:type limit, track by_flow, count 2, seconds 60;', 1),
        streamRule('content:"def"; flowbits:set,seen; flowbits:noalert;', 2),
        streamRule('content:"ghi"; flowbits:isset,seen;', 3),
        ruleText('content:"quiet";', 4, 'pass tcp any any -> any any'),
        ruleText('xmpp.body; content:"hello"; flowbits:isset,seen;', 5),
      ].join('\n'),
    );
    const sids = (...pieces: string[]): number[] => lab.feed(pieces).map(({ rule }) => rule.sid);
    assert.deepEqual(sids('abc abc', 'abc', 'abc'), [1, 1]);
    assert.deepEqual(sids('ghi'), []);
    assert.deepEqual(lab.sids([['xmpp.body', 'hello']]), []);
    assert.deepEqual(sids('ghi quiet'), []);
    assert.deepEqual(sids('def'), []);
    assert.deepEqual(sids('ghi quiet', 'ghi'), [3]);
    assert.deepEqual(lab.sids([['xmpp.body', 'hello']]), [5]);
  });

  it('tell the session, and whose bytes they are', () => {
    const lab = new StreamLab(streamRule('content:"abc";'));
    const session = makeSession();
    const [up] = lab.feed(['abc'], { session });
    assert.equal(up?.session, session);
    assert.deepEqual([up.stanza.from, up.stanza.to], ['romeo@example.org/orchard', '']);
    const [down] = lab.feed(['abc'], { session, direction: 1 });
    assert.deepEqual([down?.stanza.from, down?.stanza.to], ['', 'romeo@example.org/orchard']);
  });

  it('leave stanzas alone, and stanza rules the stream', () => {
    const lab = new StreamLab(
      [streamRule('content:"abc";', 1), ruleText('xmpp.body; content:"abc";', 2)].join('\n'),
    );
    assert.deepEqual(lab.sids([['xmpp.body', 'abc']]), [2]);
    assert.deepEqual(
      lab.feed(['abc']).map(({ rule }) => rule.sid),
      [1],
    );
    const none = new StreamLab(ruleText('xmpp.body; content:"abc";', 2));
    assert.equal(none.engine.streams, undefined);
  });

  it('find contents longer than what libhs searches', () => {
    const long = 'x'.repeat(40);
    assert.deepEqual(everywhere([`content:"a${long}";`], `--a${long}--`), ['1@43']);
    assert.deepEqual(everywhere([`content:"a${long}";`], `--b${long}--`), []);
  });
});

describe('limits of stream rules', () => {
  const limits = (
    changes: Partial<ReturnType<typeof defaultLimits>>,
  ): { limits: ReturnType<typeof defaultLimits> } => ({
    limits: { ...defaultLimits(), ...changes },
  });

  it('bound what a match may span', () => {
    const rule = streamRule('content:"abc"; content:"def";');
    const small = limits({ detectStreamWindowBytes: 64 });
    for (const size of [1, 7, 200]) {
      const feed = (between: number): number => {
        const lab = new StreamLab(rule, small);
        const text = `abc${'.'.repeat(between)}def`;
        const pieces = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
        return lab.feed(pieces).length;
      };
      assert.equal(feed(58), 1, `${size}`);
      assert.equal(feed(59), 0, `${size}`);
    }
  });

  it('take the window of the stream unused for longest', () => {
    const lab = new StreamLab(
      streamRule('content:"abcdef";'),
      limits({ detectStreamWindowBytes: 64, detectStreamMemoryBytes: 256 }),
    );
    lab.feed(['abc'], { flow: 1 });
    lab.feed(['abc'], { flow: 2 });
    lab.feed(['.abc'], { flow: 1 });
    lab.feed(['abc'], { flow: 3 });
    assert.equal(lab.counters.get('detectStreamWindowsLost'), 1);
    assert.equal(lab.feed(['def'], { flow: 1 }).length, 1);
    assert.equal(lab.feed(['def'], { flow: 2 }).length, 0);
  });

  it('tell when too many rules begin to match', () => {
    const rules = Array.from({ length: 6 }, (_, i) =>
      streamRule(`content:"abc${i}"; content:"end";`, i + 1),
    );
    rules.push(streamRule('xmpp.event:detect.match_limit;', 99));
    const lab = new StreamLab(rules.join('\n'), limits({ detectStreamRulesPerWindow: 4 }));
    const text = Array.from({ length: 6 }, (_, i) => `abc${i} `).join('');
    assert.deepEqual(
      lab.feed([text, 'end']).map(({ rule }) => rule.sid),
      [99, 1, 2, 3, 4, 99],
    );
    assert.equal(lab.counters.get('detectMatchLimit'), 2);
  });

  it('tell when a piece needs too much work', () => {
    const rule = streamRule('content:"abc"; isdataat:5000,relative;', 1);
    const lab = new StreamLab(
      [rule, streamRule('xmpp.event:detect.work_limit;', 99)].join('\n'),
      limits({ detectStreamWork: 256 }),
    );
    const found = lab.feed([`abc${'.'.repeat(4000)}`]);
    assert.deepEqual(
      found.map(({ rule: { sid } }) => sid),
      [99],
    );
    assert.equal(lab.counters.get('detectWorkLimit'), 1);
  });

  it('count what was inspected', () => {
    const lab = new StreamLab(streamRule('content:"abc";'));
    lab.feed(['.'.repeat(20_000)]);
    assert.equal(lab.counters.get('detectStreamBytes'), 20_000);
  });
});

describe('what a stream rule may not say', () => {
  const PASS: readonly (readonly [string, RegExp])[] = [
    ['content:"abc"; bsize:3;', /bsize does not go with the stream/],
    ['content:!"abc";', /names nothing that must be there/],
    ['isdataat:3;', /names nothing that must be there/],
    ['pcre:"/\\d{16}/"; luhn;', /luhn does not go with the stream/],
    ['xmpp.body; content:"abc";', /Buffers of xmpp in a tcp rule/],
    ['content:"abc"; xmpp.body; content:"abc";', /Buffers of xmpp in a tcp rule/],
  ];
  for (const [options, message] of PASS) {
    it(options, () => {
      assert.match(problems(streamRule(options)).join(), message);
    });
  }

  it('and no other rule may name the stream', () => {
    assert.match(
      problems(ruleText('stream; content:"abc";')).join(),
      /Buffer stream in an xmpp rule/,
    );
    assert.deepEqual(problems(streamRule('content:"abc";')), []);
  });

  it('is the buffer of its findings', () => {
    const [finding] = new StreamLab(streamRule('content:"abc";')).feed(['<a>..abc..</a>']);
    assert.equal(finding?.buffer, bufferId('stream'));
    assert.deepEqual(finding.matches, [
      { buffer: bufferId('stream'), region: 0, offset: 5, length: 3 },
    ]);
    assert.equal(Buffer.from(finding.evidence).toString(), '<a>..abc..</a>');
  });
});
