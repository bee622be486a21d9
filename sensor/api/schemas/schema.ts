/** JSON Schemas in few words, tied to the types they describe: a member that is missing does not compile. */

export type Schema = Readonly<Record<string, unknown>>;

/** A member that may be absent. */
export interface Optional {
  readonly optional: Schema;
}

/** A schema for each member; those that may be undefined must say so. */
export type Members<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Optional : Schema;
};

export const text: Schema = { type: 'string' };
export const number: Schema = { type: 'number' };
export const integer: Schema = { type: 'integer' };
export const flag: Schema = { type: 'boolean' };
/** Microseconds since the epoch. */
export const usec: Schema = { type: 'integer', description: 'Microseconds since the epoch' };
export const texts: Schema = list(text);

export function optional(schema: Schema): Optional {
  return { optional: schema };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function oneOf(values: readonly (string | number)[]): Schema {
  return { type: typeof values[0] === 'number' ? 'integer' : 'string', enum: [...values] };
}

/** Any keys, values all alike. */
export function map(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

export function tuple(...items: readonly Schema[]): Schema {
  return {
    type: 'array',
    prefixItems: [...items],
    items: false,
    minItems: items.length,
  };
}

/** Exactly these members. */
export function object<T>(members: Members<T>, description?: string): Schema {
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const [name, member] of Object.entries<Schema | Optional>(members)) {
    if (isOptional(member)) properties[name] = member.optional;
    else {
      properties[name] = member;
      required.push(name);
    }
  }
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties,
    required,
    additionalProperties: false,
  };
}

function isOptional(member: Schema | Optional): member is Optional {
  return 'optional' in member;
}

/** A schema that others refer to by name. */
export interface Named {
  readonly $id: string;
  readonly schema: Schema;
  readonly ref: Schema;
}

export function named($id: string, schema: Schema): Named {
  return { $id, schema: { $id, ...schema }, ref: { $ref: `${$id}#` } };
}

export function pageOf(rows: Schema): Schema {
  return object<{ items: unknown[]; next?: string }>({
    items: list(rows),
    next: optional({
      type: 'string',
      description: 'Cursor of the page behind; absent on the last',
    }),
  });
}
