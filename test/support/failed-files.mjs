/**
 * A reporter of node's test runner: every file with a failed test, once, a line each, as a pattern for run.mjs. Source
 * maps make the runner name some files as they were written and others as they were compiled.
 */
import { relative } from 'node:path';

export default async function* failedFiles(source) {
  const seen = new Set();
  for await (const { type, data } of source) {
    if (type !== 'test:fail') continue;
    const pattern = relative(process.cwd(), data.file)
      .replace(/^build\//, '')
      .replace(/[jt]s$/, '');
    if (!seen.has(pattern)) yield `${pattern}\n`;
    seen.add(pattern);
  }
}
