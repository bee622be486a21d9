/**
 * The capture the benches read: made once per size by `fixtures/make-bench-capture.py`, kept in the system's
 * temporary folder. Deterministic: the same size gives the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Path of a capture of about `megabytes` (powers of ten). */
export function benchCapture(megabytes: number): string {
  const path = join(tmpdir(), `stanzawatch-bench-${megabytes}.pcap`);
  if (!existsSync(path)) {
    process.stdout.write(`making ${path}\n`);
    const part = `${path}.part`;
    execFileSync(
      'python3',
      [join(process.cwd(), 'fixtures', 'make-bench-capture.py'), part, String(megabytes)],
      {
        stdio: 'inherit',
      },
    );
    renameSync(part, path);
  }
  return path;
}
