/**
 * Which rules look at files: those that name a buffer of files, and text rules that say `metadata:files yes`.
 *
 * A file has less than a stanza: its bytes, its type, its hashes, its name, who sends it to whom, and the text in it.
 * A rule that asks for anything else beside a buffer of files holds for stanzas alone.
 */
import { bufferId, type BufferName } from '../core/index.ts';
import type { Rule } from './types.ts';

const ids = (names: readonly BufferName[]): ReadonlySet<number> => new Set(names.map(bufferId));

/** No stanza has these: rules that name one are never checked on a stanza. */
export const FILE_ONLY_BUFFERS = ids(['file.data', 'file.magic']);

/** Hashes are announced by stanzas as well: rules on them fire on the announcement and on the file. */
export const FILE_BUFFERS = ids(['file.data', 'file.magic', 'file.sha256', 'file.md5']);

/** Human text of stanzas; of a file, what is readable in it. */
export const FILE_TEXT_BUFFERS = ids(['xmpp.text', 'xmpp.text_folded']);

/** What is known of a file beside its content. */
export const FILE_FACT_BUFFERS = ids([
  ...(['xmpp.file_name', 'xmpp.from', 'xmpp.to', 'xmpp.from_domain', 'xmpp.to_domain'] as const),
  ...(['xmpp.resource', 'xmpp.relation'] as const),
]);

type Reach = Pick<Rule, 'terms'>;
type Reader = Pick<Rule, 'proto' | 'events' | 'terms' | 'metadata'>;

/** Is the rule about files alone? Then nothing of it is searched in stanzas. */
export function isAboutFilesOnly({ terms }: Reach): boolean {
  return terms.some(({ buffer }) => FILE_ONLY_BUFFERS.has(buffer));
}

/** Does the rule alert on files, as itself? */
export function judgesFiles({ proto, events, terms }: Reader): boolean {
  return (
    proto === 'xmpp' &&
    events.length === 0 &&
    terms.some(({ buffer }) => FILE_BUFFERS.has(buffer)) &&
    terms.every(({ buffer }) => FILE_BUFFERS.has(buffer) || isTextOrFact(buffer))
  );
}

/** Is it a text rule whose hits inside files are gathered to one alert of the file? */
export function readsFileText({ proto, events, terms, metadata }: Reader): boolean {
  return (
    proto === 'xmpp' &&
    events.length === 0 &&
    metadata.get('files')?.includes('yes') === true &&
    terms.some(({ buffer }) => FILE_TEXT_BUFFERS.has(buffer)) &&
    terms.every(({ buffer }) => isTextOrFact(buffer))
  );
}

function isTextOrFact(buffer: number): boolean {
  return FILE_TEXT_BUFFERS.has(buffer) || FILE_FACT_BUFFERS.has(buffer);
}
