/**
 * What went wrong, as an answer: one place that knows which error has which status. Never a stack, never text of the
 * request that is not JSON-encoded.
 */
import { OperatorError, type ErrorCode } from '../core/index.ts';
import type { Problem } from './contract.ts';

/** Codes that only the API has, and those of the sensor. */
export type ProblemCode =
  | ErrorCode
  | 'TOKEN_MISSING'
  | 'TOKEN_UNKNOWN'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_IN_URL'
  | 'ROLE_TOO_LOW'
  | 'HOST_REFUSED'
  | 'QUERY_INVALID'
  | 'BODY_INVALID'
  | 'NOT_FOUND'
  | 'METHOD_UNKNOWN'
  | 'TOO_LARGE'
  | 'URL_TOO_LONG'
  | 'NOT_JSON'
  | 'TOO_MANY'
  | 'TOO_SLOW'
  | 'INTERNAL';

/** An answer other than the one asked for. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly hint: string | undefined;
  /** Seconds after which asking again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: ProblemCode,
    message: string,
    hint?: string,
    retryAfter?: number,
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.retryAfter = retryAfter;
  }
}

export function notFound(what: string, hint?: string): ApiError {
  return new ApiError(404, 'NOT_FOUND', what, hint);
}

/** Status of the sensor's own errors; those left out are 500. */
const STATUS: Partial<Record<ErrorCode, readonly [status: number, retryAfter?: number]>> = {
  USAGE: [400],
  FILTER_INVALID: [400],
  CONFIG_INVALID: [422],
  RULES_INVALID: [422],
  DATASET_INVALID: [422],
  STORE_UNREADABLE: [503, 10],
  STORE_UNWRITABLE: [503, 10],
  STORE_LOCKED: [503, 2],
  STORE_BUSY: [503, 2],
  STORE_SLOW: [503, 2],
  STORE_NEWER: [503],
  RULES_UNWRITABLE: [503, 10],
  RULES_BUSY: [503, 5],
  RULES_SLOW: [422],
};

/** Any error as an answer. Ours keep their words; of others only the status class is told. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof OperatorError) {
    const [status, retryAfter] = STATUS[error.code] ?? [500];
    return new ApiError(status, error.code, error.message, error.hint, retryAfter);
  }
  return fromFastify(error) ?? new ApiError(500, 'INTERNAL', 'The sensor made a mistake', HINT_LOG);
}

const HINT_LOG = 'Its log says more; please report it';

export function problemOf({ code, message, hint }: ApiError): Problem {
  return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
}

/** What fastify refuses before a route sees it. */
function fromFastify(error: unknown): ApiError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ApiError(413, 'TOO_LARGE', 'The body is too large', 'Send less at once');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ApiError(415, 'NOT_JSON', 'The body is not JSON', 'Send application/json');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ApiError(400, 'BODY_INVALID', 'The body cannot be read as JSON');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new ApiError(400, 'QUERY_INVALID', 'The path cannot be read');
    case 'FST_ERR_HANDLER_TIMEOUT':
      return new ApiError(
        503,
        'TOO_SLOW',
        'The answer took too long',
        'Ask for a shorter time, or less at once',
        10,
      );
    default:
      // Broken JSON, and members that would change a prototype, come as plain syntax errors.
      return 'statusCode' in error && error.statusCode === 400
        ? new ApiError(400, 'BODY_INVALID', 'The body cannot be read as JSON')
        : undefined;
  }
}
