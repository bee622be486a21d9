/** What is asked of a process of its own (probe.ts): what may crash, hang, or take long. */
import type { SensorConfig } from '../config/index.ts';
import type { LibhsCheck } from '../detect/index.ts';
import type { StoreExamination, StoreLeftAlone } from '../output/index.ts';
import type { RuleFacts } from './rules.ts';

/** What a loaded rule set says, with the files of compiled rules. */
export interface RuleReport {
  readonly set: Extract<RuleFacts['set'], { loaded: number }>;
  readonly cache: RuleFacts['cache'];
}

/** Question -> what is given with it, and what comes back. */
export interface Questions {
  readonly libhs: { readonly input: undefined; readonly answer: LibhsCheck };
  readonly libpcap: { readonly input: undefined; readonly answer: string };
  readonly sqlite: { readonly input: undefined; readonly answer: string };
  readonly store: { readonly input: string; readonly answer: StoreExamination | StoreLeftAlone };
  readonly integrity: {
    readonly input: string;
    readonly answer: { readonly problem: string } | StoreLeftAlone;
  };
  readonly rules: { readonly input: SensorConfig; readonly answer: RuleReport };
}

export type Question = keyof Questions;

/** To the process. */
export type Asked = {
  [Q in Question]: { readonly ask: Q; readonly input: Questions[Q]['input'] };
}[Question];

/** Back from it; `hint` where the error knows what to do. */
export type Told =
  /** From now on it works on the answer. */
  | { readonly isLoaded: true }
  | { readonly answer: unknown }
  | { readonly problem: string; readonly hint: string | undefined };
