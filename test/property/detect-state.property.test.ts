/** The engine tells what the reference sensor tells, on random rules over random sequences of stanzas. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { bufferId, eventId, type Direction } from '../../sensor/core/index.ts';
import type { FlowEndpoints } from '../../sensor/detect/index.ts';
import { loadRuleSources, type RuleSet } from '../../sensor/rules/index.ts';
import { orderByBits } from '../../sensor/rules/bit-order.ts';
import { ProblemList } from '../../sensor/rules/problems.ts';
import { OverrideReader } from '../../sensor/rules/threshold-config.ts';
import { ReferenceSensor, type ReferenceInput } from '../support/reference-sensor.ts';
import { RuleLab, ruleText } from '../support/rule-lab.ts';
import { makeSession, makeStanza } from '../support/stanza-view.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 300);
const TIME_LIMIT_MS = Number(process.env['PROPERTY_MS'] ?? 60_000);
const SECOND = 1_000_000;
const EVENT = 'xml.comment';

const TRACKS = [
  'by_src',
  'by_dst',
  'by_both',
  'by_rule',
  'by_flow',
  'by_from_jid',
  'by_to_jid',
  'by_domain',
  'by_room',
] as const;
const BIT_TRACKS = [
  'ip_src',
  'ip_dst',
  'ip_pair',
  'by_from_jid',
  'by_to_jid',
  'by_jid_pair',
] as const;
const JIDS = ['', 'a@x.example', 'A@x.example/r', 'b@x.example/R', 'c@sub.x.example', 'y.example'];

const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const track = fc.constantFrom(...TRACKS);
const name = fc.constantFrom('p', 'p', 'q', 'r');
const names = fc.constantFrom('p', 'p', 'q', 'r', 'p|q', 'q|r');

const flowBit = fc.oneof(
  fc
    .tuple(fc.constantFrom('set', 'set', 'set', 'unset', 'toggle'), name)
    .map(([action, bit]) => `flowbits:${action},${bit};`),
  fc
    .tuple(fc.constantFrom('isset', 'isnotset'), names)
    .map(([test, bits]) => `flowbits:${test},${bits};`),
);
const xBit = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('set', 'set', 'set', 'unset', 'toggle'),
      fc.constantFrom(...BIT_TRACKS),
      small(5),
    )
    .map(([action, owner, expire]) => `xbits:${action},p,track ${owner},expire ${expire};`),
  fc
    .tuple(fc.constantFrom('isset', 'isnotset'), fc.constantFrom(...BIT_TRACKS))
    .map(([test, owner]) => `xbits:${test},p,track ${owner};`),
);
const bitKeyword = fc.oneof(flowBit, xBit);

const rate = fc
  .tuple(track, small(3), small(4))
  .map(([by, count, seconds]) => `track ${by}, count ${count}, seconds ${seconds}`);
const threshold = fc.oneof(
  fc
    .tuple(fc.constantFrom('limit', 'threshold', 'both'), rate)
    .map(([type, rest]) => `type ${type}, ${rest}`),
  fc
    .tuple(small(3), fc.integer({ min: 2, max: 3 }))
    .map(
      ([count, multiplier]) =>
        `type backoff, track by_flow, count ${count}, multiplier ${multiplier}`,
    ),
);

/** In one of three rules. */
const maybe = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> =>
  fc
    .tuple(fc.integer({ min: 0, max: 2 }), arbitrary)
    .map(([n, text]) => (n === 0 ? text : undefined));

const address = fc.constantFrom(
  'any',
  'any',
  'any',
  'any',
  'any',
  '10.0.0.1',
  '!10.0.0.1',
  '[10.0.0.0/23,!10.0.1.0/24]',
);

