import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROUTES } from '../../../sensor/api/index.ts';
import { NAMED } from '../../../sensor/api/schemas/answers.ts';
import { answerProblem } from '../../support/answer-schemas.ts';
import { expectGolden } from '../../support/golden.ts';
import { bearer, openLab, pathOf, type Lab } from './api-lab.ts';

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
      const answer = await lab.app.inject({
        method: route.method,
        url: pathOf(route.path),
        headers: bearer(lab.tokens.admin),
        ...(route.bodyExample === undefined ? {} : { payload: route.bodyExample as object }),
      });
      assert.equal(answer.statusCode, 200, `${route.path}: ${answer.body}`);
      assert.equal(answerProblem(route, answer.json()), '', route.path);
      assert.equal(answerProblem(route, JSON.parse(JSON.stringify(route.example))), '', route.path);
    }
  });

  it('that differ from their schema would be found', () => {
    const route = ROUTES.find(({ path }) => path === '/alerts');
    assert.ok(route !== undefined);
    const page = JSON.parse(JSON.stringify(route.example)) as { items: Record<string, unknown>[] };
    const [alert] = page.items;
    assert.ok(alert !== undefined);
    alert['severity'] = 9;
    assert.notEqual(answerProblem(route, page), '');
    alert['severity'] = 1;
    assert.equal(answerProblem(route, page), '');
    alert['more'] = 1;
    assert.notEqual(answerProblem(route, page), '');
  });
});
