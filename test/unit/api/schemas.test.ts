import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROUTES } from '../../../sensor/api/index.ts';
import { NAMED } from '../../../sensor/api/schemas/answers.ts';
import { expectGolden } from '../../support/golden.ts';
import { bearer, openLab, pathOf, type Lab } from './api-lab.ts';

type Check = ((value: unknown) => boolean) & { readonly errors?: unknown };

// The validator that comes with fastify, in the dialect of OpenAPI 3.1.
const require = createRequire(createRequire(import.meta.url).resolve('@fastify/ajv-compiler'));
const { default: Ajv2020 } = require('ajv/dist/2020') as {
  default: new (options: object) => { compile(schema: object): Check; addSchema(s: object): void };
};
const ajv = new Ajv2020({ strict: false, allErrors: true });
for (const { schema } of NAMED) ajv.addSchema(schema);

interface Operation {
  readonly summary?: string;
  readonly 'x-role'?: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly example?: unknown }> };
  readonly responses: Record<
    string,
    { readonly content: Record<string, { readonly schema?: object; readonly example?: unknown }> }
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

let lab: Lab;
let document: Document;

before(async () => {
  lab = await openLab();
  const answer = await lab.app.inject({
    url: '/api/v1/openapi.json',
    headers: bearer(lab.tokens.viewer),
  });
  assert.equal(answer.statusCode, 200);
  document = answer.json();
});
after(() => lab.app.close());

describe('openapi.json', () => {
  it('stands as it was agreed', () => {
    expectGolden('openapi.json', `${JSON.stringify(document, null, 2)}\n`);
  });

  it('tells role, schemas and examples of every route', () => {
    assert.equal(document.openapi, '3.1.0');
    for (const route of ROUTES) {
      const url = `/api/v1${route.path.replace(/:(\w+)/g, '{$1}')}`;
      const operation = document.paths[url]?.[route.method.toLowerCase()];
      assert.ok(operation !== undefined, `${route.method} ${url}`);
      assert.equal(operation['x-role'], route.role);
      assert.ok((operation.summary ?? '').length > 5);
      const content = operation.responses['200']?.content ?? {};
      const [[type, { schema, example }] = ['', { schema: undefined, example: undefined }]] =
        Object.entries(content);
      assert.ok(schema !== undefined, url);
      if (type === 'application/json') assert.ok(example !== undefined, url);
      assert.ok(operation.responses['default'] !== undefined);
      if (route.body !== undefined) {
        const [body] = Object.values(operation.requestBody?.content ?? {});
        assert.ok(body?.example !== undefined, url);
      }
      for (const name of Object.keys(route.query?.['properties'] ?? {})) {
        assert.ok(
          operation.parameters?.some((parameter) => parameter.name === name),
          `${url}: ${name}`,
        );
      }
    }
    assert.deepEqual(
      Object.keys(document.components.schemas).sort(),
      NAMED.map(({ $id }) => $id).sort(),
    );
  });

  it('has every path the contract names', () => {
    const contract = readFileSync(join(process.cwd(), 'sensor', 'api', 'contract.ts'), 'utf8');
    const named = [...contract.matchAll(/(GET|POST|DELETE) (\/[a-z/]+(?::id|:sid)?[a-z/]*)/g)].map(
      ([, method = '', path = '']) => `${method} ${path.replace(/\/$/, '')}`,
    );
    assert.ok(named.length >= 12, named.join('\n'));
    const known = new Set(ROUTES.map(({ method, path }) => `${method} ${path}`));
    assert.deepEqual(
      named.filter((path) => !known.has(path)),
      [],
    );
  });
});

describe('answers', () => {
  it('and examples are as their schemas say', async () => {
    for (const route of ROUTES) {
      if (typeof route.answer === 'string') continue;
      const check = ajv.compile(route.answer);
      const answer = await lab.app.inject({
        method: route.method,
        url: pathOf(route.path),
        headers: bearer(lab.tokens.admin),
        ...(route.bodyExample === undefined ? {} : { payload: route.bodyExample as object }),
      });
      assert.equal(answer.statusCode, 200, `${route.path}: ${answer.body}`);
      const value: unknown = answer.json();
      assert.ok(check(value), `${route.path}: ${JSON.stringify(check.errors)}`);
      const example = JSON.parse(JSON.stringify(route.example)) as unknown;
      assert.ok(check(example), `${route.path}: ${JSON.stringify(check.errors)}`);
    }
  });

  it('that differ from their schema would be found', () => {
    const [route] = ROUTES.filter(({ path }) => path === '/alerts');
    assert.ok(route !== undefined && typeof route.answer !== 'string');
    const check = ajv.compile(route.answer);
    const page = JSON.parse(JSON.stringify(route.example)) as { items: Record<string, unknown>[] };
    const [alert] = page.items;
    assert.ok(alert !== undefined);
    alert['severity'] = 9;
    assert.equal(check(page), false);
    alert['severity'] = 1;
    assert.equal(check(page), true);
    alert['more'] = 1;
    assert.equal(check(page), false);
  });
});
