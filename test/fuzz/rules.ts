/**
 * Rule files of any bytes. Loading never throws, every problem points into its file, and what is
 * accepted can be compiled and run on any stanza. Mutations start from rules that are sound, so that
 * most of the text gets past the first keyword.
 */
import { BUFFERS, Counters } from '../../sensor/core/index.ts';
import { VALIDATORS, createDetectEngine, validatorProblem } from '../../sensor/detect/index.ts';
import { loadRuleSources, type RuleSet } from '../../sensor/rules/index.ts';
import { makeStanza, type RegionText } from '../support/stanza-view.ts';

export const name = 'rules';

const SEEDS: readonly string[] = [
  'alert xmpp any any -> any any (msg:"a b"; flow:established,to_server; xmpp.body; content:"abc"; nocase; offset:1; depth:20; sid:1; rev:1;)',
  'alert xmpp [10.0.0.0/8,!10.1.0.0/16] any <> !2001:db8::/32 [5222,5269:5280] (msg:"b"; xmpp.text; pcre:"/\\bpa(?:ss|wd)[:=]\\s{0,3}[^\\s]{4,}/i"; content:"x|41 42|y"; distance:1; within:30; sid:2;)',
  'alert tcp any any -> any any (msg:"c"; xmpp.event:reassembly.gap; threshold:type limit, track by_src, count 1, seconds 60; sid:3;)',
  'pass xmpp any any -> any any (msg:"d"; xmpp.from; content:!"a"; bsize:2<>40; isdataat:!3,relative; noalert; sid:4;)',
  'alert xmpp any any -> any any (msg:"e"; xmpp.text_folded; pcre:"/\\b\\d(?:[ -]?\\d){12,18}\\b/"; luhn; validate:entropy 3.5; metadata:secret yes, detection x; sid:5;)',
  'alert xmpp any any -> any any (msg:"f"; xmpp.url; content:"http"; startswith; content:"/x"; endswith; pcre:!"/^[а-я]+$/Rsmx"; reference:url,example.org; priority:2; sid:6;)',
  'alert xmpp $HOME_NET any -> $EXTERNAL_NET $XMPP_PORTS (msg:"h"; xmpp.body; content:"abc"; flowbits:isnotset,a|b; flowbits:set,a; xbits:toggle,x,track by_jid_pair,expire 9; threshold:type backoff, track by_flow, count 1, multiplier 2; target:dest_ip; sid:9;)',
  'alert xmpp any any -> any any (msg:"i"; requires:feature xmpp, version >= 7.0.3 < 8 | >= 8.0.1, keyword xbits; app-layer-event:xmpp.xml.dtd; xbits:isset,x,track ip_pair; detection_filter:track by_src, count 2, seconds 9; flowbits:noalert; sid:10;)',
  '# alert xmpp any any -> any any (msg:"off"; sid:7;)',
  'alert xmpp any any -> any any ( \\\nmsg:"g"; \\\nxmpp.subject; content:"\\;\\"\\\\"; sid:8;)',
];

/** Pieces that have a meaning somewhere in a rule. */
const TOKENS: readonly string[] = [
  ...[
    ';',
    ':',
    '"',
    '!',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '|',
    '/',
    '\\',
    '\\\n',
    '\n',
    '#',
    ',',
    '$',
  ],
  ...[
    '-> ',
    '<> ',
    'any ',
    'content:"',
    'pcre:"/',
    '/R";',
    'xmpp.body; ',
    'distance:-1;',
    '0',
    '-1',
  ],
  ...[
    '99999999999',
    '{1,400}',
    '(?=',
    '(?i)',
    '\\b',
    '[^',
    '\\x{10ffff}',
    '\\Q',
    '.*',
    '+?',
    '\u{1f600}',
  ],
  ...[
    'within:5;',
    'sid:1;',
    'dataset:isset,x,type domain,load x;',
    'flowbits:set,a;',
    'flowbits:isset,b;',
    'requires:version >= 9;',
    '|00|',
    '\0',
  ],
];

const ALPHABET = 'abcAB1 :=/.@\n\u0436';

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function mutate(random: () => number, text: string): string {
  let result = text;
  for (let i = Math.floor(random() * 4); i >= 0; i--) {
    const at = Math.floor(random() * (result.length + 1));
    const length = Math.floor(random() * 12);
    switch (Math.floor(random() * 5)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 1:
        result = result.slice(0, at) + pick(random, TOKENS) + result.slice(at);
        break;
      case 2:
        result =
          result.slice(0, at) +
          String.fromCharCode(Math.floor(random() * 256)) +
          result.slice(at + 1);
        break;
      case 3: {
        const other = pick(random, SEEDS);
        const from = Math.floor(random() * other.length);
        result = result.slice(0, at) + other.slice(from, from + 3 * length) + result.slice(at);
        break;
      }
      default:
        result = result.slice(0, at) + result.slice(at, at + length).repeat(3) + result.slice(at);
    }
  }
  return result;
}

function randomText(random: () => number): string {
  const length = Math.floor(random() * 60);
  return Array.from({ length }, () => pick(random, Array.from(ALPHABET))).join('');
}

function checkProblems(text: string, { problems, rules, failed }: RuleSet): void {
  const lines = text.split('\n').length;
  for (const { line, column, message, severity } of problems) {
    const isInside = line >= 0 && line <= lines && column >= 0 && column <= text.length + 1;
    if (!isInside || message === '') throw new Error(`Problem at ${line}:${column}: ${message}`);
    if (severity === 'error' && failed === 0) throw new Error(`Error without failure: ${message}`);
  }
  for (const rule of rules) {
    if (rule.sid < 1 || rule.severity < 1 || rule.severity > 4 || rule.msg === '') {
      throw new Error(`Unsound rule: ${rule.text}`);
    }
  }
}

/** What was accepted must run, whatever the stanza. */
function runRules(random: () => number, ruleSet: RuleSet): void {
  const engine = createDetectEngine({
    ruleSet,
    counters: new Counters(),
    validators: VALIDATORS,
    handler: { onFinding: () => undefined },
  });
  for (let i = 0; i < 4; i++) {
    const texts = Array.from({ length: 6 }, (): RegionText => [
      pick(random, BUFFERS),
      randomText(random),
    ]);
    engine.onStanza(makeStanza(texts));
  }
  engine.close();
}

export function fuzz(random: () => number, deadlineMs: () => boolean): { runs: number } {
  let runs = 0;
  for (; !deadlineMs(); runs++) {
    const seeds = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(random, SEEDS));
    const text =
      random() < 0.05
        ? Array.from({ length: 200 }, () => String.fromCharCode(Math.floor(random() * 300))).join(
            '',
          )
        : mutate(random, seeds.join('\n'));
    const ruleSet = loadRuleSources([{ file: 'fuzz.rules', text }], { validatorProblem });
    checkProblems(text, ruleSet);
    if (ruleSet.rules.length > 0 && runs % 4 === 0) runRules(random, ruleSet);
  }
  return { runs };
}
