/** Extended addressing (XEP-0033): one stanza for many recipients, and replies led elsewhere. */
import { NAME, NS } from './ids.ts';
import { domainOf, normalizeDomain } from './jid.ts';
import { EVENT, type Stage } from './stage.ts';

/** XEP-0033 section 9: a service should limit the recipients of a stanza, to more than 20. */
const MAX_RECIPIENTS = 20;

/** `addresses`: token of the element with the list; `sender`: whose stanza it is. */
export function onAddresses(stage: Stage, addresses: number, sender: string): void {
  const { tape } = stage;
  let recipients = 0;
  // XEP-0060 section 12.7: a service names the publisher of an item this way.
  let told = tape.childInNs(0, NS.pubsubEvent) >= 0;
  for (let at = tape.firstChild(addresses); at >= 0; at = tape.nextSibling(at, addresses)) {
    if (!tape.is(at, NS.address, NAME.address)) continue;
    const type = stage.attr(at, NAME.type);
    if (type === 'to' || type === 'cc' || type === 'bcc') {
      recipients++;
    } else if (!told && (type === 'replyto' || type === 'replyroom')) {
      const jid = stage.attr(at, NAME.jid);
      if (jid === '' || sender === '' || !isElsewhere(jid, sender)) continue;
      told = true;
      stage.raise(EVENT.replyElsewhere, { type, jid });
    }
  }
  if (recipients > MAX_RECIPIENTS) stage.raise(EVENT.manyRecipients, { recipients });
}

/** Neither the sender's domain nor one above or below it. */
function isElsewhere(jid: string, sender: string): boolean {
  const there = normalizeDomain(domainOf(jid));
  const here = normalizeDomain(domainOf(sender));
  return there !== here && !there.endsWith(`.${here}`) && !here.endsWith(`.${there}`);
}
