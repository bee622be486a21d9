/**
 * Addresses and ports of a rule header: `any`, CIDR blocks, port ranges, lists, negation and
 * `$VARIABLES`. Addresses become four 32-bit words, IPv4 as IPv4-mapped (core/ip.ts).
 */
import { nearest } from '../core/index.ts';
import { parseBlock } from './address-set.ts';
import { RuleError } from './problems.ts';
import type { Piece } from './rule-text.ts';
import type { AddressMatch, PortMatch } from './types.ts';

/** Values of `$NAME`, by name without the dollar sign; several values are a list. */
export type RuleVariables = ReadonlyMap<string, string | readonly string[]>;

/** Lists in lists, variables in variables. */
const MAX_NESTING = 16;

interface Leaf extends Piece {
  readonly negated: boolean;
}

/** An address of a header. Throws RuleError. */
export function parseAddress(piece: Piece, variables: RuleVariables): AddressMatch {
  return parseOpened(piece, variables, []);
}

/**
 * Negation of a whole address, also of one that a variable stands for, is kept as it is: a list with
 * exceptions may be negated. `open` are the variables around it.
 */
function parseOpened(
  piece: Piece,
  variables: RuleVariables,
  open: readonly string[],
): AddressMatch {
  const { negated, rest } = stripNegation(piece);
  if (negated) {
    if (rest.text.startsWith('!')) throw insideNegation(rest.at);
    const inner = parseOpened(rest, variables, open);
    if (inner.any) throw matchesNothing(piece);
    return { ...inner, negated: !inner.negated };
  }
  if (/^\$\w+$/.test(rest.text)) {
    const [value, ...others] = openVariable(rest.text, rest.at, variables, open);
    if (value !== undefined && others.length === 0) {
      const inner = { text: value.trim(), at: 0 };
      return placedAt(rest.at, () => parseOpened(inner, variables, [...open, rest.text]));
    }
  }
  const leaves = flatten(rest, variables, false, open);
  if (leaves.some((leaf) => leaf.text === 'any' && !leaf.negated)) {
    return { any: true, negated: false, entries: [] };
  }
  const entries = leaves.map((leaf) => ({ negated: leaf.negated, ...parseCidr(leaf) }));
  return { any: false, negated: false, entries };
}

/** Run `work` on the value of a variable: what is wrong with it is said at the variable's name. */
function placedAt<T>(at: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RuleError) throw new RuleError(at, error.message, error.hint);
    throw error;
  }
}

/** A port of a header. Throws RuleError. */
export function parsePort(piece: Piece, variables: RuleVariables): PortMatch {
  const { negated, rest } = stripNegation(piece);
  const leaves = flatten(rest, variables, negated, []);
  if (leaves.some((leaf) => leaf.text === 'any' && leaf.negated)) throw matchesNothing(piece);
  if (leaves.some((leaf) => leaf.text === 'any')) return { any: true, entries: [] };
  return {
    any: false,
    entries: leaves.map((leaf) => ({ negated: leaf.negated, ...parsePortRange(leaf) })),
  };
}

function matchesNothing(piece: Piece): RuleError {
  return new RuleError(piece.at, `${piece.text} matches nothing`);
}

function stripNegation(piece: Piece): { negated: boolean; rest: Piece } {
  if (!piece.text.startsWith('!')) return { negated: false, rest: piece };
  return { negated: true, rest: { text: piece.text.slice(1), at: piece.at + 1 } };
}

/** Lists and variables opened up. What comes out of a variable points at the variable's name. */
function flatten(
  piece: Piece,
  variables: RuleVariables,
  negated: boolean,
  around: readonly string[],
): Leaf[] {
  let leaves: Leaf[] = [];
  /** The variables that are being opened, outermost first. */
  const open = [...around];
  const walk = (text: string, at: number, depth: number): void => {
    if (depth > MAX_NESTING) {
      throw new RuleError(at, 'Lists or variables are nested too deeply');
    }
    const body = text.trim();
    const bodyAt = at + (text.length - text.trimStart().length);
    if (body === '') throw new RuleError(at, 'Empty entry in a list of addresses or ports');
    if (body.startsWith('!')) negate(body.slice(1), bodyAt + 1, depth + 1);
    else if (body.startsWith('[')) {
      for (const item of splitList(body, bodyAt)) walk(item.text, item.at, depth + 1);
    } else if (body.startsWith('$')) {
      const values = openVariable(body, bodyAt, variables, open);
      open.push(body);
      for (const value of values) walkVariable(value, bodyAt, depth + 1);
      open.pop();
    } else leaves.push({ text: body, at: bodyAt, negated: false });
  };
  /** What an exclamation mark stands before: not (not a, not b) is a, b; mixtures cannot be told. */
  const negate = (text: string, at: number, depth: number): void => {
    const before = leaves;
    leaves = [];
    walk(text, at, depth);
    const isDouble = leaves.every((leaf) => leaf.negated);
    const mixed = isDouble ? undefined : leaves.find((leaf) => leaf.negated);
    if (mixed !== undefined) throw insideNegation(mixed.at);
    leaves = [...before, ...leaves.map((leaf) => ({ ...leaf, negated: !isDouble }))];
  };
  /** Every position inside a variable's value is reported as the place of its name. */
  const walkVariable = (value: string, at: number, depth: number): void => {
    const before = leaves.length;
    placedAt(at, () => {
      walk(value, 0, depth);
    });
    for (let i = before; i < leaves.length; i++) leaves[i] = { ...(leaves[i] as Leaf), at };
  };
  if (negated) negate(piece.text, piece.at, 0);
  else walk(piece.text, piece.at, 0);
  return leaves;
}

