/** What rules saw of a tried stanza, kept while it is played and redacted when all secrets in it are known. */
import { cutText, isCredentialText, isHashText, redactText } from '../alert/index.ts';
import type { TryAnswer } from '../api/index.ts';
import { BUFFERS } from '../core/index.ts';
import { BufferReader, type BufferText, type FileView, type Finding } from '../detect/index.ts';
import { foldText, type StanzaView } from '../xmpp/index.ts';
import { KnownSecrets } from './known-secrets.ts';

const MAX_TEXTS = 200;
/** Of each text so much is looked at, and so much is shown. */
const READ_BYTES = 16 * 1024;
const SHOWN_CHARS = 2000;
/** Hidden at a cut: half a secret would not be recognised. */
const EDGE_CHARS = 128;
const WITHHELD = '********';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

interface KeptText {
  readonly buffer: number;
  readonly bytes: Uint8Array;
  readonly isCut: boolean;
  readonly isCredential: boolean;
}

export class TryTexts {
  readonly #reader = new BufferReader();
  readonly #texts: KeptText[] = [];
  #stanzas = 0;
  #broken = 0;
  #left = 0;

  onStanza(view: StanzaView): void {
    this.#stanzas++;
    if (view.isBroken) this.#broken++;
    const stanza = { name: view.name, ns: view.namespaces() };
    this.#keep(this.#reader.stanza(view), stanza);
  }

  onFile(view: FileView): void {
    this.#keep(this.#reader.file(view), { name: '', ns: [] });
  }

  /** In the order of buffers within a stanza. `findings`: what secret rules found is hidden wherever it stands. */
  redacted(findings: readonly Finding[]): TryAnswer['buffers'] {
    const secrets = secretsOf(findings);
    return this.#texts.map(({ buffer, bytes, isCut, isCredential }) => {
      const text = decoder.decode(bytes);
      if (isHashText(buffer)) return { buffer: BUFFERS[buffer] ?? '', text };
      const known = secrets.placesIn(text);
      if (isCut) known.push({ start: text.length - EDGE_CHARS, end: text.length, isWhole: true });
      const shown = isCredential ? WITHHELD : cutText(redactText(text, known), SHOWN_CHARS);
      return { buffer: BUFFERS[buffer] ?? '', text: isCut ? `${shown}…` : shown };
    });
  }

  /** What the reader of the stanza should know. `events` were raised. */
  notes(events: readonly string[]): string[] {
    const notes: string[] = [];
    if (this.#stanzas === 0) {
      const isOdd = events.some((event) => event.startsWith('xml.'));
      notes.push(
        isOdd
          ? 'No complete stanza: what is wrong with it the events say'
          : 'No complete stanza: its end tag is missing, or it is no XML',
      );
    } else if (this.#broken > 0) {
      notes.push(`${this.#broken} of ${this.#stanzas} stanzas are no well-formed XML`);
    }
    if (this.#left > 0) notes.push(`${this.#left} further texts are not shown`);
    return notes;
  }

  #keep(texts: readonly BufferText[], stanza: { name: string; ns: readonly string[] }): void {
    for (const { buffer, bytes } of texts) {
      if (this.#texts.length >= MAX_TEXTS) this.#left++;
      else {
        this.#texts.push({
          buffer,
          bytes: bytes.slice(0, READ_BYTES),
          isCut: bytes.length > READ_BYTES,
          isCredential: isCredentialText(buffer, stanza),
        });
      }
    }
  }
}

/** What rules with `secret` found, and what they hid of others: as it stood there, and folded. */
function secretsOf(findings: readonly Finding[]): KnownSecrets {
  const known = new KnownSecrets();
  for (const { rule, evidence, evidenceOffset, matches, secrets, buffer, region } of findings) {
    const own = matches
      .filter((match) => rule.isSecret && match.buffer === buffer && match.region === region)
      .map(({ offset, length }) => ({ offset: offset - evidenceOffset, length }));
    for (const { offset, length } of [...own, ...secrets]) {
      if (offset < 0) continue;
      const text = decoder.decode(evidence.subarray(offset, offset + length));
      known.add(text);
      known.add(foldText(text));
    }
  }
  return known;
}
