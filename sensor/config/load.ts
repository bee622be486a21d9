/**
 * File and `--set` overrides -> one frozen SensorConfig. Every refusal names file, line, key and the
 * nearest right key, so that a typo costs seconds.
 */
import { readFileSync } from 'node:fs';
import { LineCounter, isMap, isScalar, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import {
  LIMITS,
  OperatorError,
  errorText,
  type LimitName,
  type LimitValues,
  nearest,
  thresholdValues,
  type ThresholdValues,
} from '../core/index.ts';
import { configSchema, type SensorConfig } from './schema.ts';

/** Keys that once existed: refused with the replacement named. */
const RETIRED: ReadonlyMap<string, string> = new Map([
  ['output.metrics', 'http.listen'],
  ['rules.variables', 'rules.vars'],
]);

export interface ConfigSources {
  /** Path of a YAML file; undefined: defaults only. */
  readonly file: string | undefined;
  /** `key.path=value` overrides, values in YAML syntax. */
  readonly overrides: readonly string[];
}

/** Reads and checks the configuration. Throws OperatorError CONFIG_UNREADABLE or CONFIG_INVALID. */
export function loadConfig(sources: ConfigSources): SensorConfig {
  const lines = new LineCounter();
  const label = sources.file ?? 'configuration';
  const document = parseDocument(sources.file === undefined ? '{}' : readText(sources.file), {
    lineCounter: lines,
  });
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    const at = lines.linePos(syntax.pos[0]);
    throw new OperatorError(
      'CONFIG_INVALID',
      `${label}:${at.line}:${at.col}: ${syntax.message.split('\n')[0] ?? ''}`,
      'Correct the YAML syntax',
    );
  }
  const fromFlags = new Set<string>();
  for (const override of sources.overrides) fromFlags.add(applyOverride(document, override));

  const parsed = configSchema.safeParse(plainValue(document, label));
  if (parsed.success) return deepFreeze(parsed.data);
  const messages = parsed.error.issues.flatMap((issue) =>
    describe(issue, document, lines, label, fromFlags),
  );
  throw new OperatorError(
    'CONFIG_INVALID',
    messages.map((message) => message.text).join('\n'),
    messages[0]?.hint,
  );
}

/** The values in force for every limit, keyed as code uses them. */
export function limitValues(config: SensorConfig): LimitValues {
  const byName = config.limits as Readonly<Record<string, number>>;
  const values: Partial<Record<LimitName, number>> = {};
  for (const [key, info] of Object.entries(LIMITS)) {
    values[key as LimitName] = byName[info.name] ?? info.default;
  }
  return values as Record<LimitName, number>;
}

/** The same for the thresholds of stateful detectors. */
export function configuredThresholds(config: SensorConfig): ThresholdValues {
  return thresholdValues(config.detection.thresholds);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new OperatorError(
      'CONFIG_UNREADABLE',
      `Cannot read the configuration ${file}: ${errorText(error)}`,
      'Check the path given with -c',
      { cause: error },
    );
  }
}

/** Sections whose keys hold dots themselves. */
const DOTTED = ['limits.', 'detection.thresholds.'];

function pathOf(key: string): string[] {
  const section = DOTTED.find((prefix) => key.startsWith(prefix));
  if (section === undefined) return key.split('.');
  return [...section.slice(0, -1).split('.'), key.slice(section.length)];
}

/** Puts `a.b=value` into the document; returns the dotted key. Limit names hold a dot themselves. */
function applyOverride(document: Document, override: string): string {
  const equals = override.indexOf('=');
  if (equals < 1) {
    throw new OperatorError(
      'CONFIG_INVALID',
      `--set ${override} is not KEY=VALUE`,
      'Write --set checksums=none',
    );
  }
  const key = override.slice(0, equals).trim();
  const path = pathOf(key);
  const value = parseDocument(override.slice(equals + 1));
  if (value.errors.length > 0) {
    throw new OperatorError(
      'CONFIG_INVALID',
      `--set ${override}: the value is not YAML`,
      'Quote the value',
    );
  }
  for (let depth = 1; depth < path.length; depth++) {
    const parent = path.slice(0, depth);
    if (!isMap(document.getIn(parent))) document.setIn(parent, document.createNode({}));
  }
  document.setIn(path, plainValue(value, `--set ${key}`));
  return path.join('.');
}

/** The document as plain values; aliases without an anchor, or that expand without bound, are refused. */
function plainValue(document: Document, label: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new OperatorError(
      'CONFIG_INVALID',
      `${label}: ${errorText(error)}`,
      'Write the value out in place of the alias',
      { cause: error },
    );
  }
}

interface Described {
  readonly text: string;
  readonly hint: string | undefined;
}

function describe(
  issue: z.core.$ZodIssue,
  document: Document,
  lines: LineCounter,
  label: string,
  fromFlags: ReadonlySet<string>,
): Described[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') {
    const key = path.join('.');
    const where = position(document, lines, path, label, fromFlags);
    const value: unknown = document.getIn(path);
    const shown =
      isScalar(value) || typeof value !== 'object' ? ` (is ${JSON.stringify(value)})` : '';
    return [
      {
        text: `${where}: ${key === '' ? 'configuration' : key}${shown}: ${issue.message}`,
        hint: `Correct ${key}`,
      },
    ];
  }
  return issue.keys.map((unknown) => {
    const full = [...path, unknown].join('.');
    const where = position(document, lines, [...path, unknown], label, fromFlags);
    const replacement = RETIRED.get(full);
    const guess = replacement ?? nearestKey(path, unknown);
    const hint = guess === undefined ? 'Remove the key' : `Did you mean ${guess}?`;
    return { text: `${where}: unknown key ${full}`, hint };
  });
}

function nearestKey(path: readonly string[], unknown: string): string | undefined {
  const found = nearest(unknown, knownKeys(path));
  return found === undefined ? undefined : [...path, found].join('.');
}

/** Names allowed at a place of the schema. */
function knownKeys(path: readonly string[]): string[] {
  let schema: unknown = configSchema;
  for (const key of path) schema = shapeOf(schema)?.[key];
  return Object.keys(shapeOf(schema) ?? {});
}

/** The shape of an object schema, seen through defaults. */
function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  let current = schema;
  while (current instanceof z.ZodPrefault || current instanceof z.ZodDefault)
    current = current.unwrap();
  return current instanceof z.ZodObject ? current.shape : undefined;
}

function position(
  document: Document,
  lines: LineCounter,
  path: readonly string[],
  label: string,
  fromFlags: ReadonlySet<string>,
): string {
  if (fromFlags.has(path.join('.'))) return '--set';
  const parent: unknown =
    path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (isMap(parent)) {
    const pair = parent.items.find(
      (item) => isScalar(item.key) && String(item.key.value) === path.at(-1),
    );
    const range = isScalar(pair?.key) ? pair.key.range : undefined;
    if (range) {
      const at = lines.linePos(range[0]);
      return `${label}:${at.line}:${at.col}`;
    }
  }
  return label;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
