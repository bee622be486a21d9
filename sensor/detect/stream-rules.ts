/** Stream rules beside the rest of the engine: their databases, their secrets, and who is told. */
import type { Database } from 'hyperscan-js';
import { OperatorError, type Counters, type LimitValues } from '../core/index.ts';
import { compileDatabases } from './databases.ts';
import type { Evidence } from './evidence.ts';
import type { ExpressionPool } from './expression-pool.ts';
import type { CompiledRule } from './plan.ts';
import { StreamSecrets, streamEvidence } from './stream-evidence.ts';
import {
  StreamInspector,
  type StreamBytes,
  type StreamHandler,
  type StreamHit,
  type StreamOccasion,
} from './stream-inspector.ts';
import { buildStreamPlan, type StreamPlan } from './stream-plan.ts';

/** What the engine does for a rule of any kind. */
export interface StreamTeller {
  /** Do header and direction fit? */
  fits(compiled: CompiledRule, occasion: StreamOccasion): boolean;
  /**
   * A rule that matched: its bits, its threshold, its alert. Evidence is made only when it is told.
   * True for a pass rule that silences the others.
   */
  fire(compiled: CompiledRule, occasion: StreamOccasion, evidence: () => Evidence): boolean;
  limit(limit: 'matches' | 'work', occasion: StreamOccasion): void;
}

export interface StreamRulesOptions {
  /** Rules on the stream: at least one. */
  readonly rules: readonly CompiledRule[];
  readonly cacheDir: string | undefined;
  readonly pool: ExpressionPool;
  readonly limits: LimitValues;
  readonly counters: Counters;
  readonly teller: StreamTeller;
}

export class StreamRules implements StreamHandler {
  readonly inspector: StreamInspector;
  readonly #secrets = new StreamSecrets();
  readonly #teller: StreamTeller;

  /** Throws OperatorError RULES_INVALID when libhs refuses the rules. */
  constructor(options: StreamRulesOptions) {
    const { rules, pool, limits, counters } = options;
    const { plan, databases } = compile(rules, options.cacheDir);
    this.#teller = options.teller;
    this.inspector = new StreamInspector({
      plan,
      databases,
      pool,
      limits,
      counters,
      handler: this,
    });
    // The inspector's scanner keeps what it needs of them.
    for (const database of databases) database.close();
  }

  /** A rule marked this text of the flow as secret. */
  remember(flow: number, text: Uint8Array): void {
    this.#secrets.remember(flow, text);
  }

  /** In the order of the rules; a pass rule silences those behind it on the same piece. */
  onStreamHits(hits: readonly StreamHit[], occasion: StreamOccasion, bytes: StreamBytes): void {
    const fitting = hits.filter(({ compiled }) => this.#teller.fits(compiled, occasion));
    const { flow } = occasion;
    for (const { compiled, spans } of fitting) {
      if (!compiled.rule.isSecret) continue;
      for (const { start, end } of spans) {
        const from = bytes.offset - bytes.base;
        this.#secrets.remember(flow, bytes.memory.subarray(from + start, from + end));
      }
    }
    fitting.sort((a, b) => a.compiled.rank - b.compiled.rank);
    for (const hit of fitting) {
      const evidence = (): Evidence => streamEvidence(hit, bytes, this.#secrets.of(flow));
      if (this.#teller.fire(hit.compiled, occasion, evidence)) return;
    }
  }

  onStreamLimit(limit: 'matches' | 'work', occasion: StreamOccasion): void {
    this.#teller.limit(limit, occasion);
  }

  onStreamClosed(flow: number): void {
    this.#secrets.forget(flow);
  }

  close(): void {
    this.inspector.dispose();
  }
}

function compile(
  rules: readonly CompiledRule[],
  cacheDir: string | undefined,
): { plan: StreamPlan; databases: readonly Database[] } {
  const attempt = (marksPcres: boolean): { plan: StreamPlan; databases: readonly Database[] } => {
    const plan = buildStreamPlan(rules, marksPcres);
    const { families, hitStart: ruleStart, hitRule: ruleList } = plan;
    const { databases } = compileDatabases({ families, ruleStart, ruleList, rules }, cacheDir);
    return { plan, databases };
  };
  try {
    return attempt(true);
  } catch (error) {
    // Every pcre runs on a block of text; in stream mode libhs may refuse one.
    if (!(error instanceof OperatorError)) throw error;
    return attempt(false);
  }
}
