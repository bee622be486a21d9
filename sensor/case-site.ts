/** The organisation that rule cases are told of: who is inside, and its policy for security labels (XEP-0258). */
import type { LabelPolicyOptions } from './correlation/index.ts';

export const CASE_DOMAIN = 'corp.example';

export const CASE_LABELS: LabelPolicyOptions = {
  labels: ['OPEN', 'SITE', 'PROJECT', 'BOARD'],
  ceilings: { '*': 'OPEN', 'partner.example': 'SITE', [CASE_DOMAIN]: 'PROJECT' },
  required: ['labelled.example'],
};

/** The same as settings (`--set`), for captures made of cases. */
export const CASE_SETTINGS: readonly string[] = [
  `dlp.internal_domains=${JSON.stringify([CASE_DOMAIN])}`,
  `dlp.labels=${JSON.stringify(CASE_LABELS.labels)}`,
  `dlp.label_ceilings=${JSON.stringify(CASE_LABELS.ceilings)}`,
  `dlp.label_required=${JSON.stringify(CASE_LABELS.required)}`,
];
