/**
 * threshold.config of any bytes. Reading never throws, every problem points into the file, and what was
 * accepted can be run: rules under it fire or do not fire, but nothing breaks.
 */
import { Counters } from '../../sensor/core/index.ts';
import { createDetectEngine } from '../../sensor/detect/index.ts';
import { loadRuleSources, type RuleOverrides } from '../../sensor/rules/index.ts';
import { ProblemList } from '../../sensor/rules/problems.ts';
import { OverrideReader } from '../../sensor/rules/threshold-config.ts';
import { makeStanza } from '../support/stanza-view.ts';

export const name = 'threshold-config';

const SEEDS: readonly string[] = [
  'suppress gen_id 1, sig_id 1',
  'suppress gen_id 1, sig_id 1, track by_either, ip [10.0.0.0/8,!10.1.0.0/16,$HOME]',
  'suppress gen_id 1, sig_id 2, track by_from_jid, value [a@b.example/R,c.example]',
  'suppress gen_id 0, sig_id 0, track by_room, value r@rooms.example',
  'threshold gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 60',
  'event_filter gen_id 1, sig_id 0, type backoff, track by_flow, count 2, multiplier 3',
  'rate_filter gen_id 1, sig_id 2, track by_rule, count 1, seconds 60, \\\n  new_action pass, timeout 30',
  '# a comment',
];

const TOKENS: readonly string[] = [
  ...[',', ' ', '[', ']', '!', '$', '#', '\\\n', '\n', '\r\n', '\0', '\ufeff', '\u{1f600}'],
  ...['gen_id 1', 'sig_id 2', 'track by_', 'value ', 'ip ', 'type both', 'count 0', 'seconds '],
  ...['99999999999', '-1', '::1', '10.0.0.0/33', '@', '/', 'timeout 5', 'new_action drop'],
];

const RULES = loadRuleSources([
  {
    file: 'fuzz.rules',
    text: [
      'alert xmpp any any -> any any (msg:"a"; xmpp.body; content:"abc"; sid:1;)',
      'pass xmpp any any -> any any (msg:"b"; xmpp.body; content:"abd"; sid:2;)',
    ].join('\n'),
  },
]);

const VARIABLES = new Map<string, readonly string[]>([['HOME', ['192.0.2.0/24', '$HOME']]]);

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function mutate(random: () => number, text: string): string {
  let result = text;
  for (let i = Math.floor(random() * 4); i >= 0; i--) {
    const at = Math.floor(random() * (result.length + 1));
    const cut = random() < 0.5 ? Math.floor(random() * 12) : 0;
    const piece =
      random() < 0.7 ? pick(random, TOKENS) : String.fromCharCode(Math.floor(random() * 300));
    result = result.slice(0, at) + piece + result.slice(at + cut);
  }
  return result;
}

/** What was accepted is whole. */
function checkOverrides({ suppressions, thresholds, rateFilters }: RuleOverrides): void {
  for (const { track, addresses, values } of suppressions) {
    const isJid = track !== undefined && values.length > 0;
    const isAddress = track !== undefined && addresses !== undefined;
    if (track !== undefined && isJid === isAddress) throw new Error(`Unsound suppress ${track}`);
  }
  for (const { count } of [...thresholds.map(({ threshold }) => threshold), ...rateFilters]) {
    if (!(count >= 1)) throw new Error(`Unsound count ${count}`);
  }
}

function run(overrides: RuleOverrides): void {
  const engine = createDetectEngine({
    ruleSet: { ...RULES, overrides },
    counters: new Counters(),
    validators: new Map(),
    handler: { onFinding: () => undefined },
    flowEndpoints: () => ({
      flowId: 1,
      clientWords: [0, 0, 0xffff, 0x0a000001],
      clientPort: 4000,
      serverWords: [0, 0, 0xffff, 0xc0000201],
      serverPort: 5222,
    }),
  });
  for (let i = 0; i < 3; i++) engine.onStanza(makeStanza([['xmpp.body', i < 2 ? 'abc' : 'abd']]));
  engine.close();
}

export function fuzz(random: () => number, deadlineMs: () => boolean): { runs: number } {
  let runs = 0;
  for (; !deadlineMs(); runs++) {
    const seeds = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(random, SEEDS));
    const text = mutate(random, seeds.join('\n'));
    const problems = new ProblemList(100);
    const reader = new OverrideReader(VARIABLES, problems, {
      rulesRuleChars: 500,
      rulesOverrides: 50,
    });
    reader.read('threshold.config', text);
    const overrides = reader.finish(RULES.rules);
    const lines = text.split('\n').length;
    for (const { line, column, message } of problems.list()) {
      const isInside = line >= 1 && line <= lines && column >= 1 && column <= text.length + 1;
      if (!isInside || message === '') throw new Error(`Problem at ${line}:${column}: ${message}`);
    }
    checkOverrides(overrides);
    if (runs % 8 === 0) run(overrides);
  }
  return { runs };
}
