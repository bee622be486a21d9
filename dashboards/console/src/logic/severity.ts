/** Severities as the command line names them: 1 critical to 4 info. */
export const SEVERITIES = ['critical', 'high', 'medium', 'info'] as const;

export type SeverityName = (typeof SEVERITIES)[number];

/** The word for 1 to 4; anything else is shown as the mildest. */
export function severityName(severity: number): SeverityName {
  return SEVERITIES[severity - 1] ?? 'info';
}

/** 1 to 4 for a word or digit; undefined for anything else. */
export function severityNumber(word: string): number | undefined {
  const index = (SEVERITIES as readonly string[]).indexOf(word.toLowerCase());
  if (index >= 0) return index + 1;
  return /^[1-4]$/.test(word) ? Number(word) : undefined;
}
