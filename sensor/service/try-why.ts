/** For one rule: each thing it asks, and whether the tried stanza had it. */
import type { TryAnswer } from '../api/index.ts';
import { eventName } from '../core/index.ts';
import type { Finding } from '../detect/index.ts';
import { describeBitTrack, describeEndpoint, describeFilter, type Rule } from '../rules/index.ts';
import type { TryTarget } from './rule-try.ts';

type Why = TryAnswer['why'][number];

export function whyOf(
  { rule, isEnabled, tried, inForce }: TryTarget,
  findings: readonly Finding[],
  events: readonly string[],
): Why[] {
  if (!isEnabled) return [{ condition: 'the rule is in force: it is disabled', held: false }];
  const hasFired = findings.some(
    (finding) => finding.rule.gid === rule.gid && finding.rule.sid === rule.sid,
  );
  const diagnosis = tried ?? inForce;
  const seen: Why[] = [
    ...eventConditions(rule, events),
    ...(rule.proto === 'tcp' ? [] : (diagnosis?.conditions ?? [])),
  ];
  // What the engine alone can judge: bits, header, filters are so when it fired, and in doubt when it did not.
  const judged = otherConditions(rule).map((condition) => ({ condition, held: hasFired }));
  if (hasFired) return [...seen, ...judged].map(({ condition }) => ({ condition, held: true }));
  const isAllSeen = seen.every(({ held }) => held);
  const isUnexplained = isAllSeen && judged.length === 0;
  const silent = rule.noalert
    ? 'the rule tells what it finds: it is noalert, and only sets bits or lists'
    : 'no pass rule keeps it back';
  return [...seen, ...judged, ...(isUnexplained ? [{ condition: silent, held: false }] : [])];
}

function eventConditions({ events }: Rule, raised: readonly string[]): Why[] {
  if (events.length === 0) return [];
  const names = events.map(eventName);
  const held = names.some((name) => raised.includes(name));
  return [{ condition: `the event ${names.join(' or ')} is raised`, held }];
}

function otherConditions(rule: Rule): string[] {
  const { src, srcPort, dst, dstPort, bitTests, addressQueries, detectionFilter } = rule;
  const conditions: string[] = [];
  if (rule.proto === 'tcp' && rule.events.length === 0) {
    conditions.push('the bytes of the stream match');
  }
  if (!(src.any && srcPort.any && dst.any && dstPort.any)) {
    const ends = `from ${describeEndpoint(src, srcPort)} to ${describeEndpoint(dst, dstPort)}`;
    conditions.push(`it goes ${ends} (a tried stanza goes from 192.0.2.10 to 198.51.100.20)`);
  }
  if (addressQueries.length > 0) conditions.push('its lists hold the address');
  for (const { track, names, wantsSet } of bitTests) {
    const state = wantsSet ? 'set' : 'not set';
    conditions.push(`bit ${names.join(' or ')} of ${describeBitTrack(track)} is ${state}`);
  }
  if (detectionFilter !== undefined) conditions.push(describeFilter(detectionFilter));
  return conditions;
}
