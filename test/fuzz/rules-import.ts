/**
 * Foreign rule files of any bytes. Importing never throws, every rule is accounted for, what is refused
 * says why and where, and what is taken is taken by the loader as it stands.
 */
import { join } from 'node:path';
import { defaultLimits } from '../../sensor/core/index.ts';
import { importRules, loadRuleSources, type ImportedRule } from '../../sensor/rules/index.ts';

export const name = 'rules-import';

const signatures = join(process.cwd(), 'signatures');
const OPTIONS = {
  classificationFile: join(signatures, 'classification.config'),
  referenceFile: join(signatures, 'reference.config'),
  limits: { ...defaultLimits(), rulesRuleChars: 2000 },
};

const SEEDS: readonly string[] = [
  'alert tcp $HOME_NET any -> $EXTERNAL_NET 5222 (msg:"a"; flow:to_server,established,no_frag; content:"<stream"; nocase; depth:300; classtype:not-suspicious; sid:1; rev:4;)',
  'drop ip any any <> any any (msg:"b"; content:"a|3a|b"; rawbytes; fast_pattern:1,2; content:"c"; distance:0; within:9; tag:host,3,packets; priority:9; sid:2;)',
  'alert tcp any any -> any any (msg:"c"; pcre:"/^x[^>]{1,20}y\\/z/RsiOGB"; pkt_data; isdataat:4,relative,rawbytes; reference:bugtraq,1; classtype:chat; sid:3; rev:0;)',
  'alert http any any -> any any (msg:"d"; http.uri; content:"x"; sid:4;)',
  '# alert tcp any any -> any 25 (msg:"e"; content:"abc"; app-layer-protocol:jabber; dsize:<9; sid:5;)',
  'alert tcp any any -> any any ( \\\n msg:"f"; \\\n content:"\\;\\"x"; threshold: type limit, track by_src, count 1, seconds 9; sid:6;)',
];

const TOKENS: readonly string[] = [
  ...[
    ';',
    ':',
    '"',
    '!',
    '(',
    ')',
    '|',
    '/',
    '\\',
    '\\\n',
    '\n',
    '#',
    ',',
    ' ',
    '\ufeff',
    '\ufffd',
  ],
  ...[
    'rawbytes;',
    'pkt_data;',
    'fast_pattern:1,2;',
    'sid:1;',
    'flow:no_frag;',
    '/UI"',
    'pcre:"/a/A";',
  ],
  ...[
    'drop ',
    'ip ',
    'tcp-pkt ',
    '$X ',
    'uricontent:"x";',
    'ttl:3;',
    'requires:version >= 9;',
    '\0',
  ],
];

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function mutate(random: () => number, text: string): string {
  let result = text;
  for (let i = Math.floor(random() * 4); i > 0; i--) {
    const at = Math.floor(random() * (result.length + 1));
    const length = Math.floor(random() * 12);
    const token = random() < 0.5 ? pick(random, TOKENS) : '';
    result = result.slice(0, at) + token + result.slice(random() < 0.5 ? at : at + length);
  }
  return result;
}

function checkRule(rule: ImportedRule, lines: number): void {
  const { status, reasons, changes, warnings, text } = rule;
  const fail = (what: string): never => {
    throw new Error(`${what}: ${JSON.stringify(rule)}`);
  };
  if ((status === 'refused') !== reasons.length > 0)
    fail('Refused without a reason, or the other way');
  if ((text === '') !== (status === 'refused')) fail('Text of a refused rule, or none');
  if ((status === 'translated') !== changes.length > 0) fail('Changed without a word');
  for (const { line, column, message } of [...reasons, ...changes, ...warnings]) {
    if (line < 1 || line > lines || column < 1 || message === '') fail('Remark out of place');
  }
}

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  let runs = 0;
  while (!isOver()) {
    const count = 1 + Math.floor(random() * 5);
    const source = Array.from({ length: count }, () => mutate(random, pick(random, SEEDS))).join(
      random() < 0.9 ? '\n' : '\r\n',
    );
    const { rules, output } = importRules([{ file: 'f.rules', text: source }], OPTIONS);
    const lines = source.split('\n').length;
    for (const rule of rules) checkRule(rule, lines);
    const taken = rules.filter(({ status }) => status !== 'refused');
    const set = loadRuleSources([{ file: join(signatures, 'f.rules'), text: output }], {
      ...OPTIONS,
      classificationFiles: [OPTIONS.classificationFile],
      referenceFiles: [OPTIONS.referenceFile],
      thresholdFiles: [],
      filterFiles: { enable: [], disable: [], modify: [] },
    });
    const loaded = set.rules.length + set.skipped.length + set.disabled;
    if (set.failed > 0 || loaded !== taken.length) {
      throw new Error(
        `${taken.length} taken, ${loaded} loaded: ${JSON.stringify({ source, output, problems: set.problems })}`,
      );
    }
    runs++;
  }
  return { runs };
}
