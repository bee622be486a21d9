import type { JSX } from 'preact';
import type { TriageStatus } from '../../../../../sensor/core/rows.ts';

const KINDS: Readonly<Record<TriageStatus, string>> = {
  new: 'accent',
  acknowledged: 'good',
  escalated: 'bad',
  closed: '',
};

export function StatusTag({ status }: { readonly status: TriageStatus }): JSX.Element {
  return <span class={`tag ${KINDS[status]}`}>{status}</span>;
}
