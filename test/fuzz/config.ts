/** The configuration loader: any text gives a config or an OperatorError, never another exception. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../sensor/config/index.ts';
import { OperatorError } from '../../sensor/core/index.ts';

export const name = 'config';

const PIECES = [
  'sensor_name: a\n',
  'capture:\n',
  '  snaplen: 65535\n',
  '  interfaces: [a, b]\n',
  'limits:\n',
  '  xml.depth: 5\n',
  'rules: {vars: {HOME_NET: 10.0.0.0/8}}\n',
  '- ',
  '? ',
  ': ',
  '&a ',
  '*a',
  '!!binary ',
  '|',
  '>',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  '\t',
  '\u0000',
  '%YAML 1.2\n',
  '---\n',
  '...\n',
  '<<: *a\n',
  '__proto__: 1\n',
  'constructor: {}\n',
  '0x1',
  '.inf',
  '~',
  'null',
  '\u{1f600}',
];

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-fuzz-'));
  const file = join(folder, 'fuzz.yaml');
  let runs = 0;
  try {
    while (!isOver()) {
      const count = 1 + Math.floor(random() * 12);
      let text = '';
      for (let i = 0; i < count; i++) text += PIECES[Math.floor(random() * PIECES.length)] ?? '';
      writeFileSync(file, text);
      const overrides = random() < 0.3 ? [text.replaceAll('\n', '')] : [];
      try {
        loadConfig({ file, overrides });
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
      }
      runs++;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { runs };
}
