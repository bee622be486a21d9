/** `classification.config` and `reference.config`, in Suricata's formats. */
import type { Place, ProblemList } from './problems.ts';

export interface Classtype {
  /** Long text, EVE's alert.category. */
  readonly text: string;
  /** 1 (critical) to 4 (info). */
  readonly severity: number;
}

export const MIN_SEVERITY = 1;
export const MAX_SEVERITY = 4;

/** Longer lines are cut, and so refused: no sensible line comes near it. */
const MAX_LINE_CHARS = 1024;

/** Lines of a configuration file that are neither empty nor comments. */
function* configLines(text: string): Generator<{ text: string; line: number }> {
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    const trimmed = raw.slice(0, MAX_LINE_CHARS).trim();
    if (trimmed !== '' && !trimmed.startsWith('#')) yield { text: trimmed, line };
  }
}

/** Read `config classification: name,Long text,priority` lines into `into`. */
export function readClassification(
  file: string,
  text: string,
  into: Map<string, Classtype>,
  problems: ProblemList,
): void {
  for (const { text: lineText, line } of configLines(text)) {
    const place: Place = { file, line, column: 1 };
    const match = /^config\s+classification:\s*([\w-]+)\s*,\s*([^,]+?)\s*,\s*(\d{1,3})$/.exec(
      lineText,
    );
    const [, name = '', category = '', priority = ''] = match ?? [];
    if (match === null) {
      problems.add(
        'error',
        place,
        'Not a classification line',
        'write: config classification: short-name,Long text,2',
      );
      continue;
    }
    const value = Number(priority);
    const severity = Math.min(MAX_SEVERITY, Math.max(MIN_SEVERITY, value));
    if (severity !== value) {
      problems.add('warning', place, `Priority ${value} of ${name} is taken as ${severity}`);
    }
    if (into.has(name)) problems.add('warning', place, `Classtype ${name} is defined twice`);
    else into.set(name, { text: category, severity });
  }
}

/** Read `config reference: type prefix` lines into `into` (types in lower case). */
export function readReferences(
  file: string,
  text: string,
  into: Map<string, string>,
  problems: ProblemList,
): void {
  for (const { text: lineText, line } of configLines(text)) {
    const match = /^config\s+reference:\s*([\w.-]+)\s+(\S+)$/.exec(lineText);
    const [, name = '', prefix = ''] = match ?? [];
    if (match === null) {
      const hint = 'write: config reference: cve https://www.cve.org/CVERecord?id=CVE-';
      problems.add('error', { file, line, column: 1 }, 'Not a reference line', hint);
    } else into.set(name.toLowerCase(), prefix);
  }
}
