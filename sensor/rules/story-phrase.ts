/**
 * What an alert of a rule tells (`metadata:story ...`): a sentence with places for names and facts.
 *
 *     metadata:story sent {to} a payment card number{found} {where}
 *     metadata:story asked for the name {name}[ behind {host}]
 *
 * `{name}` is a name or fact of the alert (alert/sentence.ts), what stands in brackets falls away where a fact in it is
 * not known. A phrase that begins with a small letter says what the sender did.
 */
import { nearest } from '../core/index.ts';

export type StoryPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fact'; readonly name: string }
  | { readonly kind: 'option'; readonly parts: readonly StoryPart[] };

export interface StoryPhrase {
  readonly parts: readonly StoryPart[];
  /** The sentence begins with the sender, the phrase goes on from there. */
  readonly isDeed: boolean;
}

/** Names and facts that every alert has; others are facts of its event. */
export const STORY_FACTS = [
  ...['from', 'to', 'to_domain', 'account', 'service', 'stanza', 'where', 'found', 'value', 'file'],
  ...['src_ip', 'dest_ip', 'client_ip', 'server_ip'],
] as const;

const MOST_CHARS = 200;
const OPTION = /\[([^[\]]*)\]/;
const FACT = /\{([^{}]*)\}/;
const NAME = /^[a-z][a-z0-9_]*$/;

/** The phrase, or what is wrong with it in a sentence. */
export function parseStory(text: string): StoryPhrase | string {
  if (text === '') return 'it is empty';
  if (text.length > MOST_CHARS) return `it is longer than ${MOST_CHARS} characters`;
  const parts: StoryPart[] = [];
  for (const [i, piece] of text.split(OPTION).entries()) {
    const facts = withFacts(piece);
    if (typeof facts === 'string') return facts;
    // What stood in brackets is every second piece.
    if (i % 2 === 0) parts.push(...facts);
    else if (facts.some(({ kind }) => kind === 'fact'))
      parts.push({ kind: 'option', parts: facts });
    else return `[${piece}] names no fact, so nothing can make it fall away`;
  }
  return { parts, isDeed: /^[a-z]/.test(text) };
}

function withFacts(text: string): StoryPart[] | string {
  const parts: StoryPart[] = [];
  for (const [i, piece] of text.split(FACT).entries()) {
    if (i % 2 === 1) {
      if (!NAME.test(piece)) return `{${piece}} is no name of a fact${meant(piece)}`;
      parts.push({ kind: 'fact', name: piece });
    } else if (/[[\]{}]/.test(piece)) {
      return 'a bracket or brace in it has no other end';
    } else if (piece !== '') {
      parts.push({ kind: 'text', text: piece });
    }
  }
  return parts;
}

function meant(piece: string): string {
  const guess = nearest(piece, [...STORY_FACTS]);
  return guess === undefined ? '' : `, did you mean {${guess}}?`;
}
