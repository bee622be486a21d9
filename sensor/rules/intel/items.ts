/** What a file of threat intelligence comes to: values of a kind, what was left out, what could not be read. */

/** `server`: a domain whose accounts send spam, as apart from `domain`, which links lead to. */
export type IntelKind = 'domain' | 'server' | 'jid' | 'url' | 'ip' | 'md5' | 'sha256' | 'rtbl';

export interface IntelItem {
  readonly kind: IntelKind;
  /** As written; `canonicalValue` makes one form of it. */
  readonly text: string;
  /** Where it stands, for people: `line 12`, `Event.Attribute[3]`. */
  readonly place: string;
  /** From when on it no longer counts, milliseconds since the epoch. */
  readonly expiresMs: number | undefined;
}

/** Something that should be a value and is none. */
export interface BadItem {
  readonly place: string;
  readonly problem: string;
}

/** Collects what a parser finds. */
export class IntelItems {
  readonly items: IntelItem[] = [];
  /** Reason -> how many were left out for it. */
  readonly skipped = new Map<string, number>();
  readonly bad: BadItem[] = [];
  readonly #maxItems: number;

  /** Holds `maxItems` at most: see isFull. */
  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  /** There is more in the file than is taken. */
  get isFull(): boolean {
    return this.items.length + this.bad.length >= this.#maxItems;
  }

  add(kind: IntelKind, text: string, place: string, expiresMs?: number): void {
    if (!this.isFull) this.items.push({ kind, text, place, expiresMs });
  }

  skip(reason: string): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  fail(place: string, problem: string): void {
    if (!this.isFull) this.bad.push({ place, problem });
  }
}

/** A file that cannot be read as the format it should have. */
export class IntelFormatError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'IntelFormatError';
    this.hint = hint;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The items of a list, none for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The text of a property, '' when it is none. */
export function textOf(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}
