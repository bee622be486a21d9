/** The routes as OpenAPI 3.1: schemas by name, the role each path needs, an example of each body and answer. */
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { Route } from './route.ts';
import { ROUTES } from './routes/index.ts';
import * as answers from './schemas/answers.ts';
import { NAMED } from './schemas/answers.ts';

export const PREFIX = '/api/v1';

interface Operation {
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, { content?: Record<string, { example?: unknown }> }>;
  [name: string]: unknown;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** Call before the routes are added. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  for (const { schema } of NAMED) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Stanzawatch',
        version,
        description:
          'Alerts, sessions, files and rules of a sensor for plaintext XMPP. Every string may come from traffic: it is data, never markup.',
      },
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      },
      security: [{ token: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, i) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${i}`,
    },
  });
}

/** What fastify is told of a route; answers are not checked while the sensor runs, tests do that. */
export function schemaOf(route: Route): FastifySchema {
  const { params, query, body, answer, summary } = route;
  const isJson = typeof answer !== 'string';
  return {
    summary,
    operationId: operationId(route),
    tags: [route.path.split('/')[1] ?? ''],
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response: {
      200: {
        description: summary,
        content: isJson
          ? { 'application/json': { schema: answer } }
          : { [answer]: { schema: textOrBytes(answer) } },
      },
      default: {
        description: 'What went wrong, and what to do',
        content: { 'application/json': { schema: answers.problem.ref } },
      },
    },
  };
}

function textOrBytes(type: string): object {
  return type.startsWith('text/') ? { type: 'string' } : { type: 'string', format: 'binary' };
}

function operationId({ method, path }: Route): string {
  return `${method.toLowerCase()}${path.replace(/[^A-Za-z]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`;
}

/** The document, once the server is ready: with what schemas do not say. */
export function describe(app: FastifyInstance): unknown {
  const document = structuredClone(app.swagger()) as unknown as Document;
  for (const { method, path, role, example, bodyExample } of ROUTES) {
    const url = `${PREFIX}${path.replace(/:(\w+)/g, '{$1}')}`;
    const operation = document.paths[url]?.[method.toLowerCase()];
    if (operation === undefined) continue;
    operation['x-role'] = role;
    setExample(operation.requestBody?.content, bodyExample);
    setExample(operation.responses['200']?.content, example);
  }
  return document;
}

function setExample(
  content: Record<string, { example?: unknown }> | undefined,
  example: unknown,
): void {
  const json = content?.['application/json'];
  // As it goes over the wire: members without a value are left out.
  if (json !== undefined && example !== undefined) {
    json.example = JSON.parse(JSON.stringify(example)) as unknown;
  }
}
