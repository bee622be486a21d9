/**
 * The duplicate gate across capture workers. Each worker sees its share of the flows, so the legs of one stanza may
 * reach different workers, each of which alerts in good faith. Where their records meet, the gate is asked once more,
 * with what a record still knows: the matched text by its keyed hashes.
 */
import type { LimitValues } from '../core/index.ts';
import { isContentDetection } from './detection-class.ts';
import { DuplicateGate } from './duplicate-gate.ts';
import type { AlertRecord } from './types.ts';

const encoder = new TextEncoder();

export class CopyFilter {
  readonly #gate: DuplicateGate;
  #serial = 0;

  constructor(limits: Pick<LimitValues, 'alertDedupeStanzas'>) {
    this.#gate = new DuplicateGate(limits);
  }

  /** True for an alert on a copy of a stanza that an earlier record alerted on. Flow ids differ between workers. */
  isCopy(record: AlertRecord): boolean {
    const { xmpp, detection, alert, evidence, incident } = record;
    // An attack counts its stanzas itself, and is one alert across workers (incident-merger.ts).
    if (xmpp === undefined || incident !== undefined) return false;
    // Rules of users are about content where they matched some.
    const isContent = isContentDetection(detection) || evidence !== undefined;
    if (!isContent) return false;
    const verdict = this.#gate.judge({
      group: isContentDetection(detection) ? detection : `sid:${alert.sid}`,
      flowId: record.flowId,
      direction: record.direction === 'to_server' ? 0 : 1,
      serial: ++this.#serial,
      tsUsec: record.tsUsec,
      isFirstHop: xmpp.connection === 'c2s' && record.direction === 'to_server',
      isCopy: xmpp.isCopy ?? false,
      type: xmpp.type,
      id: xmpp.id,
      from: xmpp.from,
      to: xmpp.to,
      text: encoder.encode(identifyingText(evidence)),
      // A leak weighs by where it goes (leak-direction.ts): a copy that goes further out is told again.
      severity: alert.context['leak_direction'] === undefined ? undefined : alert.severity,
    });
    return verdict === 'copy';
  }
}

/** As in the worker: raw bytes are rewritten by servers, there only the match is the same. */
function identifyingText(evidence: AlertRecord['evidence']): string {
  if (evidence === undefined) return '';
  const hashes = evidence.matches.map(({ hmac }) => hmac);
  if (evidence.buffer === 'xmpp.stanza') return hashes[0] ?? '';
  return [evidence.excerpt, ...hashes].join(' ');
}
