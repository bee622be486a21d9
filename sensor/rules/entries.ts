/** Rules as rows of a list: every rule of a set, those that are not in force too. */
import { basename, dirname } from 'node:path';
import type { Rule, RuleChange, RuleSet } from './types.ts';

export interface RuleEntry {
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly msg: string;
  /** 1 critical .. 4 info. */
  readonly severity: number;
  readonly classtype: string;
  /** '' when the rule names none. */
  readonly detection: string;
  readonly techniques: readonly string[];
  readonly confidence: string;
  readonly isEnabled: boolean;
  /** What enable.conf, disable.conf and modify.conf did, in order. */
  readonly changes: readonly RuleChange[];
  readonly file: string;
  readonly line: number;
}

/** All rules by gid and sid. The set must be loaded with `keepDisabled`. */
export function ruleEntries(set: RuleSet): RuleEntry[] {
  const entry = (rule: Rule, isEnabled: boolean): RuleEntry => {
    const { gid, sid, rev, msg, severity, classtype, metadata, file, line } = rule;
    return {
      ...{ gid, sid, rev, msg, severity, classtype },
      detection: metadata.get('detection')?.[0] ?? '',
      techniques: metadata.get('mitre_technique_id') ?? [],
      confidence: metadata.get('confidence')?.[0] ?? '',
      isEnabled,
      changes: set.changes.get(`${gid}:${sid}`) ?? [],
      ...{ file, line },
    };
  };
  return [
    ...set.rules.map((rule) => entry(rule, true)),
    ...set.disabledRules.map(({ rule }) => entry(rule, false)),
  ].sort((a, b) => a.gid - b.gid || a.sid - b.sid);
}

/** Folder of what is tuned from console and command line: its files are called as those beside the rules. */
const TUNING_FOLDER = 'tuning';

/** A file of the site's changes, short: `threshold.config`, `tuning/threshold.config`. */
export function shownFile(file: string): string {
  const name = basename(file);
  return basename(dirname(file)) === TUNING_FOLDER ? `${TUNING_FOLDER}/${name}` : name;
}

const DONE: Readonly<Record<RuleChange['kind'], string>> = {
  enable: 'enabled',
  disable: 'disabled',
  modify: 'changed',
};

/** `enabled`, `disabled by #`, `enabled; changed by modify.conf:3`: with the lines that made it so. */
export function ruleState({
  isEnabled,
  changes,
}: Pick<RuleEntry, 'isEnabled' | 'changes'>): string {
  const by = ({ kind, file, line }: RuleChange): string =>
    `${DONE[kind]} by ${shownFile(file)}:${line}`;
  const last = changes.findLast(({ kind }) => kind !== 'modify');
  const state = last !== undefined ? by(last) : isEnabled ? 'enabled' : 'disabled by #';
  return [state, ...changes.filter(({ kind }) => kind === 'modify').map(by)].join('; ');
}
