/** Who asks: the bearer token of a request, and whether its role is enough. */
import type { FastifyRequest } from 'fastify';
import { nearest, wallClockUsec } from '../core/index.ts';
import type { Role } from './contract.ts';
import { ApiError } from './problems.ts';
import type { RefusalReason, Refusals } from './refusals.ts';
import {
  TOKEN_ANYWHERE,
  hasExpired,
  includesRole,
  type TokenEntry,
  type TokenSource,
} from './tokens.ts';

const SECRET_NAMES = /[?&](access_?token|token|auth|authorization|bearer|api_?key)=/i;
const HINT =
  'Send it as header: Authorization: Bearer TOKEN; stanzawatch token create makes one, and a first start without any leaves one in data_dir/admin.token';

export class Gate {
  readonly #tokens: TokenSource;
  readonly #refusals: Refusals;

  constructor(tokens: TokenSource, refusals: Refusals) {
    this.#tokens = tokens;
    this.#refusals = refusals;
  }

  /** The token of a request that may do what needs `role`. Throws ApiError 400, 401, 403 or 429. */
  check(request: FastifyRequest, role: Role): TokenEntry {
    const refuse = (reason: RefusalReason, error: ApiError): ApiError => {
      this.#refusals.add(reason, request.ip);
      return error;
    };
    if (holdsToken(request.raw.url ?? '')) {
      throw refuse(
        'url',
        new ApiError(
          400,
          'TOKEN_IN_URL',
          'A token does not belong into a URL: it stays in histories and logs. Replace this one',
          'stanzawatch token revoke NAME, then create another and send it in the header',
        ),
      );
    }
    const { authorization } = request.headers;
    if (authorization === undefined) {
      throw refuse('missing', new ApiError(401, 'TOKEN_MISSING', 'A token is needed', HINT));
    }
    const entry = this.#tokens.find(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
    if (entry === undefined) {
      throw refuse('unknown', new ApiError(401, 'TOKEN_UNKNOWN', 'This token is not known', HINT));
    }
    if (hasExpired(entry, wallClockUsec())) {
      throw refuse(
        'expired',
        new ApiError(
          401,
          'TOKEN_EXPIRED',
          `The token ${entry.name} has expired`,
          'Ask for another: stanzawatch token create',
        ),
      );
    }
    if (!includesRole(entry.role, role)) {
      throw refuse(
        'role',
        new ApiError(
          403,
          'ROLE_TOO_LOW',
          `This needs the role ${role}; the token ${entry.name} has ${entry.role}`,
          `Ask for a token of that role: stanzawatch token create --role ${role}`,
        ),
      );
    }
    return entry;
  }

  /** Is it still in force? For answers that go on for long. */
  isValid(entry: TokenEntry): boolean {
    return this.#tokens.has(entry) && !hasExpired(entry, wallClockUsec());
  }
}

function holdsToken(url: string): boolean {
  return SECRET_NAMES.test(url) || TOKEN_ANYWHERE.test(url);
}

/** `Did you mean` for names that are not known. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const guess = nearest(word, known);
  return guess === undefined ? undefined : `Did you mean ${guess}?`;
}
