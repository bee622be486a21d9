/** What is wrong with a request's shape, in words, with the name that was probably meant. */
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import { nearest } from '../core/index.ts';
import { ApiError, type ProblemCode } from './problems.ts';

const PLACES: Readonly<Record<string, readonly [what: string, code: ProblemCode]>> = {
  querystring: ['query', 'QUERY_INVALID'],
  params: ['path', 'QUERY_INVALID'],
  body: ['body', 'BODY_INVALID'],
};

/** `place` is fastify's name of the part: querystring, params, body, headers. */
export function asQueryProblem(
  errors: readonly FastifySchemaValidationError[],
  place: string,
): ApiError {
  const [what, code] = PLACES[place] ?? ['request', 'QUERY_INVALID'];
  const [error] = errors;
  if (error === undefined) return new ApiError(400, code, `The ${what} is not as it must be`);
  const { keyword, params, instancePath, message = 'is wrong' } = error;
  const unknown = params['additionalProperty'];
  if (keyword === 'additionalProperties' && typeof unknown === 'string') {
    return unknownName(what, code, unknown, knownNames(error));
  }
  const missing = params['missingProperty'];
  if (keyword === 'required' && typeof missing === 'string') {
    return new ApiError(400, code, `The ${what} lacks ${missing}`);
  }
  const allowed = params['allowedValues'];
  const name = instancePath.slice(1).replaceAll('/', '.');
  const subject = name === '' ? `The ${what}` : `${name} in the ${what}`;
  if (keyword === 'enum' && Array.isArray(allowed)) {
    return new ApiError(400, code, `${subject} must be one of ${allowed.join(', ')}`);
  }
  return new ApiError(400, code, `${subject} ${message}`);
}

function unknownName(
  what: string,
  code: ProblemCode,
  name: string,
  known: readonly string[],
): ApiError {
  const guess = nearest(name, known);
  const hint =
    guess !== undefined
      ? `Did you mean ${guess}?`
      : known.length === 0
        ? 'It takes none'
        : `There are ${known.join(', ')}`;
  return new ApiError(400, code, `The ${what} takes no "${name.slice(0, 64)}"`, hint);
}

/** Names the schema that complained has; ajv gives it along with `verbose`. */
function knownNames(error: FastifySchemaValidationError): readonly string[] {
  const { parentSchema } = error as { parentSchema?: { properties?: object } };
  return Object.keys(parentSchema?.properties ?? {});
}
