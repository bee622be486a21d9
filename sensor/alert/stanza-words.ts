/** What sentences call an element of a stream: "a chat message", "a subscription request". */

interface Element {
  readonly stanza: string;
  readonly type: string;
  readonly isCopy?: boolean;
}

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ['chat', 'a chat message'],
  ['groupchat', 'a room message'],
  ['headline', 'a headline'],
  ['error', 'a message returned as an error'],
]);

const PRESENCES: ReadonlyMap<string, string> = new Map([
  ['subscribe', 'a subscription request'],
  ['subscribed', 'an approved subscription'],
  ['unsubscribe', 'the end of a subscription'],
  ['unsubscribed', 'a refused subscription'],
  ['probe', 'a presence probe'],
  ['error', 'a presence returned as an error'],
]);

const IQS: ReadonlyMap<string, string> = new Map([
  ['get', 'a query'],
  ['set', 'a request'],
  ['result', 'an answer'],
  ['error', 'an error answer'],
]);

const OTHERS: ReadonlyMap<string, string> = new Map([
  ['', 'data'],
  ['stream', 'a stream header'],
  ['features', 'the features of a stream'],
  ['auth', 'a login'],
  ['authenticate', 'a login'],
  ['response', 'a login'],
  ['challenge', 'an answer to a login'],
  ['success', 'an answer to a login'],
  ['handshake', 'the login of a component'],
  ['result', 'a dialback key or answer'],
  ['verify', 'a dialback check'],
  ['error', 'a stream error'],
]);

const NAME_CHARS = 32;

/** With its article. */
export function stanzaWords({ stanza, type, isCopy = false }: Element): string {
  const words = wordsOf(stanza, type);
  return isCopy ? `a copy of ${words}` : words;
}

function wordsOf(stanza: string, type: string): string {
  switch (stanza) {
    case 'message':
      return MESSAGES.get(type) ?? 'a message';
    case 'presence':
      return PRESENCES.get(type) ?? 'a presence';
    case 'iq':
      return IQS.get(type) ?? 'a request';
    default:
      // Names of elements come from traffic: only what looks like one is repeated.
      return OTHERS.get(stanza) ?? (isPlain(stanza) ? `a <${stanza}/> element` : 'an element');
  }
}

function isPlain(name: string): boolean {
  return name.length <= NAME_CHARS && /^[\w:.-]+$/.test(name);
}
