/**
 * Rule files of Suricata and Snort, read for their rules of XMPP: each rule is taken as it is, taken
 * with changes that are noted, or refused with every reason and its place. Nothing is left out
 * unsaid.
 */
import { readFileSync } from 'node:fs';
import { XMPP_PORTS, printable } from '../core/index.ts';
import { readClassification, readReferences, type Classtype } from './classification.ts';
import {
  keywordAt,
  translateRule,
  type ImportNote,
  type KnownNames,
  type Translation,
} from './import-rule.ts';
import { loadRuleSources, type LoadOptions, type RuleSource } from './load.ts';
import { ProblemList } from './problems.ts';
import { readRules, type RuleText } from './rule-text.ts';
import type { PortMatch, Rule, RuleProblem } from './types.ts';

export type ImportStatus = 'loaded' | 'translated' | 'refused';

/** Something said about a rule. */
export interface ImportRemark {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** '' for the header, and for the file. */
  readonly keyword: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface ImportedRule {
  readonly file: string;
  readonly line: number;
  /** Undefined when the rule names none. */
  readonly sid: number | undefined;
  readonly msg: string;
  readonly isDisabled: boolean;
  readonly status: ImportStatus;
  /** What was changed. */
  readonly changes: readonly ImportRemark[];
  /** Why it is refused. */
  readonly reasons: readonly ImportRemark[];
  /** What its author should know. */
  readonly warnings: readonly ImportRemark[];
  /** As it was taken, '' when it was not. */
  readonly text: string;
}

export interface ImportReport {
  readonly rules: readonly ImportedRule[];
  /** A rule file with all rules that were taken; those that were disabled stay so. */
  readonly output: string;
}

export interface ImportOptions extends Pick<LoadOptions, 'vars' | 'validatorProblem' | 'cacheDir'> {
  /** The classification.config and reference.config the rules will be read with. */
  readonly classificationFile: string;
  readonly referenceFile: string;
  readonly limits: NonNullable<LoadOptions['limits']>;
}

interface Entry {
  readonly source: RuleText;
  readonly isDisabled: boolean;
  readonly translation: Translation;
  readonly warnings: ImportRemark[];
  readonly reasons: ImportRemark[];
}

/** `sources`: rule files, read. Throws when the configuration files cannot be read, for nothing else. */
export function importRules(sources: readonly RuleSource[], options: ImportOptions): ImportReport {
  const known = knownNames(options);
  const entries: Entry[] = [];
  const tooLong: ImportedRule[] = [];
  for (const { file, text } of sources) {
    const add = (source: RuleText, isDisabled: boolean): void => {
      const translation = translateRule(source.text, known);
      const reasons = translation.refusals.map((note) => remark(source, note));
      entries.push({ source, isDisabled, translation, warnings: [], reasons });
    };
    readRules(file, text, options.limits.rulesRuleChars, {
      onRule: (source) => {
        add(source, false);
      },
      onDisabled: (source) => {
        add(source, true);
      },
      onTooLong: (place) => {
        const message = `Rule is longer than ${options.limits.rulesRuleChars} characters`;
        const reason = { ...place, keyword: '', message, hint: 'limit rules.rule_chars' };
        tooLong.push(refusedRule(place.file, place.line, reason));
      },
    });
  }
  refuseOlder(entries);
  check(entries, options);
  const rules = entries.map(finishEntry);
  return { rules: [...rules, ...tooLong], output: writeRules(rules) };
}

function knownNames({ classificationFile, referenceFile }: ImportOptions): KnownNames {
  const problems = new ProblemList(0);
  const classtypes = new Map<string, Classtype>();
  const classification = readFileSync(classificationFile, 'utf8');
  readClassification(classificationFile, classification, classtypes, problems);
  const types = new Map<string, string>();
  readReferences(referenceFile, readFileSync(referenceFile, 'utf8'), types, problems);
  return { classtypes: new Set(classtypes.keys()), references: new Set(types.keys()) };
}

function remark(source: RuleText, { at, keyword, message, hint }: ImportNote): ImportRemark {
  return { ...source.place(at), keyword, message, hint };
}

function refusedRule(file: string, line: number, reason: ImportRemark): ImportedRule {
  const nothing = {
    sid: undefined,
    msg: '',
    isDisabled: false,
    changes: [],
    warnings: [],
    text: '',
  };
  return { file, line, ...nothing, status: 'refused', reasons: [reason] };
}

// --- one number, one rule ---

/** Of rules with one gid and sid the highest revision stays, the first of equal ones. */
function refuseOlder(entries: readonly Entry[]): void {
  const newest = new Map<string, { entry: Entry; rev: number }>();
  for (const entry of entries) {
    const { sid, gid, rev } = entry.translation.name;
    if (sid === undefined || entry.reasons.length > 0) continue;
    const id = `${gid}:${sid}`;
    const other = newest.get(id);
    if (other === undefined) newest.set(id, { entry, rev });
    else if (isNewer(entry, rev, other)) {
      refuseFor(other.entry, sid, entry);
      newest.set(id, { entry, rev });
    } else refuseFor(entry, sid, other.entry);
  }
}

/** A rule in force comes before a disabled one, then the revision decides. */
function isNewer(entry: Entry, rev: number, other: { entry: Entry; rev: number }): boolean {
  if (entry.isDisabled !== other.entry.isDisabled) return other.entry.isDisabled;
  return rev > other.rev;
}

function refuseFor(entry: Entry, sid: number, kept: Entry): void {
  const at = entry.translation.options.find(({ text }) => text === 'sid')?.at ?? 0;
  const message = `sid ${sid} is taken from ${kept.source.file}:${kept.source.line}`;
  const hint = 'of several the newest revision is taken';
  entry.reasons.push(remark(entry.source, { at, keyword: 'sid', message, hint }));
}

// --- what the loader says ---

/** Read what was translated, as it will be read from the file, and bring home what is said about it. */
function check(entries: readonly Entry[], options: ImportOptions): void {
  const byFile = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.reasons.length > 0) continue;
    const list = byFile.get(entry.source.file);
    if (list === undefined) byFile.set(entry.source.file, [entry]);
    else list.push(entry);
  }
  const { classificationFile, referenceFile, limits } = options;
  const set = loadRuleSources(
    [...byFile].map(([file, list]) => ({
      file,
      text: list.map(({ translation }) => oneLine(translation.edited.text)).join('\n'),
    })),
    {
      ...options,
      classificationFiles: [classificationFile],
      referenceFiles: [referenceFile],
      thresholdFiles: [],
      filterFiles: { enable: [], disable: [], modify: [] },
      // All of them: each is the reason for one rule.
      limits: { ...limits, rulesProblems: Number.MAX_SAFE_INTEGER },
    },
  );
  const entryAt = (file: string, line: number): Entry | undefined => byFile.get(file)?.[line - 1];
  for (const problem of set.problems) {
    const entry = entryAt(problem.file, problem.line);
    if (entry !== undefined) report(entry, problem);
  }
  const taken = new Set<Entry>();
  for (const rule of set.rules) {
    const entry = entryAt(rule.file, rule.line);
    if (entry === undefined) continue;
    taken.add(entry);
    warnOfPorts(rule, entry);
  }
  for (const { file, line, reason } of set.skipped) {
    const entry = entryAt(file, line);
    if (entry === undefined) continue;
    taken.add(entry);
    const message = `Kept, but not in force: ${reason}`;
    const note = { at: 0, keyword: 'requires', message, hint: undefined };
    entry.warnings.push(remark(entry.source, note));
  }
  for (const entry of [...byFile.values()].flat()) {
    if (taken.has(entry) || entry.reasons.length > 0) continue;
    const message = `More than ${limits.rulesRules} rules: the rest is left out`;
    entry.reasons.push(
      remark(entry.source, { at: 0, keyword: '', message, hint: 'limit rules.rules' }),
    );
  }
}

