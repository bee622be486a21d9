/** What StoreClient and its thread say to each other. */
import type { ErrorCode } from '../../core/index.ts';
import type { QuestionName } from './questions.ts';
import type { StoreDeskOptions } from './store-desk.ts';

export type ThreadData = StoreDeskOptions;

export type Asking =
  | {
      readonly serial: number;
      readonly name: QuestionName;
      readonly args: readonly unknown[];
    }
  | { readonly name: 'close' };

export type Answer =
  | { readonly serial: number; readonly isGood: true; readonly value: unknown }
  | {
      readonly serial: number;
      readonly isGood: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string;
    };
