/**
 * HTTP of a running sensor: status page, Prometheus text, liveness and readiness. Loopback by default; on
 * loopback only loopback Host headers are answered, so that a web page cannot reach it by DNS rebinding.
 */
import fastify, { type FastifyInstance } from 'fastify';
import { OperatorError, errorText } from '../core/index.ts';
import { STATUS_CSS, renderStatusPage } from './status-page.ts';
import type { StatusSource } from './types.ts';

export interface HttpServer {
  /** Address as a URL, for the operator. */
  readonly url: string;
  close(): Promise<void>;
}

/** Everything is forbidden but our own style sheet. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Starts listening on HOST:PORT (IPv6 hosts in brackets). Throws OperatorError ADDRESS_IN_USE. */
export async function startHttp(listen: string, source: StatusSource): Promise<HttpServer> {
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(listen.slice(colon + 1));
  const app = fastify({ logger: false, bodyLimit: 1024, requestTimeout: 10_000 });
  addGuards(app, isLoopback(host));
  addRoutes(app, source);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new OperatorError(
      'ADDRESS_IN_USE',
      `Cannot listen on ${listen}: ${errorText(error)}`,
      'Choose another address with --metrics HOST:PORT or http.listen',
      { cause: error },
    );
  }
  const address = app.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    close: () => app.close(),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function addGuards(app: FastifyInstance, loopbackOnly: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    const name = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
    if (loopbackOnly && !isLoopback(name)) {
      await reply
        .code(421)
        .type('text/plain')
        .send('This sensor answers on its loopback address only\n');
    }
  });
}

function addRoutes(app: FastifyInstance, source: StatusSource): void {
  app.get('/', async (_request, reply) => {
    await reply.type('text/html; charset=utf-8').send(renderStatusPage(source.status()));
  });
  app.get('/status.css', async (_request, reply) => {
    await reply.type('text/css; charset=utf-8').send(STATUS_CSS);
  });
  app.get('/metrics', async (_request, reply) => {
    await reply.type('text/plain; version=0.0.4; charset=utf-8').send(await source.metricsText());
  });
  app.get('/healthz', async (_request, reply) => {
    await reply.send({ status: 'alive' });
  });
  app.get('/readyz', async (_request, reply) => {
    const { readiness } = source.status();
    const isReady = readiness.every((check) => check.isOk);
    await reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? 'ready' : 'not ready', checks: readiness });
  });
}
