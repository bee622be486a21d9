/** Rules as text against hand-made stanzas: what fires, with everything that a finding carries. */
import { join } from 'node:path';
import { Counters } from '../../sensor/core/index.ts';
import {
  createDetectEngine,
  type DetectEngine,
  type DetectOptions,
  type Finding,
} from '../../sensor/detect/index.ts';
import { loadRuleSources, type LoadOptions, type RuleSet } from '../../sensor/rules/index.ts';
import { makeStanza, type RegionText, type StanzaFacts } from './stanza-view.ts';

/** Options of a rule -> whole rule with its own sid, by position from 1. */
export function ruleText(
  options: string,
  sid = 1,
  header = 'alert xmpp any any -> any any',
): string {
  return `${header} (msg:"rule ${sid}"; ${options} sid:${sid};)`;
}

/** Load rules that must all be sound; throws with the problems otherwise. `folder` has their lists. */
export function soundRules(text: string, options: LoadOptions = {}, folder = '.'): RuleSet {
  const ruleSet = loadRuleSources([{ file: join(folder, 'lab.rules'), text }], options);
  const errors = ruleSet.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(JSON.stringify(errors, null, 1));
  return ruleSet;
}

/** An engine over rule texts that keeps what it finds. */
export class RuleLab {
  readonly engine: DetectEngine;
  readonly counters = new Counters();
  readonly findings: Finding[] = [];

  constructor(text: string | RuleSet, options: Partial<DetectOptions> = {}) {
    this.engine = createDetectEngine({
      ruleSet: typeof text === 'string' ? soundRules(text) : text,
      counters: this.counters,
      handler: { onFinding: (finding) => this.findings.push(finding) },
      validators: new Map(),
      ...options,
    });
  }

  /** sids that fire on a stanza, in the order they are told. */
  sids(texts: readonly RegionText[], facts: StanzaFacts = {}): number[] {
    return this.stanza(texts, facts).map(({ rule }) => rule.sid);
  }

  stanza(texts: readonly RegionText[], facts: StanzaFacts = {}): Finding[] {
    const before = this.findings.length;
    this.engine.onStanza(makeStanza(texts, facts));
    return this.findings.slice(before);
  }
}
