/**
 * Kinds of EVE lines (INTERFACE.md section 3): what the configuration `output.eve.types` may name and output/ writes.
 * Here because config/ and output/ must mean the same by them, and neither knows the other.
 */
export const EVE_TYPES = [
  'alert',
  'alert_update',
  'campaign',
  'anomaly',
  'xmpp',
  'fileinfo',
  'flow',
  'stats',
] as const;

export type EveType = (typeof EVE_TYPES)[number];
