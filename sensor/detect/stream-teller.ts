/** Rules on the stream before the judge of all rules. */
import type { EndpointsOf } from './occasion.ts';
import { NO_STANZA, Occasion } from './occasion.ts';
import { VERDICT } from './rate-table.ts';
import type { RuleJudge } from './rule-judge.ts';
import type { StreamOccasion } from './stream-inspector.ts';
import type { StreamTeller } from './stream-rules.ts';

/** `limit` is told of limits that were reached. */
export function createStreamTeller(
  judge: RuleJudge,
  endpointsOf: EndpointsOf,
  limit: StreamTeller['limit'],
): StreamTeller {
  return {
    fits: (compiled, place) => judge.fits(compiled, occasionOf(place, endpointsOf)),
    fire: (compiled, place, evidence) => {
      const occasion = occasionOf(place, endpointsOf);
      const verdict = judge.fire(compiled, occasion);
      if (verdict === VERDICT.told) judge.tell(compiled.spoken, occasion, evidence(), {});
      return compiled.rule.action === 'pass' && verdict === VERDICT.silent;
    },
    limit,
  };
}

/** Bytes of a stream belong to no stanza: who speaks is known from the session, where there is one. */
function occasionOf(place: StreamOccasion, endpointsOf: EndpointsOf): Occasion {
  const jid = place.session?.jid ?? '';
  const stanza = { ...NO_STANZA, ...(place.direction === 0 ? { from: jid } : { to: jid }) };
  return new Occasion(place, endpointsOf, { stanza });
}
