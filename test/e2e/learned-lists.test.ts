/** Lists that rules fill, over two runs of `read`: what was new the first time is known the second time. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCommand } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'learned-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const capture = join(process.cwd(), 'fixtures', 'pcap', 'servers', '07_muc.pcap.gz');
const rules = join(folder, 'new.rules');
writeFileSync(
  rules,
  [
    'alert xmpp any any -> any any (msg:"New sender"; xmpp.from; dataset:set,senders,type jid,state senders.lst; sid:1;)',
    'alert xmpp any any -> any any (msg:"New client address"; flow:to_server; xmpp.stream_header; bsize:>0; ip.src; dataset:set,clients,type ip,state clients.lst; sid:2;)',
  ].join('\n'),
);

/** Alerts of one run by sid. */
async function alerts(...options: string[]): Promise<Record<number, number>> {
  const { status, err } = await runCommand(
    ...['read', capture, '-S', rules, '--db', 'none', ...options],
  );
  assert.equal(status, 0, err);
  const eve = options[options.indexOf('--eve') + 1] ?? '';
  const counts: Record<number, number> = {};
  for (const line of readFileSync(eve, 'utf8').trim().split('\n')) {
    const event = JSON.parse(line) as { event_type: string; alert?: { signature_id: number } };
    if (event.alert === undefined) continue;
    counts[event.alert.signature_id] = (counts[event.alert.signature_id] ?? 0) + 1;
  }
  return counts;
}

describe('lists that rules fill', () => {
  it('are kept over a restart, for the sensor alone', async () => {
    const data = join(folder, 'data');
    const first = await alerts('-l', data, '--eve', join(folder, 'first.json'));
    const senders = readFileSync(join(data, 'learned', 'senders.lst'), 'utf8')
      .trim()
      .split('\n');
    const clients = readFileSync(join(data, 'learned', 'clients.lst'), 'utf8')
      .trim()
      .split('\n');
    assert.ok(senders.includes('ben@alpha.test'), senders.join(' '));
    assert.ok(clients.includes('10.77.0.11'), clients.join(' '));
    // One alert for each value; the first line of a file is its title.
    assert.deepEqual(first, { 1: senders.length - 1, 2: clients.length - 1 });
    assert.equal(statSync(join(data, 'learned', 'senders.lst')).mode & 0o777, 0o600);
    assert.deepEqual(await alerts('-l', data, '--eve', join(folder, 'second.json')), {});
    const elsewhere = await alerts(
      ...['-l', join(folder, 'other'), '--eve', join(folder, 'third.json')],
    );
    assert.deepEqual(elsewhere, first);
  });
});
