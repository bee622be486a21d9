/** What a path of the API is: data, so that server, OpenAPI and tests go by one table. */
import type { FastifyReply } from 'fastify';
import type { ApiServices } from './services.ts';
import type { EventHub } from './event-hub.ts';
import type { Me, Role } from './contract.ts';
import type { Schema } from './schemas/schema.ts';
import type { TokenEntry } from './tokens.ts';

/** What every route may use. */
export interface ApiContext {
  readonly services: ApiServices;
  readonly events: EventHub;
  readonly about: Pick<Me, 'sensor' | 'version' | 'isLive'>;
  /** Is the token still in force? For answers that go on for long. */
  readonly isValid: (token: TokenEntry) => boolean;
  /** All routes as OpenAPI. */
  readonly openapi: () => unknown;
}

/** One request, after its token, role, rate and shape were checked. */
export interface Ask<Params, Query, Body> extends ApiContext {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly token: TokenEntry;
  /** For answers that are no JSON. */
  readonly reply: FastifyReply;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Behind /api/v1. */
  readonly path: string;
  readonly role: Role;
  readonly summary: string;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  readonly bodyExample?: unknown;
  /** Limit of the body; http.body_bytes unless told. */
  readonly bodyLimit?: 'httpTryBytes';
  /** What it costs: which rate limit it falls under. */
  readonly cost?: 'write' | 'heavy';
  /** Schema of a JSON answer, or the media type of another. */
  readonly answer: Schema | string;
  readonly example?: unknown;
  handle(ask: Ask<never, never, never>): Promise<unknown>;
}

/** Types of what a request brings; parts that are left out are not looked at. */
interface RouteShape {
  readonly Params?: unknown;
  readonly Query?: unknown;
  readonly Body?: unknown;
}

type Part<Shape, Name extends keyof RouteShape> = Name extends keyof Shape ? Shape[Name] : unknown;

/** A route whose handler knows the types its schemas check. */
export function route<Shape extends RouteShape = object>(
  definition: Omit<Route, 'handle'> & {
    readonly handle: (
      ask: Ask<Part<Shape, 'Params'>, Part<Shape, 'Query'>, Part<Shape, 'Body'>>,
    ) => Promise<unknown>;
  },
): Route {
  return definition;
}
