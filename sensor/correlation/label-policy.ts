/**
 * What the site says about security labels (XEP-0258): its marks from low to high, how high each domain is cleared,
 * and who must label. Marks are compared as people read them: without regard to case and blanks around, and a mark
 * with more behind it ("SECRET - PROJECT X") is that mark.
 */
import { isWithinDomain, normalizeDomain } from '../xmpp/index.ts';

export interface LabelPolicyOptions {
  readonly labels: readonly string[];
  /** Domain to mark; `*` stands for all others. */
  readonly ceilings: Readonly<Record<string, string>>;
  readonly required: readonly string[];
}

const EVERYBODY = '*';
const UNKNOWN = -1;

export class LabelPolicy {
  /** Domains whose accounts must label. */
  readonly required: readonly string[];
  readonly #marks: readonly string[];
  /** The longest domain first. */
  readonly #ceilings: readonly (readonly [domain: string, rank: number])[];
  readonly #others: number;

  constructor({ labels, ceilings, required }: LabelPolicyOptions) {
    this.required = required.map(normalizeDomain);
    this.#marks = labels.map(spelled);
    const ranks = Object.entries(ceilings).map(
      ([domain, mark]) => [normalizeDomain(domain), this.rankOf(mark)] as const,
    );
    this.#ceilings = ranks
      .filter(([domain]) => domain !== EVERYBODY)
      .sort(([a], [b]) => b.length - a.length);
    this.#others = ranks.find(([domain]) => domain === EVERYBODY)?.[1] ?? UNKNOWN;
  }

  /** Does it say anything of marks? */
  get hasCeilings(): boolean {
    return this.#marks.length > 0 && (this.#ceilings.length > 0 || this.#others !== UNKNOWN);
  }

  /** Place of a mark among those of the site, from 0; -1 for one it does not know. */
  rankOf(mark: string): number {
    const said = spelled(mark);
    let best = UNKNOWN;
    this.#marks.forEach((known, rank) => {
      const isLonger = best === UNKNOWN || known.length > (this.#marks[best] as string).length;
      if (isLonger && startsWithMark(said, known)) best = rank;
    });
    return best;
  }

  /** Highest rank a domain is cleared for, and its mark; undefined when nothing is said of it. */
  ceilingOf(domain: string): { readonly rank: number; readonly mark: string } | undefined {
    const name = normalizeDomain(domain);
    const found = this.#ceilings.find(([parent]) => isWithinDomain(name, parent));
    const rank = found?.[1] ?? this.#others;
    return rank === UNKNOWN ? undefined : { rank, mark: this.#marks[rank] as string };
  }
}

/** Nothing is configured. */
export const NO_LABEL_POLICY = new LabelPolicy({ labels: [], ceilings: {}, required: [] });

function spelled(mark: string): string {
  return mark.trim().replace(/\s+/g, ' ').toUpperCase();
}

function startsWithMark(said: string, mark: string): boolean {
  return (
    said === mark || (said.startsWith(mark) && !/[\p{L}\p{N}_]/u.test(said.charAt(mark.length)))
  );
}
