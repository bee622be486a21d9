/** What the architecture tests look at: the source tree, read once. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The project's root: tests run with it as the working directory (test/run.mjs). */
export const ROOT = process.cwd();
const SENSOR = join(ROOT, 'sensor');

export interface SourceFile {
  /** Path from sensor/, with forward slashes. */
  readonly path: string;
  /** First folder of the path, or '' for files directly in sensor/. */
  readonly room: string;
  readonly text: string;
  readonly lines: number;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['build', 'node_modules'].includes(entry.name) ? [] : walk(path);
    return [path];
  });
}

/** All TypeScript sources of the sensor, the tokenizer's AssemblyScript included. */
export function sources(): SourceFile[] {
  return walk(SENSOR)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => {
      const path = relative(SENSOR, file);
      const text = readFileSync(file, 'utf8');
      const room = path.includes('/') ? (path.split('/')[0] ?? '') : '';
      return { path, room, text, lines: text.split('\n').length - 1 };
    });
}

/** Folders of sensor/. */
export function rooms(): string[] {
  return readdirSync(SENSOR, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
