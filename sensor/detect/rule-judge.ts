/**
 * What comes of a rule, whatever raised it (a stanza, an event, a file, the stream): does it fit the occasion, do its
 * bits hold, what does the gate say; and then the finding that is told, and the lists that change.
 */
import { COUNTER, type Counters } from '../core/index.ts';
import type { Rule } from '../rules/index.ts';
import { changeAddressList, holdsAddress } from './dataset-match.ts';
import type { EventContext } from './detector.ts';
import type { Evidence } from './evidence.ts';
import { FiringGate } from './firing-gate.ts';
import { matchesHeader } from './header-match.ts';
import type { Occasion } from './occasion.ts';
import type { CompiledRule } from './plan.ts';
import { VERDICT } from './rate-table.ts';
import { bitsHold, changeBits } from './rule-bits.ts';
import type { RuleState } from './rule-state.ts';
import type { Finding, FindingHandler } from './types.ts';

export class RuleJudge {
  readonly #state: RuleState;
  readonly #counters: Counters;
  readonly #handler: FindingHandler;
  readonly #gate: FiringGate;

  constructor(state: RuleState, counters: Counters, handler: FindingHandler) {
    this.#state = state;
    this.#counters = counters;
    this.#handler = handler;
    this.#gate = new FiringGate(state, counters);
  }

  /** Is it of the rule's protocol, direction and header? */
  fits({ rule, direction, hasEndpoints, addresses }: CompiledRule, occasion: Occasion): boolean {
    if (rule.proto === 'xmpp' && !occasion.isXmpp) return false;
    if (direction >= 0 && direction !== occasion.direction) return false;
    if (!hasEndpoints) return true;
    const { endpoints } = occasion;
    return (
      endpoints !== undefined &&
      matchesHeader(rule, endpoints, occasion.direction) &&
      addresses.every((address) => holdsAddress(address, endpoints, occasion.direction))
    );
  }

  bitsHold(compiled: CompiledRule, occasion: Occasion): boolean {
    return !compiled.usesBits || bitsHold(compiled.rule, this.#state.bits, occasion);
  }

  /** A rule that matches: it changes its bits, and the gate says what comes of it (VERDICT). */
  pull(compiled: CompiledRule, occasion: Occasion): number {
    if (compiled.usesBits) changeBits(compiled.rule, this.#state.bits, occasion);
    return this.#gate.judge(compiled.rule, compiled.gate, occasion);
  }

  /** The same of a rule whose bits are not known to hold; VERDICT.none when they do not. */
  fire(compiled: CompiledRule, occasion: Occasion): number {
    return this.bitsHold(compiled, occasion) ? this.pull(compiled, occasion) : VERDICT.none;
  }

  tell(
    rule: Rule,
    { session, flow, direction, tsUsec, stanza }: Occasion,
    evidence: Evidence,
    context: EventContext,
    more: Pick<Finding, 'incident' | 'severity'> = {},
  ): void {
    const { values } = this.#counters;
    values[COUNTER.findings] = (values[COUNTER.findings] as number) + 1;
    this.#handler.onFinding({
      ...{ rule, session, flow, direction, tsUsec, stanza },
      ...evidence,
      context,
      ...more,
    });
  }

  /** Lists of addresses the rule adds to. False when one found no room. */
  changeAddresses({ addresses }: CompiledRule, { endpoints, direction }: Occasion): boolean {
    let hadRoom = true;
    if (endpoints === undefined) return hadRoom;
    for (const address of addresses) {
      hadRoom = changeAddressList(address, endpoints, direction) && hadRoom;
    }
    return hadRoom;
  }
}
