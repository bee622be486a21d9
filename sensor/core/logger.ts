/**
 * Log lines for operators, on standard error. Text from traffic never goes here (style.md
 * section 3.1); what does come from outside (file names, error texts) is stripped of control
 * characters so that it cannot drive a terminal.
 */

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

let threshold: LogLevel = 'info';
let write = (line: string): void => {
  process.stderr.write(line);
};

export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

/** Send log lines elsewhere (tests). */
export function setLogWriter(writer: (line: string) => void): void {
  write = writer;
}

export function log(level: LogLevel, room: string, message: string): void {
  if (ORDER.indexOf(level) > ORDER.indexOf(threshold)) return;
  write(`${level}: ${room}: ${printable(message)}\n`);
}

/**
 * What a terminal would obey or not show: C0, DEL and C1 controls, format characters (bidi, zero width, tags), line
 * and paragraph separators, letters that look like nothing (fillers, the empty Braille pattern).
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u115f\u1160\u2800\u3164\uffa0]|\p{Cf}|\p{Zl}|\p{Zp}/gu;
/** Most text is ASCII, and that is told much faster than Unicode's categories. */
const BEYOND_ASCII = /[^ -~]/;

/**
 * Text that is safe on a terminal, and that shows all there is: what is in UNPRINTABLE becomes a visible escape.
 * Newlines and tabs are kept only when `multiline` is set.
 */
export function printable(text: string, multiline = false): string {
  if (!BEYOND_ASCII.test(text)) return text;
  return text.replace(UNPRINTABLE, (char) => {
    if (multiline && (char === '\n' || char === '\t')) return char;
    const code = (char.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
}
