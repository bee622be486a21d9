/** Everything there is to say about one rule: what it asks, what the site changed about it, how it fared. */
import { readFileSync } from 'node:fs';
import { configuredThresholds, storeFile, type SensorConfig } from './config/index.ts';
import {
  EVENTS,
  OperatorError,
  THRESHOLDS,
  nearest,
  type ThresholdInfo,
  type ThresholdName,
} from './core/index.ts';
import { explainSelection, type Selection } from './detect/index.ts';
import { AlertStore } from './output/index.ts';
import { readConfiguredRules } from './rule-files.ts';
import { namedCasesBeside } from './rule-test.ts';
import {
  BUFFER_GUIDE,
  OverrideIndex,
  bufferName,
  describeBitTrack,
  describeEndpoint,
  describeFilter,
  describeQuery,
  describeTerm,
  describeThreshold,
  describeTrack,
  durationWords,
  isAboutFilesOnly,
  judgesFiles,
  readsFileText,
  type NamedCase,
  type OverrideTarget,
  type RateFilter,
  type Rule,
  type RuleChange,
  type RuleSet,
  type Suppression,
} from './rules/index.ts';

/** Texts of one sticky buffer keyword and what must hold in one of them. */
export interface BufferReport {
  readonly buffer: string;
  readonly holds: string;
  readonly terms: readonly string[];
}

