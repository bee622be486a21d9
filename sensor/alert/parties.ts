/** Who sent and who got what an alert is about: by its stanza, else by the file, which may come on a connection of its own. */

export interface Parties {
  /** JIDs; '' where nobody said. */
  readonly from: string;
  readonly to: string;
}

export function partiesOf(
  xmpp: Parties | undefined,
  context: Readonly<Record<string, string | number>>,
): Parties {
  if (xmpp !== undefined || context['file_id'] === undefined) {
    return { from: xmpp?.from ?? '', to: xmpp?.to ?? '' };
  }
  const { from = '', to = '' } = context;
  return { from: String(from), to: String(to) };
}
