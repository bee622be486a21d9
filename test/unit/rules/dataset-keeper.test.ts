import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setLogWriter } from '../../../sensor/core/index.ts';
import { DatasetKeeper, ListDataset } from '../../../sensor/rules/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'keeper-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function learn(list: ListDataset, value: string): void {
  list.learn(Buffer.from(value), 0, value.length);
}

describe('DatasetKeeper', () => {
  it('writes lists that have changed, for the sensor alone, in one step', async () => {
    const list = new ListDataset('clients', 'text');
    const keeper = new DatasetKeeper(join(folder, 'learned'), 0);
    const lists = new Map([['sub/clients.lst', list]]);
    const file = join(folder, 'learned', 'sub', 'clients.lst');
    await keeper.keep(lists);
    assert.throws(() => statSync(file), /ENOENT/);
    learn(list, 'Client 1');
    await Promise.all([keeper.keep(lists), keeper.keep(lists)]);
    assert.match(readFileSync(file, 'utf8'), /^# dataset clients[^\n]*\nClient 1\n$/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'learned')).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(join(folder, 'learned', 'sub')), ['clients.lst']);
    writeFileSync(file, 'untouched');
    await keeper.keep(lists);
    assert.equal(readFileSync(file, 'utf8'), 'untouched');
    learn(list, 'Client 2');
    await keeper.keep(lists);
    assert.match(readFileSync(file, 'utf8'), /Client 1\nClient 2\n$/);
  });

  it('gives each capture worker a file of its own', async () => {
    const list = new ListDataset('hosts', 'domain');
    learn(list, 'one.example');
    await new DatasetKeeper(folder, 2).keep(new Map([['hosts.lst', list]]));
    assert.match(readFileSync(join(folder, 'hosts.lst.2'), 'utf8'), /one.example\n$/);
  });

  it('goes on when a file cannot be written, and says so', async () => {
    const logged: string[] = [];
    setLogWriter((line) => logged.push(line));
    writeFileSync(join(folder, 'blocked'), '');
    const lists = new Map(
      ['blocked/a.lst', 'b.lst'].map((file) => {
        const list = new ListDataset(file, 'text');
        learn(list, 'x');
        return [file, list];
      }),
    );
    await new DatasetKeeper(folder, 0).keep(lists);
    setLogWriter((line) => process.stderr.write(line));
    assert.match(logged.join('\n'), /Cannot keep dataset blocked\/a.lst/);
    assert.match(readFileSync(join(folder, 'b.lst'), 'utf8'), /x\n$/);
  });
});
