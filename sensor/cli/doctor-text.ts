/** Checks of `doctor` as a table that fits 80 columns: areas, then state, name, what was found, what to do. */
import { areaOf, type Check, type CheckState } from '../doctor/index.ts';
import { printable } from '../core/index.ts';
import { displayWidth } from './table.ts';

/** Colour of each state, as SGR codes; the word says the same. */
const STATES: Readonly<Record<CheckState, { readonly word: string; readonly colour: string }>> = {
  ok: { word: 'ok', colour: '32' },
  warn: { word: 'warn', colour: '33' },
  fail: { word: 'FAIL', colour: '31' },
  unknown: { word: 'unknown', colour: '36' },
};
const STATE_WIDTH = 7;
const NAME_WIDTH = 12;
const GAP = '  ';
const DEFAULT_COLUMNS = 80;
const LEAST_COLUMNS = 40;
const ARROW = '-> ';

/** `columns`: width of the terminal, 0 without one; then lines have 80. */
export function doctorText(
  checks: readonly Check[],
  { columns, hasColour }: { readonly columns: number; readonly hasColour: boolean },
): string {
  const width = Math.max(LEAST_COLUMNS, columns === 0 ? DEFAULT_COLUMNS : columns);
  const lines: string[] = [];
  let heading = '';
  for (const check of checks) {
    const area = headingOf(check);
    if (area !== heading) lines.push(...(heading === '' ? [] : ['']), area);
    heading = area;
    lines.push(...linesOf(check, width, hasColour));
  }
  return [...lines, '', summary(checks), ''].join('\n');
}

/** Of interfaces each has its own. */
function headingOf(check: Check): string {
  const area = areaOf(check);
  return area === 'interface' && check.subject !== ''
    ? `${area} ${printable(check.subject)}`
    : area;
}

function linesOf(check: Check, width: number, hasColour: boolean): string[] {
  const { word, colour } = STATES[check.state];
  const state = word.padEnd(STATE_WIDTH);
  const shown = hasColour ? `\u001b[${colour}m${state}\u001b[0m` : state;
  const name = check.id.slice(check.id.indexOf('.') + 1).padEnd(NAME_WIDTH);
  const indent = ' '.repeat(GAP.length + STATE_WIDTH + GAP.length + NAME_WIDTH + GAP.length);
  const room = width - indent.length;
  const [first = '', ...more] = wrapped(printable(check.found), room);
  const advice = check.advice === '' ? [] : wrapped(printable(check.advice), room - ARROW.length);
  return [
    `${GAP}${shown}${GAP}${name}${GAP}${first}`.trimEnd(),
    ...more.map((line) => `${indent}${line}`),
    ...advice.map((line, i) => `${indent}${i === 0 ? ARROW : ' '.repeat(ARROW.length)}${line}`),
  ];
}

/** Lines of at most `width` columns, broken at blanks; a word that is longer is broken where it must be. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (displayWidth(next) <= width) {
      line = next;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const char of word) {
      if (displayWidth(line + char) > width) {
        lines.push(line);
        line = '';
      }
      line += char;
    }
  }
  return [...lines, line];
}

/** `12 ok, 3 warnings, 1 failure, 2 unknown`. */
export function summary(checks: readonly Check[]): string {
  const count = (state: CheckState): number =>
    checks.filter((check) => check.state === state).length;
  const warnings = count('warn');
  const failures = count('fail');
  return [
    `${count('ok')} ok`,
    `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
    `${failures} ${failures === 1 ? 'failure' : 'failures'}`,
    `${count('unknown')} unknown`,
  ].join(', ');
}
