/**
 * Operator mistakes. Every one has a stable code, says what to do, and decides the exit status
 * (INTERFACE.md section 2). Traffic never raises these; traffic raises events.
 */

/** Exit statuses of the command line. */
export const EXIT = { ok: 0, usage: 1, input: 2, sink: 3, interrupted: 130 } as const;

/** code -> exit status; the table is the list of codes. */
export const ERROR_CODES = {
  USAGE: EXIT.usage,
  CONFIG_UNREADABLE: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  RULES_INVALID: EXIT.usage,
  DATASET_INVALID: EXIT.usage,
  INTERFACE_UNKNOWN: EXIT.usage,
  INTERFACE_DENIED: EXIT.usage,
  FILTER_INVALID: EXIT.usage,
  USER_UNKNOWN: EXIT.usage,
  RIGHTS_REFUSED: EXIT.usage,
  ADDRESS_IN_USE: EXIT.usage,
  NATIVE_MISSING: EXIT.usage,
  INPUT_UNREADABLE: EXIT.input,
  INPUT_NOT_CAPTURE: EXIT.input,
  STORE_UNREADABLE: EXIT.sink,
  STORE_UNWRITABLE: EXIT.sink,
  STORE_LOCKED: EXIT.sink,
  STORE_NEWER: EXIT.sink,
  STORE_BUSY: EXIT.sink,
  STORE_SLOW: EXIT.sink,
  EVE_UNWRITABLE: EXIT.sink,
  RULES_UNWRITABLE: EXIT.sink,
  RULES_BUSY: EXIT.sink,
  RULES_SLOW: EXIT.sink,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error the operator can act on: `message` names the action and the value, `hint` the fix. */
export class OperatorError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OperatorError';
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code];
  }
}

/** The text of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
