/** What every answer and every request must keep to, whatever it is about. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LimitValues } from '../core/index.ts';
import { ApiError, problemOf } from './problems.ts';

/** Nothing but our own files; no inline script, no other host (docs of the console: dashboards/NOTES.md). */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
  ...["font-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'"],
  "frame-ancestors 'none'",
].join('; ');

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

export interface GuardOptions {
  /** The address the server listens on, without brackets. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly limits: Pick<LimitValues, 'httpUrlChars'>;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

export function addGuards(app: FastifyInstance, options: GuardOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS);
    if ((request.raw.url ?? '').length > options.limits.httpUrlChars) {
      await refuse(reply, new ApiError(414, 'URL_TOO_LONG', 'The URL is too long'));
    } else if (!isHostAllowed(hostOf(request), options)) {
      await refuse(
        reply,
        new ApiError(
          421,
          'HOST_REFUSED',
          'This sensor does not answer to that host name',
          'Ask by its address, or add the name to http.allowed_hosts',
        ),
      );
    }
  });
}

/**
 * On a loopback address only loopback names are answered, and those a reverse proxy was said to use: a hostile web page
 * could otherwise reach the sensor through DNS rebinding. On another address the operator decided to be reachable, by
 * any name unless some are named.
 */
function isHostAllowed(name: string, { host, allowedHosts }: GuardOptions): boolean {
  if (isLoopback(name) || allowedHosts.includes(name)) return true;
  if (isLoopback(host)) return false;
  return allowedHosts.length === 0 || name === host;
}

function hostOf(request: FastifyRequest): string {
  return (request.headers.host ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}

export async function refuse(reply: FastifyReply, error: ApiError): Promise<void> {
  if (error.retryAfter !== undefined) void reply.header('retry-after', String(error.retryAfter));
  if (error.status === 401) void reply.header('www-authenticate', 'Bearer');
  await reply.code(error.status).type('application/json; charset=utf-8').send(problemOf(error));
}
