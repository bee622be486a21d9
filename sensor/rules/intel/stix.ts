/**
 * STIX 2.1 bundles (and 2.0): indicators whose pattern compares values in one observation, joined by OR.
 * What the sensor cannot decide from one value (AND, FOLLOWEDBY, LIKE, MATCHES, times) is counted as not
 * understood, never half applied.
 */
import {
  IntelFormatError,
  isObject,
  listOf,
  textOf,
  type IntelItems,
  type JsonObject,
} from './items.ts';
import { parseExpiry } from '../dataset-file.ts';
import { readPattern } from './stix-pattern.ts';

/** Is it what STIX calls a bundle? */
export function isStix(json: unknown): boolean {
  return isObject(json) && json['type'] === 'bundle' && Array.isArray(json['objects']);
}

/** Reads parsed JSON. Throws IntelFormatError when it is no bundle. */
export function parseStix(json: unknown, into: IntelItems): void {
  if (!isObject(json) || !isStix(json)) {
    throw new IntelFormatError(
      'No STIX bundle in this file',
      'a bundle has type "bundle" and objects',
    );
  }
  listOf(json['objects']).forEach((object, i) => {
    const place = `objects[${i}]`;
    if (!isObject(object)) into.fail(place, 'not an object');
    else if (object['type'] === 'indicator') readIndicator(object, place, into);
    else
      into.skip(`${textOf(object, 'type').slice(0, 64) || 'object without a type'}: no indicator`);
  });
}

function readIndicator(indicator: JsonObject, place: string, into: IntelItems): void {
  if (indicator['revoked'] === true) {
    into.skip('revoked');
    return;
  }
  const language = textOf(indicator, 'pattern_type');
  if (language !== '' && language !== 'stix') {
    into.skip(`pattern language ${language.slice(0, 64)}`);
    return;
  }
  if (listOf(indicator['indicator_types']).includes('benign')) {
    into.skip('benign');
    return;
  }
  const until = textOf(indicator, 'valid_until');
  const expiresMs = until === '' ? undefined : parseExpiry(until);
  if (until !== '' && expiresMs === undefined) {
    into.fail(place, `valid_until ${until.slice(0, 64)} is no time`);
    return;
  }
  const values = readPattern(textOf(indicator, 'pattern'));
  if (typeof values === 'string') {
    into.skip(`pattern not understood: ${values}`);
    return;
  }
  for (const { kind, text } of values) {
    if (kind === undefined) into.skip('property no list holds');
    else into.add(kind, text, place, expiresMs);
  }
}
