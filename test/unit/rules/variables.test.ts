/** Variables of headers: defaults, what the configuration says over them, and what is wrong with it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatAddress } from '../../../sensor/core/index.ts';
import { loadRuleSources, type RuleSet, type RuleVariables } from '../../../sensor/rules/index.ts';

function load(header: string, vars: Record<string, string | string[]> = {}): RuleSet {
  const text = `alert xmpp ${header} (msg:"m"; sid:1; xmpp.body; content:"abc";)`;
  const given: RuleVariables = new Map(Object.entries(vars));
  return loadRuleSources([{ file: 'v.rules', text: text }], {
    vars: given,
  });
}

/** The source address of the header as text. */
function source(header: string, vars: Record<string, string | string[]> = {}): string {
  const { rules, problems } = load(header, vars);
  const [rule] = rules;
  assert.ok(rule !== undefined, JSON.stringify(problems));
  if (rule.src.any) return 'any';
  const entries = rule.src.entries.map(
    ({ negated, words: [a = 0, b = 0, c = 0, d = 0] }) =>
      `${negated ? '!' : ''}${formatAddress(a, b, c, d)}`,
  );
  return `${rule.src.negated ? 'not ' : ''}${entries.join(' ')}`;
}

function errors(header: string, vars: Record<string, string | string[]> = {}): string[] {
  return load(header, vars)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
}

const HOME = { HOME_NET: ['10.0.0.0/8', '192.168.0.0/16'] };

describe('defaults', () => {
  it('let foreign rules load', () => {
    for (const header of [
      '$HOME_NET any -> $EXTERNAL_NET any',
      '$EXTERNAL_NET any -> $HTTP_SERVERS $HTTP_PORTS',
      'any any -> $SMTP_SERVERS $FILE_DATA_PORTS',
      '$HOME_NET any -> $AIM_SERVERS $SHELLCODE_PORTS',
      '$HOME_NET any -> any $XMPP_PORTS',
    ]) {
      assert.deepEqual(errors(header), [], header);
    }
    assert.equal(source('$EXTERNAL_NET any -> any any'), 'any');
  });

  it('hold the ports of XMPP', () => {
    const ports = load('any any -> any $XMPP_PORTS').rules[0]?.dstPort.entries ?? [];
    assert.ok(ports.some(({ from, to }) => from === 5222 && to === 5222));
    assert.ok(!ports.some(({ from, to }) => from <= 80 && to >= 80));
  });

  it('follow HOME_NET: everything else is outside', () => {
    assert.equal(source('$HOME_NET any -> any any', HOME), '10.0.0.0 192.168.0.0');
    assert.equal(source('$EXTERNAL_NET any -> any any', HOME), 'not 10.0.0.0 192.168.0.0');
    assert.equal(source('!$EXTERNAL_NET any -> any any', HOME), '10.0.0.0 192.168.0.0');
    assert.equal(source('$HTTP_SERVERS any -> any any', HOME), '10.0.0.0 192.168.0.0');
    const withHole = { HOME_NET: '[10.0.0.0/8,!10.1.0.0/16]' };
    assert.equal(source('$EXTERNAL_NET any -> any any', withHole), 'not 10.0.0.0 !10.1.0.0');
  });

  it('give way to what the configuration says', () => {
    assert.equal(source('$EXTERNAL_NET any -> any any', { EXTERNAL_NET: '8.8.8.8' }), '8.8.8.8');
    const ports = load('any any -> any $HTTP_PORTS', {
      HTTP_PORTS: ['8080', '!$CLOSED'],
      CLOSED: '1',
    });
    assert.deepEqual(ports.rules[0]?.dstPort.entries, [
      { negated: false, from: 8080, to: 8080 },
      { negated: true, from: 1, to: 1 },
    ]);
  });
});

describe('a double negation', () => {
  it('is none, as long as it can be told', () => {
    const vars = { OUT: '!10.0.0.0/8', MIXED: ['10.0.0.0/8', '!10.1.0.0/16'] };
    assert.equal(source('[!$OUT,1.1.1.1] any -> any any', vars), '10.0.0.0 1.1.1.1');
    assert.match(
      errors('[!$MIXED,1.1.1.1] any -> any any', vars)[0] ?? '',
      /v.rules:1:14 Negation inside a negated list/,
    );
    assert.match(errors('!!1.1.1.1 any -> any any')[0] ?? '', /1:13 Negation inside/);
  });
});

describe('mistakes', () => {
  it('are told at the name in the rule, with the nearest right one', () => {
    assert.deepEqual(errors('any any -> $HOME_NETS any'), [
      'v.rules:1:23 Variable $HOME_NETS is not defined',
    ]);
    assert.deepEqual(errors('any any -> any [5222,$XMPP_PORT]'), [
      'v.rules:1:33 Variable $XMPP_PORT is not defined',
    ]);
    assert.match(errors('$XMPP_PORTS any -> any any')[0] ?? '', /1:12 5222 is not an IP address/);
  });

  it('of the configuration are told whether a rule uses them or not', () => {
    assert.deepEqual(errors('any any -> any any', { A: '[$B]', B: '$A' }), [
      'rules.vars:0:0 $A: Variable $A leads back to itself: $A -> $B -> $A',
      'rules.vars:0:0 $B: Variable $B leads back to itself: $B -> $A -> $B',
    ]);
    assert.match(
      errors('any any -> any any', { LAB_PORTS: '70000' })[0] ?? '',
      /^rules.vars:0:0 \$LAB_PORTS: Port 70000 is above 65535/,
    );
    assert.match(
      errors('any any -> any any', { LAB: '10.0.0.0/40' })[0] ?? '',
      /^rules.vars:0:0 \$LAB: Prefix length 40/,
    );
    assert.deepEqual(errors('any any -> any any', { LAB: '10.0.0.1', LAB_PORTS: '1:10' }), []);
  });
});
