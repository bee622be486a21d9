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
 * Text that is safe on a terminal: C0, C1, DEL and bidi controls become visible escapes.
 * Newlines and tabs are kept only when `multiline` is set.
 */
export function printable(text: string, multiline = false): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (char) => {
      if (multiline && (char === '\n' || char === '\t')) return char;
      return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
    },
  );
}
