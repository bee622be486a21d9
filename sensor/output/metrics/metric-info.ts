/** What a metric is, and what it is made from. Labels take values from fixed sets only. */
import type { CounterName } from '../../core/index.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricInfo {
  /** Without the prefix. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
}

/** Labels -> the counter that has the value. */
export type CounterSamples = readonly (readonly [Readonly<Record<string, string>>, CounterName])[];

export function counter(name: string, help: string, ...labels: readonly string[]): MetricInfo {
  return { name, type: 'counter', help, labels };
}

export function gauge(name: string, help: string, ...labels: readonly string[]): MetricInfo {
  return { name, type: 'gauge', help, labels };
}
