/** Are answers as their schemas say? By the validator that comes with fastify, in the dialect of OpenAPI 3.1. */
import { createRequire } from 'node:module';
import type { Route } from '../../sensor/api/index.ts';
import { NAMED } from '../../sensor/api/schemas/answers.ts';

type Check = ((value: unknown) => boolean) & { readonly errors?: unknown };

interface Validator {
  compile(schema: object): Check;
  addSchema(schema: object): void;
}

const require = createRequire(createRequire(import.meta.url).resolve('@fastify/ajv-compiler'));
const { default: Ajv2020 } = require('ajv/dist/2020') as {
  default: new (options: object) => Validator;
};
const ajv = new Ajv2020({ strict: false, allErrors: true });
for (const { schema } of NAMED) ajv.addSchema(schema);

const checks = new Map<object, Check>();

/** What is wrong with an answer of a route, '' when nothing is. */
export function answerProblem({ answer }: Route, value: unknown): string {
  if (typeof answer === 'string') return 'not JSON';
  const check = checks.get(answer) ?? ajv.compile(answer);
  checks.set(answer, check);
  return check(value) ? '' : JSON.stringify(check.errors);
}
