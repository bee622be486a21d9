/** How the sensor is, in words: each check says what is wrong and what to do about it. */
import type { Health, HealthCheck } from '../api/index.ts';
import { CAPTURE_CHECKS } from './health-capture.ts';
import { seenPercent, total, type HealthFacts } from './health-facts.ts';
import { KEEPING_CHECKS } from './health-keeping.ts';

/** Checks in the order they are shown; those that do not apply are left out. */
export function healthChecks(facts: HealthFacts): HealthCheck[] {
  return [...CAPTURE_CHECKS, ...KEEPING_CHECKS].flatMap((check) => check(facts) ?? []);
}

/** The whole answer of GET /health. */
export function healthOf(
  facts: HealthFacts,
  { sensor, version }: Pick<Health, 'sensor' | 'version'>,
): Health {
  const { source, isLive, uptimeSeconds, interfaces, workers, store, memory } = facts;
  const { loaded, failed, generation, reloadedUsec } = facts.rules;
  const sum = (...names: readonly Parameters<typeof total>[1][]): number =>
    names.reduce((value, name) => value + total(facts, name), 0);
  return {
    ...{ sensor, version, source, isLive, uptimeSeconds, interfaces, workers, store, memory },
    checks: healthChecks(facts),
    seenPercent: seenPercent(facts.totals),
    gapBytes: total(facts, 'tcpGapBytes'),
    rules: { loaded, failed, generation, reloadedUsec },
    figures: [
      ['Packets', sum('capturePackets')],
      ['Flows', sum('flowsOpened')],
      ['XMPP sessions', sum('sessionsOpened')],
      ['Messages', sum('stanzasMessageToServer', 'stanzasMessageToClient')],
      ['Encrypted flows', sum('encryptedStarttls', 'encryptedDirect')],
      ['Files', sum('filesEnded')],
      ['Packets kept for alerts', sum('packetsKept')],
      ['Stream bytes never seen', sum('tcpGapBytes')],
    ],
  };
}
