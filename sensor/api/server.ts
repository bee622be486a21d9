/**
 * HTTP of the sensor: console, API, Prometheus text, liveness and readiness. Loopback by default. Everything that is
 * told about traffic needs a token; what is open (console files, probes, metrics) holds nothing from traffic.
 */
import { fileURLToPath } from 'node:url';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { OperatorError, errorText, log, type LimitValues } from '../core/index.ts';
import { Gate, didYouMean } from './auth.ts';
import { boundAddresses } from './connection-bound.ts';
import { EventHub } from './event-hub.ts';
import { addGuards, isLoopback, refuse } from './guards.ts';
import { addOtherMethods, hasHead } from './methods.ts';
import { PREFIX, addOpenApi, describe, schemaOf } from './openapi.ts';
import { ApiError, asApiError, notFound } from './problems.ts';
import { Refusals } from './refusals.ts';
import type { ApiContext, Ask, Route } from './route.ts';
import { ROUTES } from './routes/index.ts';
import type { ApiCounts, ApiServices } from './services.ts';
import { addConsole } from './console-files.ts';
import type { TokenEntry, TokenSource } from './tokens.ts';
import type { Readiness } from './types.ts';
import { asQueryProblem } from './validation.ts';

export interface HttpServer {
  /** Address as a URL, for the operator. */
  readonly url: string;
  close(): Promise<void>;
}

export interface HttpOptions {
  /** HOST:PORT, IPv6 hosts in brackets; port 0 takes a free one. */
  readonly listen: string;
  /** Names a reverse proxy asks with. */
  readonly allowedHosts: readonly string[];
  readonly limits: HttpLimits;
  readonly about: ApiContext['about'];
  readonly services: ApiServices;
  readonly tokens: TokenSource;
  /** Is the sensor doing its work? Answers of /readyz. */
  readonly readiness: () => Promise<readonly Readiness[]>;
  /** Folder of the built console; beside the program unless told. */
  readonly consoleFolder?: string;
}

export type HttpLimits = Pick<LimitValues, Extract<keyof LimitValues, `http${string}`>>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined until the gate let the request in. */
    token: TokenEntry | undefined;
  }
}

const CONSOLE_FOLDER = fileURLToPath(new URL('../../console', import.meta.url));
const MINUTE_MS = 60_000;
/** How long a request may take to arrive. */
const ARRIVAL_MS = 15_000;
/** And its head, or the first word of a connection; looked after so often. */
const HEAD_MS = 10_000;
const CHECK_MS = 5000;
/** Longer than proxies keep a connection they do not use (a minute): who would ask closes it, never we under a request. */
const IDLE_MS = 75_000;
/** Packets over a slow line, rules that load for long: their services have limits of their own. */
const HEAVY_MS = 600_000;

/** Starts listening. Throws OperatorError ADDRESS_IN_USE. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { listen } = options;
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const app = await buildServer(options, host);
  try {
    await app.listen({ host, port: Number(listen.slice(colon + 1)) });
  } catch (error) {
    await app.close();
    throw new OperatorError(
      'ADDRESS_IN_USE',
      `Cannot listen on ${listen}: ${errorText(error)}`,
      'Choose another address with --metrics HOST:PORT or http.listen',
      { cause: error },
    );
  }
  if (!isLoopback(host)) {
    log('warn', 'api', `tokens go over ${listen} in clear: put a TLS proxy in front of it`);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => app.close(),
  };
}

/** The server before it listens; tests ask it by `inject`. */
export async function buildServer(options: HttpOptions, host: string): Promise<FastifyInstance> {
  const { limits, services, allowedHosts, about } = options;
  const app = fastify({
    logger: false,
    bodyLimit: limits.httpBodyBytes,
    requestTimeout: ARRIVAL_MS,
    http: { headersTimeout: HEAD_MS, connectionsCheckingInterval: CHECK_MS },
    keepAliveTimeout: IDLE_MS,
    handlerTimeout: limits.httpRequestSeconds * 1000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 128 },
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: true,
        allErrors: false,
        verbose: true,
      },
    },
    schemaErrorFormatter: (errors, dataVar) => asQueryProblem(errors, dataVar),
  });
  app.server.maxConnections = limits.httpConnections;
  boundAddresses(app.server, limits.httpConnectionsPerAddress);
  app.removeContentTypeParser('text/plain');
  // Answers are built by us: they are written as they are, and tests hold them to their schemas.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.decorateRequest('token', undefined);
  addGuards(app, { host, allowedHosts, limits });
  addErrors(app);
  const refusals = new Refusals(limits.httpFailuresPerMinute, services.store);
  const events = new EventHub(limits, services.sensor, services.store);
  app.addHook('preClose', () => {
    events.close();
  });
  app.addHook('onClose', () => refusals.close());
  await addOpenApi(app, about.version);
  const gate = new Gate(options.tokens, refusals);
  const context: ApiContext = {
    ...{ services, events, about },
    isValid: (token) => gate.isValid(token),
    openapi: () => describe(app),
  };
  await app.register(rateLimit, { global: false });
  await app.register(
    (api) => {
      const rates = ratesOf(api, limits);
      for (const route of ROUTES) addRoute(api, route, context, { gate, rates, limits });
      addOtherMethods(api, ROUTES);
      return Promise.resolve();
    },
    { prefix: PREFIX },
  );
  addProbes(app, options, () => ({ refused: refusals.totals, eventReaders: events.readers }));
  addConsole(app, options.consoleFolder ?? CONSOLE_FOLDER);
  await app.ready();
  return app;
}

function addErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error, _request, reply) => {
    const answer = asApiError(error);
    if (answer.status === 500) {
      log('error', 'api', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    await refuse(reply, answer);
  });
  app.setNotFoundHandler(async (request, reply) => {
    await refuse(reply, unknownPath(request));
  });
}

/** What stands before a route. */
interface Doors {
  readonly gate: Gate;
  readonly rates: Rates;
  readonly limits: HttpLimits;
}

function addRoute(
  app: FastifyInstance,
  route: Route,
  context: ApiContext,
  { gate, rates, limits }: Doors,
): void {
  app.route({
    method: route.method,
    url: route.path,
    schema: schemaOf(route),
    exposeHeadRoute: hasHead(route),
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: limits[route.bodyLimit] }),
    ...(route.cost === 'heavy' ? { handlerTimeout: HEAVY_MS } : {}),
    onRequest: async (request) => {
      request.token = gate.check(request, route.role);
      const rate = await rates[route.cost ?? 'read'](request);
      if (!rate.isAllowed && rate.isExceeded) throw tooOften(rate.ttlInSeconds);
    },
    handler: async (request, reply) => {
      const { params, query, body, token } = request;
      const ask = { ...context, params, query, body, token, reply } as Ask<never, never, never>;
      return await route.handle(ask);
    },
  });
}

type Rates = Readonly<Record<'read' | NonNullable<Route['cost']>, RateLimit>>;
type RateLimit = ReturnType<FastifyInstance['createRateLimit']>;

/** By token, for all paths of the same cost together. */
function ratesOf(app: FastifyInstance, limits: HttpLimits): Rates {
  const rate = (max: number): RateLimit =>
    app.createRateLimit({
      ...{ max, timeWindow: MINUTE_MS },
      keyGenerator: (request: FastifyRequest) => request.token?.name ?? request.ip,
    });
  return {
    read: rate(limits.httpRequestsPerMinute),
    write: rate(limits.httpWritesPerMinute),
    heavy: rate(limits.httpHeavyPerMinute),
  };
}

function tooOften(seconds: number): ApiError {
  return new ApiError(
    429,
    'TOO_MANY',
    'Too many requests with this token',
    'Ask less often',
    Math.max(1, seconds),
  );
}

/** What is not there: which path was meant, where that can be told. */
function unknownPath(request: FastifyRequest): ApiError {
  const [path = ''] = (request.raw.url ?? '').split('?');
  if (path.startsWith('/api/')) {
    const known = ROUTES.map((route) => `${PREFIX}${route.path}`);
    return notFound('The API has no such path or method', didYouMean(path, known));
  }
  if (request.method === 'GET' || request.method === 'HEAD')
    return notFound('There is no such page', 'The console begins at /inbox');
  return new ApiError(405, 'METHOD_UNKNOWN', 'This path is only read');
}

function addProbes(
  app: FastifyInstance,
  { services, readiness }: HttpOptions,
  counts: () => ApiCounts,
): void {
  const hidden = { schema: { hide: true }, exposeHeadRoute: true };
  app.get('/metrics', hidden, async (_request, reply) => {
    const text = await services.sensor.metricsText(counts());
    await reply.type('text/plain; version=0.0.4; charset=utf-8').send(text);
  });
  app.get('/healthz', hidden, async (_request, reply) => {
    await reply.send({ status: 'alive' });
  });
  app.get('/readyz', hidden, async (_request, reply) => {
    const checks = await readiness();
    const isReady = checks.every((check) => check.isOk);
    await reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', checks });
  });
}