/** A rule with its header, for the sid it is given. */
const rule = fc
  .record({
    isPass: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    src: address,
    dst: address,
    what: fc.constantFrom(
      'xmpp.body; content:"a";',
      'xmpp.body; content:"b";',
      'xmpp.body; content:"c";',
      'xmpp.body; content:"a"; content:!"b";',
      `xmpp.event:${EVENT};`,
      '',
    ),
    flow: fc.constantFrom('', '', '', '', 'flow:to_server;', 'flow:to_client;'),
    bits: fc.array(bitKeyword, { maxLength: 2 }),
    threshold: maybe(threshold),
    filter: maybe(rate),
    noalert: fc.constantFrom('', '', '', '', '', 'noalert;'),
  })
  .map((parts) => (sid: number): string => {
    const options = [
      parts.what,
      parts.flow,
      ...parts.bits,
      parts.threshold === undefined ? '' : `threshold:${parts.threshold};`,
      parts.filter === undefined ? '' : `detection_filter:${parts.filter};`,
      parts.noalert,
    ];
    const header = `${parts.isPass ? 'pass' : 'alert'} xmpp ${parts.src} any -> ${parts.dst} any`;
    return ruleText(options.join(' '), sid, header);
  });

const suppression = fc.constantFrom(
  ', track by_src, ip 10.0.0.1',
  ', track by_dst, ip [10.0.0.0/24,!10.0.0.2]',
  ', track by_either, ip 10.0.0.2',
  ', track by_from_jid, value a@x.example',
  ', track by_from_jid, value [b@x.example/R,y.example]',
  ', track by_to_jid, value x.example',
  ', track by_domain, value sub.x.example',
  ', track by_room, value c@sub.x.example',
);

const configLine = fc.oneof(
  suppression.map((rest) => (target: string) => `suppress ${target}${rest}`),
  threshold.map((rest) => (target: string) => `threshold ${target}, ${rest}`),
  fc.tuple(rate, fc.constantFrom('pass', 'pass', 'alert'), small(4)).map(
    ([rest, action, timeout]) =>
      (target: string) =>
        `rate_filter ${target}, ${rest}, new_action ${action}, timeout ${timeout}`,
  ),
);
const config = fc.array(
  fc
    .tuple(configLine, fc.integer({ min: 0, max: 7 }))
    .map(([line, sid]) => line(sid === 0 ? 'gen_id 0, sig_id 0' : `gen_id 1, sig_id ${sid}`)),
  { maxLength: 2 },
);

