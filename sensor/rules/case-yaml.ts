/** YAML files of cases: every refusal names the line it is about. */
import { readFileSync } from 'node:fs';
import { LineCounter, isCollection, isNode, parseDocument, type Node } from 'yaml';
import type { z } from 'zod';
import { OperatorError, errorText } from '../core/index.ts';

/** A node of a file, and how to refuse it. */
export interface YamlPlace {
  readonly file: string;
  readonly line: number;
  /** An error about what lies at `path` below the node, or about the nearest thing there is. */
  problem(what: string, path?: readonly PropertyKey[]): OperatorError;
}

export interface YamlFile {
  readonly content: unknown;
  place(node: unknown): YamlPlace;
}

/** Throws OperatorError RULES_INVALID when the file cannot be read or is no YAML. */
export function readYaml(file: string): YamlFile {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw caseProblem(file, 1, errorText(error));
  }
  const document = parseDocument(text, { lineCounter: lines });
  const [first] = document.errors;
  if (first !== undefined) {
    throw caseProblem(file, first.linePos?.[0].line ?? 1, first.message.split('\n')[0] ?? '');
  }
  const place = (node: unknown): YamlPlace => ({
    file,
    line: lineOf(node, lines),
    problem: (what, path = []) => caseProblem(file, lineOf(deepest(node, path), lines), what),
  });
  return { content: document.contents, place };
}

/** The node as `schema` wants it. Throws OperatorError RULES_INVALID. */
export function checkNode<T extends z.ZodType>(
  schema: T,
  node: unknown,
  place: YamlPlace,
): z.infer<T> {
  const value: unknown = isCollection(node) ? node.toJSON() : node;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  throw place.problem(`${path.join('.')}: ${issue?.message ?? 'not sound'}`, path);
}

export function caseProblem(file: string, line: number, what: string): OperatorError {
  return new OperatorError(
    'RULES_INVALID',
    `Cannot read case at ${file}:${line}: ${what}`,
    'signatures/README.md describes cases',
  );
}

function deepest(node: unknown, path: readonly PropertyKey[]): unknown {
  let found = node;
  for (const key of path) {
    const next: unknown = isCollection(found) ? found.get(key, true) : undefined;
    if (!isNode(next)) break;
    found = next;
  }
  return found;
}

function lineOf(node: unknown, lines: LineCounter): number {
  const range = (node as Node | null)?.range;
  return range === undefined || range === null ? 1 : lines.linePos(range[0]).line;
}
