/** What the rules thread is asked, and what it answers: plain data both ways. */
import type { RuleDetail, RuleRow, TryAnswer, TryRequest } from '../api/index.ts';
import type { TuningSources } from '../rules/index.ts';

/** A row without what the store and the tuned files say. */
export type LoadedRow = Omit<RuleRow, 'alerts' | 'lastUsec' | 'isTuned'>;
export type LoadedDetail = Omit<RuleDetail, keyof RuleRow | 'topSources' | 'tuning'> & LoadedRow;

export interface LoadedRows {
  readonly items: readonly LoadedRow[];
  readonly loaded: number;
  readonly failed: number;
  /** Errors of the load, as file:line:column texts. */
  readonly problems: readonly string[];
}

/** What became of the rules with other tuned files. */
export interface CandidateReport {
  /** Why they cannot be put in force. */
  readonly problems: readonly string[];
  /** The rule asked about: as it is now, and as it would be. */
  readonly before: 'enabled' | 'disabled' | 'unknown';
  readonly after: 'enabled' | 'disabled' | 'unknown';
  /** A number that may have been meant. */
  readonly guess: string | undefined;
}

export interface RuleId {
  readonly gid: number;
  readonly sid: number;
}

/** By kind: what is asked, and the answer. */
export interface RulesQuestions {
  rows: { readonly ask: object; readonly answer: LoadedRows };
  detail: { readonly ask: RuleId; readonly answer: LoadedDetail | undefined };
  /** Of several rules; those about which there is an error to be told are left out. */
  details: { readonly ask: readonly RuleId[]; readonly answer: readonly LoadedDetail[] };
  /** Everything a try needs is loaded and compiled: a try's own time begins behind it. */
  ready: { readonly ask: object; readonly answer: null };
  try: { readonly ask: { readonly request: TryRequest }; readonly answer: TryAnswer };
  check: {
    readonly ask: RuleId & { readonly tuning: TuningSources };
    readonly answer: CandidateReport;
  };
}

export type RulesKind = keyof RulesQuestions;

/** `version`: of the rules the answer must be about; when it differs from that of the last question they are loaded anew. */
export interface RulesAsking<Kind extends RulesKind = RulesKind> {
  readonly kind: Kind;
  readonly version: string;
  readonly ask: RulesQuestions[Kind]['ask'];
}