/** A statement with the line that makes it so; no place where the rule itself does. */
export interface PlacedText {
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

/** A number that decides when a detector raises one of the rule's events; `detection.thresholds` changes it. */
export interface DetectorThreshold {
  readonly name: string;
  readonly unit: ThresholdInfo['unit'];
  /** In force. */
  readonly value: number;
  readonly default: number;
  readonly isChanged: boolean;
  readonly reason: string;
  readonly source: string;
}

export interface BitReport {
  readonly text: string;
  /** sids of the other side: rules that set what this one tests, or test what it sets. */
  readonly sids: readonly number[];
}

export interface FiringReport {
  readonly sinceUsec: number;
  readonly alerts: number;
  readonly lastUsec: number | undefined;
  readonly sources: readonly { readonly key: string; readonly alerts: number }[];
}

/** What a rule says, and what the site changed about it. */
export interface RuleDescription {
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly msg: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly isEnabled: boolean;
  readonly changes: readonly RuleChange[];
  readonly severity: number;
  readonly severityFrom: 'priority' | 'classtype' | 'default';
  readonly classtype: string;
  readonly category: string;
  readonly detection: string;
  readonly confidence: string;
  readonly techniques: readonly string[];
  /** Weight in the SPIM score of a message; absent for rules that have none. */
  readonly spimScore?: number;
  readonly references: readonly string[];
  /** The comment above the rule: what it is about, and when it is wrong. */
  readonly note: string;
  readonly traffic: string;
  readonly buffers: readonly BufferReport[];
  readonly addressQueries: readonly string[];
  readonly events: readonly { readonly name: string; readonly text: string }[];
  /** Of the detectors that raise these events. */
  readonly detectorThresholds: readonly DetectorThreshold[];
  readonly selectedBy: Selection;
  /** It only sets bits or lists: `noalert`. */
  readonly isSilent: boolean;
  readonly threshold: PlacedText | undefined;
  readonly detectionFilter: string | undefined;
  readonly suppressions: readonly PlacedText[];
  readonly rateFilters: readonly PlacedText[];
  readonly bits: readonly BitReport[];
  readonly cases: readonly {
    readonly name: string;
    readonly fires: boolean;
    readonly file: string;
    readonly line: number;
  }[];
}

/** The same, and how it fared. */
export interface RuleReport extends RuleDescription {
  readonly firings: FiringReport | { readonly problem: string };
}

const TOP_SOURCES = 5;
/** Lines above a rule that are searched for its comment. */
const MAX_NOTE_LINES = 200;

/** Throws OperatorError USAGE when there is no such rule. */
export function explainRule(
  config: SensorConfig,
  id: { readonly gid: number; readonly sid: number },
  sinceUsec: number,
): RuleReport {
  const set = readConfiguredRules(config, { keepDisabled: true });
  const { rule, isEnabled } = findRule(set, id);
  const casesOf = casesBeside(config);
  const { cases: own, ...description } = describeRule(config, set, rule, isEnabled, casesOf);
  return { ...description, firings: firingsOf(config, rule.sid, sinceUsec), cases: own };
}

/** Gives the cases about a rule, by its sid; throws OperatorError for those that are not sound. */
export type CasesOf = (sid: number) => readonly NamedCase[];

/** Those beside the rules of a configuration; each file is read once. */
export function casesBeside({ rules }: SensorConfig): CasesOf {
  return namedCasesBeside([...rules.files, ...rules.extra_files]);
}

/** `set` must be loaded with `keepDisabled`. Throws what `casesOf` does. */
export function describeRule(
  config: SensorConfig,
  set: RuleSet,
  rule: Rule,
  isEnabled: boolean,
  casesOf: CasesOf,
): RuleDescription {
  const rates = new OverrideIndex(set.overrides).ratesOf(rule);
  const { gid, sid, rev, msg, file, line, text, severity, classtype, category } = rule;
  const spimScore = rule.metadata.get('spim_score')?.[0];
  const cases = casesOf(sid);
  return {
    ...{ gid, sid, rev, msg, file, line, text, isEnabled },
    changes: set.changes.get(`${gid}:${sid}`) ?? [],
    ...{ severity, severityFrom: severitySource(rule), classtype, category },
    detection: rule.metadata.get('detection')?.[0] ?? '',
    confidence: rule.metadata.get('confidence')?.[0] ?? '',
    techniques: rule.metadata.get('mitre_technique_id') ?? [],
    ...(spimScore === undefined ? {} : { spimScore: Number(spimScore) }),
    references: rule.references,
    note: noteAbove(rule),
    traffic: trafficWords(rule),
    buffers: bufferReports(rule),
    addressQueries: rule.addressQueries.map(
      (query) =>
        `the ${query.side === 'src' ? 'source' : 'destination'} address ${describeQuery(query)}`,
    ),
    events: rule.events.map((event) => {
      const { name = '', text: meaning = '' } = EVENTS[event] ?? {};
      return { name, text: meaning };
    }),
    detectorThresholds: detectorThresholds(config, rule),
    selectedBy: explainSelection(rule),
    isSilent: rule.noalert,
    threshold: rates.threshold && {
      text: describeThreshold(rates.threshold),
      ...placeOf(rates.replacedBy),
    },
    detectionFilter: rule.detectionFilter && describeFilter(rule.detectionFilter),
    suppressions: rates.suppressions.map((target) => ({
      text: suppressionWords(target),
      ...placeOf(target),
    })),
    rateFilters: rates.rateFilters.map((target) => ({
      text: rateFilterWords(target),
      ...placeOf(target),
    })),
    bits: bitReports(rule, set.rules),
    cases: cases.map(({ name, isFiring: fires, file: where, line: at }) => ({
      ...{ name, fires, file: where, line: at },
    })),
  };
}

/** Throws OperatorError USAGE with the nearest number when there is no such rule. */
function findRule(
  set: RuleSet,
  { gid, sid }: { readonly gid: number; readonly sid: number },
): { readonly rule: Rule; readonly isEnabled: boolean } {
  const isMeant = (rule: Rule): boolean => rule.gid === gid && rule.sid === sid;
  const enabled = set.rules.find(isMeant);
  if (enabled !== undefined) return { rule: enabled, isEnabled: true };
  const disabled = set.disabledRules.find(({ rule }) => isMeant(rule));
  if (disabled !== undefined) return { rule: disabled.rule, isEnabled: false };
  const guess = nearest(
    String(sid),
    set.rules.map((rule) => String(rule.sid)),
  );
  throw new OperatorError(
    'USAGE',
    `There is no rule ${gid === 1 ? sid : `${gid}:${sid}`}`,
    guess === undefined
      ? 'stanzawatch rules list shows all; a refused rule is explained by rules check'
      : `Did you mean ${guess}?`,
  );
}

function placeOf(target: OverrideTarget | undefined): { file?: string; line?: number } {
  return target === undefined ? {} : { file: target.file, line: target.line };
}

function severitySource({ text, classtype }: Rule): RuleReport['severityFrom'] {
  if (/[;(]\s*priority\s*:/.test(text)) return 'priority';
  return classtype === '' ? 'default' : 'classtype';
}

/** `packets of XMPP from any any to any 5222, to the server`. */
function trafficWords(rule: Rule): string {
  const { proto, src, srcPort, dst, dstPort, bidirectional, flow } = rule;
  const what = proto === 'tcp' ? 'TCP' : subjectOf(rule);
  const isAny = src.any && srcPort.any && dst.any && dstPort.any;
  const ends = `from ${describeEndpoint(src, srcPort)} to ${describeEndpoint(dst, dstPort)}`;
  const where = isAny ? 'between any hosts' : `${ends}${bidirectional ? ' and back' : ''}`;
  const way = flow.toServer
    ? ', sent to the server'
    : flow.toClient
      ? ', sent to the client'
      : ', in both directions';
  return `${what} ${where}${way}`;
}

/** What a rule of proto xmpp is asked of. */
function subjectOf(rule: Rule): string {
  if (isAboutFilesOnly(rule)) return 'files sent over XMPP';
  if (judgesFiles(rule)) return 'XMPP, and files sent over it,';
  return readsFileText(rule) ? 'XMPP, and the text of files sent over it,' : 'XMPP';
}

function bufferReports({ terms }: Rule): BufferReport[] {
  const groups = new Set(terms.map(({ group }) => group));
  return [...groups].map((group) => {
    const own = terms.filter((term) => term.group === group);
    const buffer = bufferName(own[0]?.buffer ?? -1);
    const guide = (BUFFER_GUIDE as Readonly<Record<string, { text: string }>>)[buffer];
    return { buffer, holds: guide?.text ?? '', terms: own.map(describeTerm) };
  });
}

function detectorThresholds(config: SensorConfig, { events }: Rule): DetectorThreshold[] {
  const values = configuredThresholds(config);
  const names = events.map((event) => EVENTS[event]?.name ?? '');
  return Object.entries<ThresholdInfo>(THRESHOLDS)
    .filter(([, info]) => names.some((name) => info.events.includes(name)))
    .map(([key, { name, unit, reason, source, ...info }]) => {
      const value = values[key as ThresholdName];
      const isChanged = value !== info.default;
      return { name, unit, value, default: info.default, isChanged, reason, source };
    });
}

/** Comment lines above the rule; rules of the same block in between share them. */
function noteAbove({ file, line }: Rule): string {
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    return '';
  }
  const note: string[] = [];
  for (let i = line - 2; i >= Math.max(0, line - MAX_NOTE_LINES); i--) {
    const text = (lines[i] ?? '').trim();
    const isComment = text.startsWith('#') && !/^#\s*(?:alert|pass)\s.*\(/.test(text);
    if (isComment) note.unshift(text.replace(/^#+\s?/, ''));
    else if (text === '' || note.length > 0) break;
  }
  return note.join(' ').trim();
}

/** What a line of threshold.config keeps back. */
export function suppressionWords({ track, addresses, values }: Suppression): string {
  if (track === undefined) return 'never alerts';
  const whose: Readonly<Record<typeof track, string>> = {
    by_src: 'from the address',
    by_dst: 'to the address',
    by_either: 'from or to the address',
    by_from_jid: 'sent by',
    by_to_jid: 'sent to',
    by_domain: 'from the domain',
    by_room: 'in the room',
  };
  const any = { any: true, entries: [] };
  const who = addresses === undefined ? values.join(', ') : describeEndpoint(addresses, any);
  return `never alerts on what is ${whose[track]} ${who.replace(/ any$/, '')}`;
}

function rateFilterWords({ count, seconds, track, newAction, timeout }: RateFilter): string {
  const change = newAction === 'pass' ? 'says nothing' : 'alerts';
  const rate = `after ${count} firings within ${durationWords(seconds)}, counted ${describeTrack(track)}`;
  return `${change} for ${durationWords(timeout)} ${rate}`;
}

function bitReports(rule: Rule, rules: readonly Rule[]): BitReport[] {
  const others = (test: (other: Rule) => boolean): number[] =>
    rules.filter((other) => other !== rule && test(other)).map(({ sid }) => sid);
  const tests = rule.bitTests.map(({ track, names, wantsSet }) => ({
    text: `fires only while bit ${names.join(' or ')} of ${describeBitTrack(track)} is ${wantsSet ? 'set' : 'not set'}; set by`,
    sids: others(({ bitChanges }) =>
      bitChanges.some((change) => change.track === track && names.includes(change.name)),
    ),
  }));
  const changes = rule.bitChanges.map(({ track, name, action, expireSeconds }) => {
    const expiry = expireSeconds === Infinity ? '' : ` for ${durationWords(expireSeconds)}`;
    const verb = action === 'set' ? 'sets' : action === 'unset' ? 'clears' : 'toggles';
    return {
      text: `${verb} bit ${name} of ${describeBitTrack(track)}${expiry}; tested by`,
      sids: others(({ bitTests }) =>
        bitTests.some((test) => test.track === track && test.names.includes(name)),
      ),
    };
  });
  return [...tests, ...changes];
}

/** What the store says; without a store that is said, for the rest of the report is true all the same. */
function firingsOf(config: SensorConfig, sid: number, sinceUsec: number): RuleReport['firings'] {
  let store: AlertStore | undefined;
  try {
    store = new AlertStore(storeFile(config));
    const filter = { sid, sinceUsec };
    const [newest] = store.listAlerts({ ...filter, limit: 1 });
    const limit = TOP_SOURCES;
    const jids = store.topAlerts('jid', { ...filter, limit });
    const sources = jids.length > 0 ? jids : store.topAlerts('ip', { ...filter, limit });
    return {
      sinceUsec,
      alerts: store.countAlerts(filter),
      lastUsec: newest?.tsUsec,
      sources: sources.map(({ key, alerts }) => ({ key, alerts })),
    };
  } catch (error) {
    if (error instanceof OperatorError) return { problem: error.message };
    throw error;
  } finally {
    store?.close();
  }
}
