/** A sensor of this data folder: does it run, what does it say of itself, would it start again? */
import { counted, percent } from '../core/index.ts';
import { fail, ok, unknown, warn, type Check } from './types.ts';

/** What an address answers that HTTP is asked of. */
export type Answer =
  | { readonly is: 'refused' }
  | { readonly is: 'silent'; readonly why: string }
  /** Status 0: something listens that speaks no HTTP. */
  | { readonly is: 'answered'; readonly status: number; readonly text: string };

/** What the record of a sensor in the data folder says (run.json). `gone`: it did not take its record with it. */
export type Recorded =
  | { readonly is: 'none' | 'gone' }
  /** `hidden`: in another container, where its number means another process. */
  | { readonly is: 'running' | 'hidden'; readonly pid: number };

export interface SensorFacts {
  readonly recorded: Recorded;
  /** Processes that have the store open; undefined where that cannot be told. */
  readonly holders: readonly number[] | undefined;
  readonly http: {
    readonly isEnabled: boolean;
    readonly listen: string;
    readonly healthz: Answer;
    readonly readyz: Answer;
    readonly metrics: Answer;
  };
}

/** The configuration is the check of an own area: with a bad one the others go by defaults. */
export interface ConfigFacts {
  /** Path, '' for defaults and flags alone. */
  readonly file: string;
  readonly problem: string;
  readonly advice: string;
}

const DROPS_WARN = 0.0001;
const DROPS_FAIL = 0.01;

export function judgeConfig({ file, problem, advice }: ConfigFacts): Check[] {
  if (problem !== '') {
    return [
      fail(
        'config.valid',
        `The sensor does not start: ${problem}; what follows was checked with defaults`,
        advice === '' ? 'Correct it' : advice,
      ),
    ];
  }
  return [
    ok(
      'config.valid',
      file === '' ? 'No configuration file: defaults and flags' : `${file} is valid`,
    ),
  ];
}

export function judgeSensor(facts: SensorFacts): Check[] {
  const { healthz } = facts.http;
  const isOurs = isSensor(healthz);
  return [holding(facts), ...port(facts), ...(isOurs ? [ready(facts), drops(facts)] : [])];
}

/** Does a sensor of this data folder run, as far as can be told? */
export function isRunning({ recorded, holders, http }: SensorFacts): boolean {
  if (recorded.is === 'running') return true;
  return holders === undefined ? isSensor(http.healthz) : holders.length > 0;
}

function isSensor(healthz: Answer): boolean {
  return (
    healthz.is === 'answered' && healthz.status === 200 && healthz.text.includes('"status":"alive"')
  );
}

function holding({ recorded, holders }: SensorFacts): Check {
  if (recorded.is === 'running')
    return ok('sensor.process', `A sensor runs: process ${recorded.pid}`);
  if (recorded.is === 'hidden') {
    return unknown(
      'sensor.process',
      `A sensor of another container was here (process ${recorded.pid} there): whether it runs cannot be told`,
      'Run this inside that container',
    );
  }
  if (recorded.is === 'gone') {
    return warn(
      'sensor.process',
      'No sensor runs, and the last one did not end in order: it was killed, or the machine went down',
      'Its log says more (journalctl -u stanzawatch); start it: stanzawatch run -i IFACE',
    );
  }
  if (holders === undefined) {
    return unknown(
      'sensor.process',
      'Who has the store open cannot be told: other processes may not be looked at',
      'Run this as root, or as the user of the sensor',
    );
  }
  if (holders.length === 0) {
    return ok(
      'sensor.process',
      'No process has the store open',
      'Start one: stanzawatch run -i IFACE',
    );
  }
  return ok(
    'sensor.process',
    `No sensor runs; the store is in use by process ${holders.join(', ')}`,
  );
}

function port({ http, recorded }: SensorFacts): Check[] {
  const { isEnabled, listen, healthz } = http;
  if (!isEnabled) {
    return [
      warn(
        'sensor.port',
        'http.enabled is off: no console, no metrics, and nobody is told when the sensor stops',
        'Set http.enabled to true',
      ),
    ];
  }
  if (healthz.is === 'refused' && recorded.is === 'running') {
    return [
      unknown(
        'sensor.port',
        `A sensor runs, and nothing answers on ${listen}: it may have been told another address (--metrics)`,
        'Name it: --set http.listen=HOST:PORT; its first lines say where it listens',
      ),
    ];
  }
  if (healthz.is === 'refused') return [ok('sensor.port', `${listen} is free`)];
  if (healthz.is === 'silent') {
    return [
      unknown(
        'sensor.port',
        `Whether ${listen} is free cannot be told: ${healthz.why}`,
        'Look at: ss -ltnp',
      ),
    ];
  }
  if (isSensor(healthz)) return [ok('sensor.port', `A sensor answers on ${listen}: it is alive`)];
  return [
    fail(
      'sensor.port',
      `${listen} is held by another program (${healthz.status === 0 ? 'it speaks no HTTP' : `it answers ${healthz.status}`})`,
      'Choose another address with --metrics HOST:PORT or http.listen; ss -ltnp says whose it is',
    ),
  ];
}

function ready({ http: { readyz } }: SensorFacts): Check {
  if (readyz.is !== 'answered') {
    return unknown('sensor.ready', 'The sensor did not say whether it is ready', 'Look at its log');
  }
  if (readyz.status === 200) return ok('sensor.ready', 'It says that it is ready');
  return fail(
    'sensor.ready',
    `It says that it is not ready: ${problems(readyz.text)}`,
    'Look at its log, and at health in the console',
  );
}

function problems(text: string): string {
  try {
    const { checks } = JSON.parse(text) as {
      readonly checks?: readonly {
        readonly check: string;
        readonly isOk: boolean;
        readonly text: string;
      }[];
    };
    const bad = (checks ?? []).filter(({ isOk }) => !isOk);
    return bad.map(({ check, text: why }) => `${check}: ${why}`).join('; ');
  } catch {
    return 'it does not say why';
  }
}

function drops({ http: { metrics } }: SensorFacts): Check {
  if (metrics.is !== 'answered' || metrics.status !== 200) {
    return unknown('sensor.drops', 'Its metrics cannot be read', 'Look at /metrics');
  }
  const packets = totalOf(metrics.text, 'stanzawatch_capture_packets_total');
  const dropped = totalOf(metrics.text, 'stanzawatch_capture_dropped_total');
  if (packets === undefined)
    return ok('sensor.drops', 'It captures nothing: there is nothing to drop');
  const lost = dropped ?? 0;
  const share = packets + lost === 0 ? 0 : lost / (packets + lost);
  const text = `${counted(lost)} of ${counted(packets + lost)} packets were dropped since its start (${percent(share)})`;
  if (share < DROPS_WARN) return ok('sensor.drops', text);
  const say = share >= DROPS_FAIL ? fail : warn;
  return say(
    'sensor.drops',
    text,
    'Raise capture.ring_bytes or capture.workers, or narrow the BPF filter',
  );
}

/** A metric over all its labels; undefined when it is not told. */
export function totalOf(metrics: string, name: string): number | undefined {
  let total: number | undefined;
  for (const line of metrics.split('\n')) {
    if (!line.startsWith(name)) continue;
    const match = /^(?:\{[^}]*\})? ([0-9.eE+-]+)$/.exec(line.slice(name.length));
    if (match !== null) total = (total ?? 0) + Number(match[1]);
  }
  return total;
}
