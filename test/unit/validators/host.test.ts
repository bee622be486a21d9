/** validate:host : what counts as a machine outside. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VALIDATORS, validatorProblem } from '../../../sensor/detect/index.ts';

function judge(host: string, argument: string, before = '\\\\', after = '\\share'): boolean {
  const check = VALIDATORS.get('host');
  assert.ok(check !== undefined);
  const text = new TextEncoder().encode(before + host + after);
  // As an expression does it that ends somewhere inside the host.
  const end = before.length + Math.max(1, Math.ceil(host.length / 2));
  return check(text, 0, end, argument);
}

const OUTSIDE = [
  'files.evil.example',
  '198.51.100.7',
  '8.8.8.8',
  'a-b.co',
  '172.32.0.1',
  '100.128.0.1',
];
const PRIVATE = [
  '10.1.2.3',
  '192.168.0.9',
  '172.16.0.1',
  '172.31.255.255',
  '127.0.0.1',
  '169.254.1.1',
  '100.64.0.1',
];
const NAMES = [
  'fileserver',
  'nas.local',
  'x.corp.LAN',
  'srv.internal',
  'john.d',
  'a.1b',
  '1.2.3',
  '300.1.1.1',
  '192.168.1.xxx',
];

describe('validate:host', () => {
  it('calls public addresses and names external', () => {
    for (const host of OUTSIDE) {
      assert.equal(judge(host, 'external'), true, host);
      assert.equal(judge(host, 'internal'), false, host);
    }
  });
  it('calls private addresses internal', () => {
    for (const host of PRIVATE) {
      assert.equal(judge(host, 'external'), false, host);
      assert.equal(judge(host, 'internal'), true, host);
    }
  });
  it('calls names of a site neither', () => {
    for (const host of NAMES) {
      assert.equal(judge(host, 'external'), false, host);
      assert.equal(judge(host, 'internal'), false, host);
    }
  });
  it('takes the host behind user and scheme, and a dot at the end', () => {
    assert.equal(judge('bob@evil.example', 'external', 'smb://', '/x'), true);
    assert.equal(judge('10.0.0.1', 'external', 'file://', '.'), false);
    assert.equal(judge('evil.example.', 'external', 'file://', '/'), true);
  });
  it('judges no host as nothing', () => {
    assert.equal(judge('', 'external', '\\\\', ''), false);
    assert.equal(judge('a.'.repeat(400), 'external'), false);
  });
  it('needs to be told which', () => {
    assert.equal(validatorProblem('host', 'external'), undefined);
    assert.match(validatorProblem('host', '') ?? '', /external, internal/);
  });
});
