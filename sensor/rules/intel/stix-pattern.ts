/** STIX patterns (STIX 2.1 section 9): those that are lists of values, and the reason for all others. */
import type { IntelKind } from './items.ts';

export interface PatternValue {
  /** Undefined: a property no list holds. */
  readonly kind: IntelKind | undefined;
  readonly text: string;
}

const MAX_PATTERN_CHARS = 65_536;
const TOKEN =
  /\s*(?:(\[|\]|\(|\)|,|!=|<=|>=|=|<|>)|('(?:[^'\\]|\\.)*')|([a-z][a-z0-9-]*:(?:[A-Za-z0-9_-]|\.|'[^']*'|"[^"]*"|\[(?:\d+|\*)\])+)|([A-Za-z][A-Za-z0-9_.:-]*))/gy;

type Token =
  | { readonly is: 'mark' | 'word'; readonly text: string }
  | { readonly is: 'value' | 'path'; readonly text: string };

/** The values a pattern lists, or in few words why it is none that can be listed. */
export function readPattern(pattern: string): readonly PatternValue[] | string {
  if (pattern.length > MAX_PATTERN_CHARS) return 'too long';
  const tokens = tokenize(pattern);
  if (typeof tokens === 'string') return tokens;
  const complex = tokens.find(
    ({ is, text }) => is === 'word' && text !== 'OR' && text !== 'IN' && text !== 'AND',
  );
  if (complex !== undefined) return complex.text.toUpperCase().slice(0, 32);
  return new PatternReader(tokens).read();
}

function tokenize(pattern: string): Token[] | string {
  const tokens: Token[] = [];
  const text = pattern.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return 'syntax';
    const [, mark, value, path, word] = match;
    if (mark !== undefined) tokens.push({ is: 'mark', text: mark });
    else if (value !== undefined) {
      tokens.push({ is: 'value', text: value.slice(1, -1).replaceAll(/\\(.)/gs, '$1') });
    } else if (path !== undefined) tokens.push({ is: 'path', text: path });
    else tokens.push({ is: 'word', text: word ?? '' });
  }
  return tokens;
}

/** `observation (OR observation)*`, an observation being `[ comparison (OR comparison)* ]`. */
class PatternReader {
  readonly #tokens: readonly Token[];
  readonly #values: PatternValue[] = [];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): readonly PatternValue[] | string {
    do {
      const problem = this.#observation();
      if (problem !== undefined) return problem;
    } while (this.#takes('OR'));
    if (this.#at < this.#tokens.length) return this.#peek() === 'AND' ? 'AND' : 'syntax';
    return this.#values;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]?.text;
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.is === 'value' || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #observation(): string | undefined {
    if (this.#takes('(')) {
      const problem = this.#observation();
      return problem ?? (this.#takes(')') ? undefined : 'syntax');
    }
    if (!this.#takes('[')) return 'syntax';
    do {
      const problem = this.#comparisons();
      if (problem !== undefined) return problem;
    } while (this.#takes('OR'));
    if (this.#takes(']')) return undefined;
    return this.#peek() === 'AND' ? 'AND' : 'syntax';
  }

  /** One comparison; or an account and the service it is of, which AND joins. */
  #comparisons(): string | undefined {
    const first = this.#comparison();
    if (typeof first === 'string') return first;
    if (!this.#takes('AND')) {
      this.#values.push(...first.values);
      return undefined;
    }
    const second = this.#comparison();
    if (typeof second === 'string') return second;
    const [service, account] = isService(first) ? [first, second] : [second, first];
    const isAccount = isService(service) && account.path.startsWith('user-account:');
    if (!isAccount) return 'AND';
    const isOurs = service.values.every(({ text }) => /^(?:xmpp|jabber)$/i.test(text));
    this.#values.push(
      ...account.values.map(({ text }) => ({ kind: isOurs ? ('jid' as const) : undefined, text })),
    );
    return undefined;
  }

  #comparison(): { path: string; values: PatternValue[] } | string {
    const path = this.#tokens[this.#at];
    if (path?.is !== 'path') return 'syntax';
    this.#at++;
    const kind = kindOf(path.text);
    if (this.#takes('=')) {
      const value = this.#value();
      return value === undefined ? 'syntax' : { path: path.text, values: [{ kind, text: value }] };
    }
    if (!this.#takes('IN'))
      return /^[!<>]/.test(this.#peek() ?? '') ? (this.#peek() ?? '') : 'syntax';
    if (!this.#takes('(')) return 'syntax';
    const values: PatternValue[] = [];
    do {
      const value = this.#value();
      if (value === undefined) return 'syntax';
      values.push({ kind, text: value });
    } while (this.#takes(','));
    return this.#takes(')') ? { path: path.text, values } : 'syntax';
  }

  #value(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.is !== 'value') return undefined;
    this.#at++;
    return token.text;
  }
}

function isService({ path }: { readonly path: string }): boolean {
  return path === 'user-account:account_type';
}

/** What a property holds. Accounts are JIDs where they look like one: the value is checked later. */
function kindOf(path: string): IntelKind | undefined {
  const name = path.replaceAll(/["']/g, '').toLowerCase();
  switch (name) {
    case 'domain-name:value':
      return 'domain';
    case 'url:value':
      return 'url';
    case 'ipv4-addr:value':
    case 'ipv6-addr:value':
    case 'network-traffic:dst_ref.value':
    case 'network-traffic:src_ref.value':
      return 'ip';
    case 'file:hashes.md5':
      return 'md5';
    case 'file:hashes.sha-256':
    case 'file:hashes.sha256':
      return 'sha256';
    default:
      return /^x-[a-z0-9-]*(?:xmpp|jabber)[a-z0-9-]*:(?:value|jid)$|^x-[a-z0-9-]+:(?:jid|jabber_id)$/.test(
        name,
      )
        ? 'jid'
        : undefined;
  }
}
