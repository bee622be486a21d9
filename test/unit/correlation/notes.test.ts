/** The list of tables in NOTES.md is complete and true at the default limits and thresholds. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { LIMITS } from '../../../sensor/core/index.ts';
import { CorrelationLab } from '../../support/correlation-lab.ts';

interface Told {
  readonly capacity: number;
  readonly bytes: number;
}

const DEFAULTS = new Map<string, number>(
  Object.values(LIMITS).map((limit) => [limit.name, limit.default]),
);

/** Entries of "sender" or "surge /4". */
function capacityOf(cell: string): number {
  const [, name = '', share = '1'] = /^`([\w.]+)`(?: \/(\d+))?$/.exec(cell) ?? [];
  const entries =
    DEFAULTS.get(`correlation.${name}_entries`) ??
    DEFAULTS.get(`correlation.${name}`) ??
    DEFAULTS.get(name);
  return entries === undefined ? assert.fail(`no limit: ${cell}`) : entries / Number(share);
}

/** Rows "Table | By | Limit | Life | Bytes | Holds"; one value in a cell is that of all tables of the row. */
function tablesOf(notes: string): Map<string, Told> {
  const section = /^## Tables$(.*?)^## /ms.exec(notes)?.[1] ?? '';
  const told = new Map<string, Told>();
  for (const [row] of section.matchAll(/^\| `.*\|$/gm)) {
    const [names = '', , limits = '', , bytes = ''] = row.slice(2, -2).split(' | ');
    names.split(', ').forEach((name, i) => {
      const pick = (cell: string): string => cell.split('; ')[i] ?? cell;
      told.set(name.slice(1, -1), {
        capacity: capacityOf(pick(limits)),
        bytes: Number(pick(bytes)),
      });
    });
  }
  return told;
}

it('NOTES.md tells of every table its limit and the size of an entry', () => {
  const notes = readFileSync(join('sensor', 'correlation', 'NOTES.md'), 'utf8');
  const told = tablesOf(notes);
  const report = new CorrelationLab().correlation.report();
  assert.deepEqual([...told.keys()].sort(), report.map(({ name }) => name).sort());
  for (const { name, capacity, limitBytes } of report) {
    const { capacity: entries, bytes } = told.get(name) ?? assert.fail(name);
    assert.equal(entries, capacity, `${name}: entries`);
    const each = limitBytes / capacity;
    assert.ok(Math.abs(bytes - each) <= each / 10, `${name}: ${bytes} bytes, in truth ${each}`);
  }
});
