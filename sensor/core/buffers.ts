/**
 * The sticky buffers a rule may name. `xmpp/` fills a region table with these ids,
 * `rules/` resolves names to them, `detect/` keeps one pattern database for each.
 */
export const BUFFERS = [
  'xmpp.stanza',
  'xmpp.kind',
  'xmpp.type',
  'xmpp.id',
  'xmpp.from',
  'xmpp.to',
  'xmpp.from_domain',
  'xmpp.to_domain',
  'xmpp.resource',
  'xmpp.body',
  'xmpp.subject',
  'xmpp.status',
  'xmpp.nick',
  'xmpp.text',
  'xmpp.text_folded',
  'xmpp.url',
  'xmpp.ns',
  'xmpp.path',
  'xmpp.stream_header',
  'xmpp.sasl_mechanism',
  'xmpp.sasl_user',
  'xmpp.client',
  'xmpp.file_name',
  'xmpp.room',
  'xmpp.attr',
  'xmpp.relation',
  'xmpp.address',
  'file.sha256',
  'file.md5',
  'stream',
  'file.data',
  'file.magic',
] as const;

export type BufferName = (typeof BUFFERS)[number];

/** Buffer ids by name: the position in BUFFERS. */
export const BUFFER_IDS: ReadonlyMap<string, number> = new Map(
  BUFFERS.map((name, id): [string, number] => [name, id]),
);

/** Id of a buffer known at compile time. */
export function bufferId(name: BufferName): number {
  return BUFFERS.indexOf(name);
}
