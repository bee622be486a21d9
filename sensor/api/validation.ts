/** What is wrong with a request's shape, in words, with the name that was probably meant. */
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import { nearest } from '../core/index.ts';
import { ApiError, type ProblemCode } from './problems.ts';
import type { Schema } from './schemas/schema.ts';

/** Types of what stands once in a query. */
const SINGLE: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** Of what was sent, so much is shown again. */
const MAX_SHOWN = 64;

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
  // Of several shapes it may have, the one that it nearly has.
  const error = errors.find(({ keyword }) => keyword !== 'type') ?? errors[0];
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
  const { schema: wanted, data } = lookedAt(error);
  const words = expectation(keyword, wanted, data) ?? message;
  return new ApiError(400, code, `${subject} ${words}`, hintOf(wanted));
}

/** The part of the schema that complained, and what it complained of; ajv gives both along with `verbose`. */
interface LookedAt {
  readonly schema: Schema;
  readonly data: unknown;
}

function lookedAt(error: FastifySchemaValidationError): LookedAt {
  const { parentSchema = {}, data } = error as { parentSchema?: Schema; data?: unknown };
  return { schema: parentSchema, data };
}

/** What must be there instead, as a person would say it; undefined where the schema's own words are plain. */
function expectation(keyword: string, schema: Schema, data: unknown): string | undefined {
  const { type, minimum, maximum, maxLength, maxItems } = schema;
  if (Array.isArray(data) && SINGLE.has(type)) return 'is given more than once: give it once';
  switch (keyword) {
    case 'minimum':
    case 'maximum':
    case 'type':
      if (type === 'integer') return `must be ${wholeNumber(minimum, maximum)}, not ${shown(data)}`;
      if (type === 'boolean') return `must be true or false, not ${shown(data)}`;
      if (type === 'string') return 'must be a text';
      return undefined;
    case 'minLength':
      return 'is empty';
    case 'maxLength':
      return `has at most ${String(maxLength)} characters`;
    case 'minItems':
      return 'is an empty list';
    case 'maxItems':
      return `has at most ${String(maxItems)} entries`;
    case 'pattern':
      return `cannot be ${shown(data)}`;
    default:
      return undefined;
  }
}

function wholeNumber(minimum: unknown, maximum: unknown): string {
  if (typeof minimum !== 'number' || typeof maximum !== 'number') return 'a whole number';
  return `a whole number from ${minimum} to ${maximum}`;
}

function shown(data: unknown): string {
  return JSON.stringify(data).slice(0, MAX_SHOWN);
}

/** What the parameter is, and an example of it. */
function hintOf({ description, examples }: Schema): string | undefined {
  const [example] = Array.isArray(examples) ? (examples as readonly (string | number)[]) : [];
  const parts = [
    ...(typeof description === 'string' ? [description] : []),
    ...(example === undefined ? [] : [`For example ${example}`]),
  ];
  return parts.length === 0 ? undefined : parts.join('. ');
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
