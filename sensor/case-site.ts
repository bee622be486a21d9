/** The organisation that rule cases are told of: who is inside, and its policy for security labels (XEP-0258). */
import { loadConfig } from './config/index.ts';
import {
  defaultLimits,
  thresholdValues,
  type LimitValues,
  type ThresholdValues,
} from './core/index.ts';
import { LabelPolicy, Site, type LabelPolicyOptions } from './correlation/index.ts';

export const CASE_DOMAIN = 'corp.example';

const CASE_LABELS: LabelPolicyOptions = {
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

const { internal_networks, no_chat_networks } = loadConfig({
  file: undefined,
  overrides: [],
}).detection;

/** The organisation conversations are played in. */
export interface CaseWorld {
  readonly site: Site;
  readonly labelPolicy: LabelPolicy;
  readonly thresholds: ThresholdValues;
  readonly limits: LimitValues;
  /** Settings of `detection`. */
  readonly botAllow: readonly string[];
  readonly redirectAllow: readonly string[];
  /** Is what needs memory detected? */
  readonly isStateful: boolean;
}

/** That of the cases that come with rules: what a site configures is not what they are about. */
export const CASE_WORLD: CaseWorld = {
  site: new Site(internal_networks, no_chat_networks, [CASE_DOMAIN]),
  labelPolicy: new LabelPolicy(CASE_LABELS),
  thresholds: thresholdValues(),
  limits: defaultLimits(),
  botAllow: [],
  redirectAllow: [],
  isStateful: true,
};