const step = fc.record({
  kind: fc.constantFrom('stanza', 'stanza', 'stanza', 'stanza', 'stanza', 'event', 'end'),
  text: fc.constantFrom('a', 'b', 'ab', 'ac', 'bc', 'abc', 'abc', 'x'),
  flow: fc.constantFrom(1, 1, 2),
  direction: fc.constantFrom<Direction>(0, 0, 1),
  wait: fc.constantFrom(0, 0, 0.25, 0.5, 1, 2),
  from: fc.constantFrom(...JIDS),
  to: fc.constantFrom(...JIDS),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function endpointsOf(flow: number): FlowEndpoints {
  return {
    flowId: flow,
    clientWords: [0, 0, 0xffff, 0x0a000000 | flow],
    clientPort: 40000,
    serverWords: [0, 0, 0xffff, 0x0a000100 | flow],
    serverPort: 5222,
  };
}

function load(rules: readonly string[], lines: readonly string[]): RuleSet {
  const ruleSet = loadRuleSources([{ file: 'lab.rules', text: rules.join('\n') }]);
  const problems = new ProblemList(100);
  const reader = new OverrideReader(new Map(), problems, {
    rulesRuleChars: 999,
    rulesOverrides: 99,
  });
  reader.read('threshold.config', lines.join('\n'));
  const overrides = reader.finish(ruleSet.rules);
  assert.ok(problems.list().every(({ severity }) => severity === 'warning'));
  return { ...ruleSet, overrides };
}

/** The same step for both. */
function play(lab: RuleLab, reference: ReferenceSensor, at: Step, seconds: number): number[][] {
  const { kind, flow, direction, from, to, text } = at;
  const session = makeSession({ flow, sessionId: flow, jid: from });
  const tsUsec = seconds * SECOND;
  if (kind === 'end') {
    lab.engine.onFlowClose(flow);
    reference.endFlow(flow);
    return [[], []];
  }
  const before = lab.findings.length;
  const isEvent = kind === 'event';
  if (isEvent) {
    const stanza = { name: '', from, to, id: '', type: '' };
    lab.engine.onEvent({
      event: eventId(EVENT),
      session,
      direction,
      tsUsec,
      serial: 1,
      stanza,
      context: {},
    });
  } else {
    lab.engine.onStanza(
      makeStanza([['xmpp.body', text]], { session, direction, tsUsec, from, to }),
    );
  }
  const input: ReferenceInput = {
    regions: isEvent ? [] : [{ buffer: bufferId('xmpp.body'), bytes: Buffer.from(text) }],
    event: isEvent ? eventId(EVENT) : undefined,
    flow,
    direction,
    seconds,
    from,
    to,
  };
  return [lab.findings.slice(before).map(({ rule: { sid } }) => sid), reference.input(input)];
}

describe('the engine', () => {
  it('remembers what the reference sensor remembers', () => {
    let told = 0;
    let steps = 0;
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 2, maxLength: 7 }),
        fc.array(fc.nat({ max: 6 }), { minLength: 7, maxLength: 7 }),
        config,
        fc.array(step, { minLength: 30, maxLength: 60 }),
        (rules, shuffle, lines, sequence) => {
          // Numbers and order in the file have nothing to do with each other.
          const order = rules
            .map((_, i) => i)
            .sort((a, b) => (shuffle[a] ?? 0) - (shuffle[b] ?? 0));
          const texts = order.map((i) => rules[i]?.(i + 1) ?? '');
          const ruleSet = load(texts, lines);
          const lab = new RuleLab(ruleSet, { flowEndpoints: endpointsOf });
          const reference = new ReferenceSensor(ruleSet, new Map(), endpointsOf);
          let seconds = 1;
          try {
            sequence.forEach((at, i) => {
              seconds += at.wait;
              const [actual = [], expected = []] = play(lab, reference, at, seconds);
              assert.deepEqual(
                actual,
                expected,
                `step ${i} ${JSON.stringify(at)}\n${texts.join('\n')}\n${lines.join('\n')}`,
              );
              told += expected.length;
              steps++;
            });
          } finally {
            lab.engine.close();
          }
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
    assert.ok(told > steps / 8 && steps > 500, `${told} told in ${steps} steps`);
  });
});

describe('orderByBits', () => {
  const bits = fc.array(fc.constantFrom('p', 'q', 'r', 's', 't'), { maxLength: 2 });

  it('puts what changes a bit before what tests it, whatever the order of the rules', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(bits, bits), { minLength: 1, maxLength: 8 }), (rules) => {
        const made = rules.map(([changes, tests], i) => ({
          gid: 1,
          sid: i,
          bitChanges: changes.map((bit) => ({
            track: 'flow' as const,
            name: bit,
            action: 'set' as const,
            expireSeconds: 1,
          })),
          bitTests: tests.map((bit) => ({ track: 'flow' as const, names: [bit], wantsSet: true })),
        }));
        const { levels, cycles } = orderByBits(made);
        const reversed = orderByBits(made.toReversed());
        assert.deepEqual([...levels], [...reversed.levels].toReversed());
        const inCycle = new Set(cycles.flat());
        made.forEach((a, i) => {
          made.forEach((b, j) => {
            const leads = a.bitChanges.some((c) =>
              b.bitTests.some((t) => t.names.includes(c.name)),
            );
            const isBack = b.bitChanges.some((c) =>
              a.bitTests.some((t) => t.names.includes(c.name)),
            );
            if (!leads || isBack || (inCycle.has(i) && inCycle.has(j))) return;
            assert.ok((levels[i] as number) <= (levels[j] as number), `${i} ${j}`);
          });
        });
      }),
      { numRuns: 500, interruptAfterTimeLimit: 60_000 },
    );
  });
});
