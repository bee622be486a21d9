/** Waits for a server in a network namespace. */
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 250;

/** Resolves when something accepts connections there. Throws after so many seconds. */
export async function waitForPort(
  enter: readonly string[],
  address: string,
  port: number,
  seconds: number,
): Promise<void> {
  const probe = `require('node:net').connect(${port}, '${address}').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  const args = [...enter, process.execPath, '-e', probe];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    try {
      execFileSync('env', args, { stdio: 'ignore' });
      return;
    } catch {
      await pause(PAUSE_MS);
    }
  }
  throw new Error(`Nothing listens at ${address}:${port} after ${seconds} s`);
}
