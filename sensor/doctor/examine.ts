/** Everything at once: facts are gathered side by side, judged, and put in order. */
import { loadConfig, type SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, wallClockUsec } from '../core/index.ts';
import { judgeCard } from './card.ts';
import { judgeClock } from './clock.ts';
import { judgeDisk } from './disk.ts';
import { judgeExposure } from './exposure.ts';
import { diskFacts } from './facts/disk-facts.ts';
import { askEthtool } from './facts/ethtool.ts';
import { exposureFacts } from './facts/exposure-facts.ts';
import { interfacesUp, linkFacts } from './facts/interfaces.ts';
import { listen } from './facts/listening.ts';
import { clockFacts, memoryFacts, workersOf } from './facts/machine-facts.ts';
import { programFacts } from './facts/program-facts.ts';
import { ruleFacts } from './facts/rule-facts.ts';
import { sensorFacts } from './facts/sensor-facts.ts';
import { examinedStore } from './facts/store-facts.ts';
import { rightsFacts, sensorUser } from './facts/user-facts.ts';
import { judgeLink } from './link.ts';
import { judgeMemory } from './memory.ts';
import { judgeProgram } from './program.ts';
import { judgeRights } from './rights.ts';
import { judgeRules } from './rules.ts';
import { isRunning, judgeConfig, judgeSensor } from './sensor.ts';
import { judgeStore } from './store.ts';
import { judgeTraffic } from './traffic.ts';
import { AREAS, areaOf, fail, unknown, type Area, type Check } from './types.ts';

export interface ExamineOptions {
  /** The configuration as a start would have it; throws OperatorError where it would be refused. */
  readonly readConfig: () => SensorConfig;
  /** Path of its file; '' without one. */
  readonly configFile: string;
  /** Data folder to look at where the configuration is refused; undefined for the default. */
  readonly dataDir: string | undefined;
  /** In place of those of the configuration; where there are none either, all that are up. */
  readonly interfaces: readonly string[];
  /** How long interfaces are listened to. */
  readonly seconds: number;
}

/** All checks, by area. Never rejects: what could not be looked at is a check that says so. */
export async function examine(options: ExamineOptions): Promise<Check[]> {
  const { config, checks: configChecks } = configOf(options);
  const interfaces = interfacesOf(options, config);
  // First of all: later there are processes of ours that have the store open.
  const sensor = await sensorFacts(config);
  const user = await sensorUser(config);
  const isInUse = sensor.holders === undefined ? undefined : sensor.holders.length > 0;
  const pid = sensor.recorded.is === 'running' ? sensor.recorded.pid : sensor.holders?.[0];
  const groups = await Promise.all([
    guarded('program', async () => judgeProgram(await programFacts())),
    guarded('rights', () => judgeRights(rightsFacts(user))),
    ...interfaces.map((name) =>
      guarded('interface', () => examineInterface(name, config, options.seconds), name),
    ),
    guarded('disk', () => judgeDisk(diskFacts(config, user))),
    guarded('store', () => examineStoreAndClock(config, isInUse)),
    guarded('memory', () =>
      judgeMemory(
        memoryFacts(config, {
          interfaces: Math.max(1, interfaces.length),
          ...{ pid, isRunning: isRunning(sensor) },
        }),
      ),
    ),
    guarded('rules', async () => judgeRules(await ruleFacts(config))),
    guarded('sensor', () => judgeSensor(sensor)),
    guarded('exposure', () => judgeExposure(exposureFacts(config, user))),
  ]);
  const place = (check: Check): number => AREAS.indexOf(areaOf(check));
  const missing = interfaces.length > 0 ? [] : [noInterface()];
  return [...configChecks, ...missing, ...groups.flat()].sort((a, b) => place(a) - place(b));
}

function configOf({ readConfig, configFile, dataDir }: ExamineOptions): {
  readonly config: SensorConfig;
  readonly checks: Check[];
} {
  try {
    const config = readConfig();
    return { config, checks: judgeConfig({ file: configFile, problem: '', advice: '' }) };
  } catch (error) {
    const advice = error instanceof OperatorError ? (error.hint ?? '') : '';
    const overrides = dataDir === undefined ? [] : [`data_dir=${JSON.stringify(dataDir)}`];
    return {
      config: loadConfig({ file: undefined, overrides }),
      checks: judgeConfig({ file: configFile, problem: errorText(error), advice }),
    };
  }
}

function interfacesOf({ interfaces }: ExamineOptions, { capture }: SensorConfig): string[] {
  const named = interfaces.length > 0 ? interfaces : capture.interfaces;
  return [...new Set(named.length > 0 ? named : interfacesUp())];
}

function noInterface(): Check {
  return fail(
    'interface.link',
    'No interface is up, and none is named',
    'Bring one up: ip link set DEVICE up; or name it: -i DEVICE',
  );
}

/** What goes wrong while facts are gathered is told in place of them. */
async function guarded(
  area: Area,
  look: () => Check[] | Promise<Check[]>,
  subject = '',
): Promise<Check[]> {
  let checks: Check[];
  try {
    checks = await look();
  } catch (error) {
    const text = `Looking at it failed: ${errorText(error)}`;
    checks = [unknown(`${area}.examined`, text, 'Please report this')];
  }
  return subject === '' ? checks : checks.map((check) => ({ ...check, subject }));
}

async function examineInterface(
  name: string,
  config: SensorConfig,
  seconds: number,
): Promise<Check[]> {
  const link = linkFacts(name);
  const checks = judgeLink(link);
  if (link.link === undefined) return checks;
  const isAny = link.link === 'any';
  const isUp = link.link === 'any' || link.link.isUp;
  const [{ traffic, losses }, card] = await Promise.all([
    listen(name, { config, seconds, isUp }),
    isAny ? undefined : askEthtool(name),
  ]);
  checks.push(...judgeTraffic(traffic));
  if (card === undefined) return checks;
  const { snaplen } = config.capture;
  const { checksums } = config;
  const glued = traffic.seen.glued;
  const workers = workersOf(config);
  checks.push(...judgeCard({ name, ...card, losses, workers, snaplen, checksums, glued }));
  return checks;
}

/** The clock is compared with the newest record. */
async function examineStoreAndClock(
  config: SensorConfig,
  isInUse: boolean | undefined,
): Promise<Check[]> {
  const { facts, newestUsec } = await examinedStore(config, isInUse);
  return [...judgeStore(facts), ...judgeClock(await clockFacts(newestUsec, wallClockUsec()))];
}
