/**
 * A capture process for system tests: opens interfaces, burns time per packet, and reports on
 * standard output, one JSON object a line. Argument: a ProbeSetup as JSON. SIGTERM ends it.
 */
import { readFileSync } from 'node:fs';
import { OperatorError, Counters } from '../../sensor/core/index.ts';
import { openLive, type LiveCapture, type LiveStats } from '../../sensor/capture/index.ts';

export interface ProbeSetup {
  readonly captures: readonly { readonly interfaceName: string; readonly filter: string }[];
  /** Time the handler takes for each packet, microseconds. */
  readonly burnUsec: number;
  /** Budget of a dispatch. */
  readonly dispatchMs: number;
}

export interface ProbeReport {
  readonly stats: readonly LiveStats[];
  readonly isCapturing: readonly boolean[];
  /** Times the 5 ms timer fired, and how often of these since the last report it came after more than 100 ms. */
  readonly ticks: number;
  readonly lateTicks: number;
}

const TICK_MS = 5;
const REPORT_MS = 200;
const LATE_MS = 100;

const setup = JSON.parse(process.argv[2] ?? '') as ProbeSetup;
const counters = new Counters();
const handler = {
  packet(): void {
    if (setup.burnUsec === 0) return;
    const end = performance.now() + setup.burnUsec / 1000;
    while (performance.now() < end);
  },
};

let captures: LiveCapture[] = [];
try {
  captures = setup.captures.map(({ interfaceName, filter }) =>
    openLive(
      {
        interfaceName,
        filter,
        snaplen: 65535,
        ringBytes: 32 * 1024 * 1024,
        promiscuous: true,
        dispatchMs: setup.dispatchMs,
      },
      handler,
      counters,
    ),
  );
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  const { code, message, hint } = error;
  process.stdout.write(`${JSON.stringify({ code, message, hint })}\n`);
  process.exit(error.exitCode);
}

/** Milliseconds this process was ready to run but had to wait for a processor. */
function waitedMs(): number {
  const [, waited = '0'] = readFileSync('/proc/self/schedstat', 'latin1').split(' ');
  return Number(waited) / 1e6;
}

let ticks = 0;
let lateTicks = 0;
let last = performance.now();
let lastWaited = waitedMs();
setInterval(() => {
  const now = performance.now();
  const waited = waitedMs();
  ticks++;
  // A timer that is late because the machine runs something else is not late by our doing.
  if (now - last - (waited - lastWaited) > LATE_MS) lateTicks++;
  last = now;
  lastWaited = waited;
}, TICK_MS);

function report(): void {
  for (const capture of captures) capture.updateStats();
  const line: ProbeReport = {
    stats: captures.map(({ stats }) => ({ ...stats })),
    isCapturing: captures.map(({ isCapturing }) => isCapturing),
    ticks,
    lateTicks,
  };
  lateTicks = 0;
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

setInterval(report, REPORT_MS);
process.on('SIGTERM', () => {
  report();
  for (const capture of captures) capture.close();
  process.exit(0);
});