/** A backslash at the end would join the next line to it. */
function oneLine(text: string): string {
  return text.endsWith('\\') ? `${text} ` : text;
}

function report(entry: Entry, problem: RuleProblem): void {
  const { edited, options } = entry.translation;
  const at = edited.originalOffset(problem.column - 1);
  const { message, hint } = problem;
  const said = remark(entry.source, { at, keyword: keywordAt(options, at), message, hint });
  if (problem.severity === 'error') entry.reasons.push(said);
  else entry.warnings.push(said);
}

function warnOfPorts(rule: Rule, entry: Entry): void {
  if (rule.proto !== 'tcp') return;
  const named = [rule.srcPort, rule.dstPort].filter(({ any }) => !any);
  if (named.length === 0 || named.some(isOurs)) return;
  const message = 'Its ports are none of XMPP: it fires only where XMPP is spoken there';
  const hint = 'flows that do not speak XMPP are not inspected';
  entry.warnings.push(remark(entry.source, { at: 0, keyword: '', message, hint }));
}

/** Does a port list hold a port of XMPP? */
function isOurs({ entries }: PortMatch): boolean {
  const plain = entries.filter(({ negated }) => !negated);
  return XMPP_PORTS.some((port) => {
    const isIn = ({ from, to }: PortMatch['entries'][number]): boolean =>
      port >= from && port <= to;
    const isExcluded = entries.some((entry) => entry.negated && isIn(entry));
    return !isExcluded && (plain.length === 0 || plain.some(isIn));
  });
}

// --- the result ---

function finishEntry(entry: Entry): ImportedRule {
  const { source, isDisabled, translation, reasons, warnings } = entry;
  const changes = translation.changes.map((note) => remark(source, note));
  const isRefused = reasons.length > 0;
  return {
    file: source.file,
    line: source.line,
    sid: translation.name.sid,
    msg: translation.name.msg,
    isDisabled,
    status: isRefused ? 'refused' : changes.length > 0 ? 'translated' : 'loaded',
    changes: isRefused ? [] : changes,
    reasons,
    warnings: isRefused ? [] : warnings,
    text: isRefused ? '' : translation.edited.text.trim(),
  };
}

function writeRules(rules: readonly ImportedRule[]): string {
  let file: string | undefined;
  const lines: string[] = [];
  for (const rule of rules) {
    if (rule.status === 'refused') continue;
    if (rule.file !== file)
      lines.push(...(file === undefined ? [] : ['']), `# File ${printable(rule.file)}`);
    file = rule.file;
    lines.push(rule.isDisabled ? `# ${rule.text}` : rule.text);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
