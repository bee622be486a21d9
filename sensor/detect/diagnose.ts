/**
 * Why a rule stays silent, for rule authors: watches stanzas and files beside the engine and keeps the one that came
 * closest, with the first term that did not hold there. Slow, and never part of the packet path.
 */
import {
  bufferName,
  describeTerm,
  type Rule,
  type RuleSet,
  type RuleTerm,
} from '../rules/index.ts';
import type { StanzaView } from '../xmpp/index.ts';
import { BufferReader } from './buffer-reader.ts';
import { ExpressionPool } from './expression-pool.ts';
import { GroupVerifier } from './group-verifier.ts';
import { URL_BUFFER, buildPlan, type CompiledGroup, type CompiledRule } from './plan.ts';
import type { FileView } from './file-types.ts';
import type { RegionTable } from './region-index.ts';
import { VALIDATORS } from './validators/index.ts';

const MAX_SPANS = 4096;
const BUDGET = 16 * 1024 * 1024;
/** Characters of a text that a reason shows. */
const SHOWN_CHARS = 60;

const decoder = new TextDecoder();

/** Something a rule asks, in words, and whether it was so. */
export interface Condition {
  readonly condition: string;
  readonly held: boolean;
}

/** How far a text came. */
interface Attempt {
  /** Terms that held; over all groups up to the first that did not, one more where the direction was right. */
  readonly held: number;
  readonly reason: string;
}

/** How far a stanza came. */
interface Comparison extends Attempt {
  /** Of each group, how many of its terms held one after the other in the text that came furthest. */
  readonly byGroup: readonly number[];
  readonly isRightWay: boolean;
}

export class RuleDiagnosis {
  readonly #compiled: CompiledRule | undefined;
  readonly #pool: ExpressionPool;
  readonly #groups: GroupVerifier;
  readonly #reader = new BufferReader();
  /** The rule's terms, grouped as the plan groups them. */
  readonly #terms: readonly (readonly RuleTerm[])[];
  #best: Comparison | undefined;

  constructor(ruleSet: RuleSet, rule: Rule) {
    const groups = new Set(rule.terms.map(({ group }) => group));
    this.#terms = [...groups].map((group) => rule.terms.filter((term) => term.group === group));
    this.#compiled = buildPlan({ ...ruleSet, rules: [rule] }, VALIDATORS, []).rules[0];
    this.#pool = new ExpressionPool(ruleSet.expressions, MAX_SPANS);
    this.#groups = new GroupVerifier(this.#pool, MAX_SPANS);
  }

  /** Look at a stanza while it is in memory. */
  onStanza(view: StanzaView): void {
    const compiled = this.#compiled;
    if (compiled === undefined || compiled.groups.length === 0) return;
    this.#keep(this.#attempt(compiled, view));
  }

  /** Look at a file, each of its parts. */
  onFile(view: FileView): void {
    const compiled = this.#compiled;
    if (compiled === undefined || compiled.groups.length === 0) return;
    this.#reader.eachPart(view, (regions) => {
      this.#keep(this.#compare(compiled, regions));
    });
  }

  /** One line about the stanza or part of a file that came closest; undefined when there was none to look at. */
  get reason(): string | undefined {
    return this.#best?.reason;
  }

  /**
   * Direction and terms with what became of them where the rule came closest; of a rule that looks at no text there are
   * none. Behind a term that did not hold, those of its text are not looked at: they count as not held.
   */
  get conditions(): readonly Condition[] {
    const best = this.#best;
    const direction = this.#compiled?.direction ?? -1;
    const way = direction === 0 ? 'sent to the server' : 'sent to the client';
    return [
      ...(direction < 0 ? [] : [{ condition: way, held: best?.isRightWay === true }]),
      ...this.#terms.flatMap((terms, group) =>
        terms.map((term, i) => ({
          condition: `${bufferName(term.buffer)}: ${describeTerm(term)}`,
          held: i < (best?.byGroup[group] ?? 0),
        })),
      ),
    ];
  }

  close(): void {
    this.#pool.close();
  }

  #attempt(compiled: CompiledRule, view: StanzaView): Comparison {
    if (compiled.direction >= 0 && compiled.direction !== view.direction) {
      const [wanted, seen] = view.direction === 0 ? ['client', 'server'] : ['server', 'client'];
      const reason = `flow wants the way to the ${wanted}, this went to the ${seen}`;
      const { byGroup } = this.#compare(compiled, this.#reader.regionsOf(view));
      return { held: 0, reason, byGroup, isRightWay: false };
    }
    return this.#compare(compiled, this.#reader.regionsOf(view));
  }

  #keep(attempt: Comparison): void {
    if (this.#best === undefined || attempt.held > this.#best.held) this.#best = attempt;
  }

  #compare(compiled: CompiledRule, regions: RegionTable): Comparison {
    const attempts = compiled.groups.map((group, i) =>
      this.#furthest(group, this.#terms[i] ?? [], regions),
    );
    const failed = attempts.findIndex(({ reason }) => reason !== '');
    const counted = failed < 0 ? attempts : attempts.slice(0, failed + 1);
    return {
      held: counted.reduce((sum, { held }) => sum + held, 1),
      reason:
        attempts[failed]?.reason ??
        'every term held; the header, a bit, a filter or a pass rule kept it back',
      byGroup: attempts.map(({ held }) => held),
      isRightWay: true,
    };
  }

  /** The region in which most terms of a group hold; no reason when all do. */
  #furthest(group: CompiledGroup, terms: readonly RuleTerm[], regions: RegionTable): Attempt {
    const name = bufferName(group.buffer);
    let best: Attempt | undefined;
    let region = regions.first[group.buffer] as number;
    for (; region >= 0; region = regions.next[region] as number) {
      const held = this.#heldTerms(group, region, regions);
      if (held === group.terms.length) return { held, reason: '' };
      if (best !== undefined && held <= best.held) continue;
      const term = terms[held];
      const wanted = term === undefined ? '' : describeTerm(term);
      best = { held, reason: `${name} is ${shown(region, regions)}; wanted: ${wanted}` };
    }
    const missing = group.buffer === URL_BUFFER ? 'there is no link in it' : `there is no ${name}`;
    return best ?? { held: 0, reason: missing };
  }

  #heldTerms(group: CompiledGroup, region: number, regions: RegionTable): number {
    const memory = regions.memoryOf(region);
    const offset = regions.offsets[region] as number;
    const length = regions.lengths[region] as number;
    for (let count = 1; count <= group.terms.length; count++) {
      this.#groups.budget = BUDGET;
      const prefix = { buffer: group.buffer, terms: group.terms.slice(0, count) };
      if (!this.#groups.holds(prefix, memory, offset, length)) return count - 1;
    }
    return group.terms.length;
  }
}

function shown(region: number, regions: RegionTable): string {
  const offset = regions.offsets[region] as number;
  const length = regions.lengths[region] as number;
  const bytes = regions.memoryOf(region).subarray(offset, offset + length);
  const text = decoder.decode(bytes.subarray(0, 4 * SHOWN_CHARS));
  const cut = Array.from(text).slice(0, SHOWN_CHARS).join('');
  return `"${cut}"${cut.length < text.length || bytes.length > 4 * SHOWN_CHARS ? '...' : ''}`;
}
