import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatAddress } from '../../../sensor/core/index.ts';
import { parseAddress, parsePort } from '../../../sensor/rules/addresses.ts';
import { RuleError } from '../../../sensor/rules/problems.ts';

const vars = new Map<string, string | readonly string[]>([
  ['HOME_NET', ['10.0.0.0/8', '192.168.0.0/16']],
  ['SERVER', '10.0.0.5'],
  ['BOTH', '[$SERVER, 2001:db8::/32]'],
  ['BROKEN', 'nonsense'],
  ['LOOP', '$LOOP'],
  ['PORTS', '[5222, 5269]'],
]);

function address(text: string): string {
  const match = parseAddress({ text, at: 0 }, vars);
  if (match.any) return 'any';
  const entries = match.entries.map(
    ({ negated, words: [a = 0, b = 0, c = 0, d = 0], prefix }) =>
      `${negated ? '!' : ''}${formatAddress(a, b, c, d)}/${prefix}`,
  );
  return `${match.negated ? 'not ' : ''}${entries.join(' ')}`;
}

function port(text: string): string {
  const match = parsePort({ text, at: 0 }, vars);
  if (match.any) return 'any';
  return match.entries
    .map(({ negated, from, to }) => `${negated ? '!' : ''}${from}-${to}`)
    .join(' ');
}

function failure(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RuleError) return `${error.at}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('parseAddress', () => {
  it('reads addresses, blocks, lists, negation and variables', () => {
    assert.equal(address('any'), 'any');
    assert.equal(address('[any, 1.2.3.4]'), 'any');
    assert.equal(address('1.2.3.4'), '1.2.3.4/128');
    assert.equal(address('10.0.0.0/8'), '10.0.0.0/104');
    assert.equal(address('2001:db8::1/64'), '2001:db8::1/64');
    assert.equal(address('::ffff:1.2.3.4'), '1.2.3.4/128');
    assert.equal(address('::'), '::/128');
    assert.equal(address('!1.2.3.4'), 'not 1.2.3.4/128');
    assert.equal(address('[10.0.0.0/8,!10.1.0.0/16]'), '10.0.0.0/104 !10.1.0.0/112');
    assert.equal(address('$HOME_NET'), '10.0.0.0/104 192.168.0.0/112');
    assert.equal(address('!$HOME_NET'), 'not 10.0.0.0/104 192.168.0.0/112');
    assert.equal(address('[!$BOTH, 1.1.1.1]'), '!10.0.0.5/128 !2001:db8::/32 1.1.1.1/128');
  });

  it('keeps exceptions of a negated list', () => {
    assert.equal(address('![10.0.0.0/8,!10.1.0.0/16]'), 'not 10.0.0.0/104 !10.1.0.0/112');
  });

  it('refuses what is no address, at its place', () => {
    assert.match(
      failure(() => address('!any')),
      /0: !any matches nothing/,
    );
    assert.match(
      failure(() => address('[1.1.1.1,1.2.3]')),
      /9: 1.2.3 is not an IP address/,
    );
    assert.match(
      failure(() => address('10.0.0.0/33')),
      /9: Prefix length 33 is outside 0 to 32/,
    );
    assert.match(
      failure(() => address('::/129')),
      /3: Prefix length 129/,
    );
    assert.match(
      failure(() => address('[1.1.1.1')),
      /0: List is not closed/,
    );
    assert.match(
      failure(() => address('[1.1.1.1]x')),
      /Text after the closing bracket/,
    );
    assert.match(
      failure(() => address('[1.1.1.1,]')),
      /Empty entry/,
    );
    assert.match(
      failure(() => address('$HOME_NETS')),
      /0: Variable \$HOME_NETS is not defined/,
    );
    assert.match(
      failure(() => address('[1.1.1.1,$BROKEN]')),
      /9: nonsense is not an IP address/,
    );
    assert.match(
      failure(() => address('$LOOP')),
      /0: Variable \$LOOP leads back to itself: \$LOOP -> \$LOOP/,
    );
    assert.match(
      failure(() => address('[1.1.1.1,![2.2.2.2,!3.3.3.3]]')),
      /Negation inside/,
    );
    assert.match(
      failure(() => address('[[[[[[[[[[[[[[[[[[1.1.1.1]]]]]]]]]]]]]]]]]]')),
      /too deeply/,
    );
  });
});

describe('parsePort', () => {
  it('reads ports, ranges, lists, negation and variables', () => {
    assert.equal(port('any'), 'any');
    assert.equal(port('5222'), '5222-5222');
    assert.equal(port('1024:'), '1024-65535');
    assert.equal(port(':1023'), '0-1023');
    assert.equal(port('[5222:5269,!5230]'), '5222-5269 !5230-5230');
    assert.equal(port('!$PORTS'), '!5222-5222 !5269-5269');
  });

  it('refuses what is no port', () => {
    assert.match(
      failure(() => port('http')),
      /http is not a port/,
    );
    assert.match(
      failure(() => port('65536')),
      /above 65535/,
    );
    assert.match(
      failure(() => port('20:10')),
      /runs backwards/,
    );
    assert.match(
      failure(() => port(':')),
      /: is not a port/,
    );
    assert.match(
      failure(() => port('!any')),
      /matches nothing/,
    );
  });
});