function insideNegation(at: number): RuleError {
  return new RuleError(
    at,
    'Negation inside a negated list',
    'write the list without the inner exclamation mark, or split the rule',
  );
}

/** The values of `$NAME`, which must not be among those that are `open` around it. */
function openVariable(
  name: string,
  at: number,
  variables: RuleVariables,
  open: readonly string[],
): readonly string[] {
  if (open.includes(name)) {
    const way = [...open.slice(open.indexOf(name)), name].join(' -> ');
    throw new RuleError(at, `Variable ${name} leads back to itself: ${way}`);
  }
  const key = name.slice(1);
  const value = variables.get(key);
  if (value === undefined) {
    const guess = nearest(key, [...variables.keys()]);
    throw new RuleError(
      at,
      `Variable ${name} is not defined`,
      guess === undefined
        ? `define ${key} under rules.vars in the configuration`
        : `did you mean $${guess}?`,
    );
  }
  const values = typeof value === 'string' ? [value] : value;
  if (values.length === 0) throw new RuleError(at, `Variable ${name} is empty`);
  return values;
}

/** Items of `[a,b,[c,d]]`, one level opened. */
function splitList(body: string, at: number): Piece[] {
  const items: Piece[] = [];
  let depth = 0;
  let start = 1;
  for (let i = 0; i < body.length; i++) {
    const char = body[i];
    if (char === '[') depth++;
    else if (char === ']') depth--;
    if ((char === ',' && depth === 1) || (char === ']' && depth === 0)) {
      items.push({ text: body.slice(start, i), at: at + start });
      start = i + 1;
    }
    if (depth === 0 && i < body.length - 1) {
      throw new RuleError(at + i + 1, 'Text after the closing bracket of a list');
    }
  }
  if (depth !== 0) throw new RuleError(at, 'List is not closed with a bracket');
  return items;
}

function parseCidr(leaf: Leaf): { words: number[]; prefix: number } {
  const slash = leaf.text.indexOf('/');
  const address = parseBlock(slash < 0 ? leaf.text : leaf.text.slice(0, slash));
  if (address === undefined) {
    throw new RuleError(
      leaf.at,
      `${leaf.text} is not an IP address`,
      'write an IPv4 or IPv6 address or block, such as 10.0.0.0/8, or a $VARIABLE',
    );
  }
  const words = Array.from(address.words);
  if (slash < 0) return { words, prefix: address.prefix };
  const block = parseBlock(leaf.text);
  if (block !== undefined) return { words, prefix: block.prefix };
  const text = leaf.text.slice(slash + 1);
  const bits = leaf.text.slice(0, slash).includes(':') ? 128 : 32;
  throw new RuleError(leaf.at + slash + 1, `Prefix length ${text} is outside 0 to ${bits}`);
}

function parsePortRange(leaf: Leaf): { from: number; to: number } {
  const match = /^(\d{0,5})(:?)(\d{0,5})$/.exec(leaf.text);
  const [, low = '', colon = '', high = ''] = match ?? [];
  if (match === null || (low === '' && high === '')) {
    throw new RuleError(
      leaf.at,
      `${leaf.text} is not a port`,
      'write a port (5222), a range (5222:5269, 1024:, :1023) or a $VARIABLE',
    );
  }
  const from = low === '' ? 0 : Number(low);
  const to = colon === '' ? from : high === '' ? 65535 : Number(high);
  if (from > 65535 || to > 65535) {
    throw new RuleError(leaf.at, `Port ${leaf.text} is above 65535`);
  }
  if (from > to) throw new RuleError(leaf.at, `Port range ${leaf.text} runs backwards`);
  return { from, to };
}
