import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { doctorText, summary, wrapped } from '../../../sensor/cli/doctor-text.ts';
import { displayWidth } from '../../../sensor/cli/table.ts';
import type { Check } from '../../../sensor/doctor/index.ts';

const CHECKS: readonly Check[] = [
  { id: 'program.node', state: 'ok', subject: '', found: 'Node 20.20.2', advice: '' },
  {
    id: 'interface.directions',
    state: 'fail',
    subject: 'eth1',
    found: 'Only one direction of 3 XMPP connections is seen: nothing that servers send',
    advice: 'Mirror both directions of the port',
  },
  {
    id: 'interface.link',
    state: 'warn',
    subject: 'eth2',
    found: 'Half duplex',
    advice: 'Negotiate',
  },
  { id: 'clock.synchronised', state: 'unknown', subject: '', found: 'Nobody tells', advice: 'Ask' },
];

describe('doctorText()', () => {
  it('groups by area and by interface, and ends with the sum', () => {
    assert.equal(
      doctorText(CHECKS, { columns: 0, hasColour: false }),
      `program
  ok       node          Node 20.20.2

interface eth1
  FAIL     directions    Only one direction of 3 XMPP connections is seen:
                         nothing that servers send
                         -> Mirror both directions of the port

interface eth2
  warn     link          Half duplex
                         -> Negotiate

clock
  unknown  synchronised  Nobody tells
                         -> Ask

1 ok, 1 warning, 1 failure, 1 unknown
`,
    );
  });

  it('fits every width, with colour outside of the count', () => {
    for (const columns of [40, 60, 80, 132]) {
      const text = doctorText(CHECKS, { columns, hasColour: true });
      const plain = text.replaceAll(/\u001b\[\d+m/g, '');
      assert.notEqual(plain, text);
      for (const line of plain.split('\n')) assert.ok(displayWidth(line) <= columns, line);
    }
  });

  it('shows what would drive a terminal', () => {
    const odd = CHECKS.map((check) => ({
      ...check,
      subject: 'e\u001b[2J',
      found: 'a\u001b]0;x\u0007',
      advice: 'b\u202e',
    }));
    const text = doctorText(odd, { columns: 80, hasColour: false });
    assert.doesNotMatch(text, /[\u001b\u0007\u202e]/);
    assert.match(text, /e\\u001b\[2J/);
  });
});

describe('summary()', () => {
  it('counts in words', () => {
    const [first] = CHECKS;
    assert.ok(first !== undefined);
    assert.equal(summary([first, first]), '2 ok, 0 warnings, 0 failures, 0 unknown');
  });
});

describe('wrapped()', () => {
  it('breaks at blanks, and long words where it must', () => {
    assert.deepEqual(wrapped('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrapped('abcdefghij kl', 4), ['abcd', 'efgh', 'ij', 'kl']);
    assert.deepEqual(wrapped('', 4), ['']);
  });
});
