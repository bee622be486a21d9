/** Validators, redaction and the disguise counter on bytes that resemble what they look for. */
import assert from 'node:assert/strict';
import { redactText, maskValue } from '../../sensor/alert/index.ts';
import { VALIDATORS } from '../../sensor/detect/index.ts';
import { DisguiseCounter } from '../../sensor/detect/detectors/obfuscation.ts';

export const name = 'signatures';

const PIECES = [
  ...[
    '4111 1111 1111 1111',
    '4111',
    'DE89370400440532013000',
    'eyJhbGciOiJub25lIn0',
    '.',
    '-',
    ' ',
  ],
  ...[
    'password',
    ': ',
    '=',
    'hunter2',
    'https://',
    'u:p@',
    '-----BEGIN PRIVATE KEY-----',
    '\n',
    '\\n',
  ],
  ...[
    '-----END PRIVATE KEY-----',
    'MIIEpQIBAAKCAQEAn6O8liSX4m98LLYtPKSz',
    '<body>',
    '</body>',
    '<!--',
  ],
  ...[
    '-->',
    '<![CDATA[',
    ']]>',
    '&#52;',
    '&#x34;',
    '&amp;',
    '&',
    '<',
    '>',
    '"',
    "'",
    '\u200b',
    'а',
    'ü',
  ],
  ...[
    '😀',
    '\u202e',
    '\u0301',
    '\u{1d400}',
    '\u{e0041}',
    '0',
    'x',
    'xxxxxx',
    '${',
    '%s',
    'Cookie: ',
  ],
];

const encoder = new TextEncoder();
const counter = new DisguiseCounter();

export function fuzz(random: () => number, deadlineMs: () => boolean): { runs: number } {
  const below = (limit: number): number => Math.floor(random() * limit);
  let runs = 0;
  while (!deadlineMs()) {
    runs++;
    const text = Array.from({ length: below(60) }, () => PIECES[below(PIECES.length)]).join('');
    const bytes = encoder.encode(text);
    if (runs % 3 === 0) for (let i = below(8); i > 0; i--) bytes[below(bytes.length)] = below(256);
    const start = below(bytes.length + 1);
    const end = start + below(bytes.length - start + 1);
    for (const [validator, check] of VALIDATORS) {
      const argument = validator === 'entropy' ? '3' : '';
      assert.equal(typeof check(bytes, start, end, argument), 'boolean', validator);
    }
    counter.read(bytes, start, end);
    assert.ok(counter.score >= 0);
    checkRedaction(text);
  }
  return { runs };
}

/** Masked text is text, masking it again shows nothing more, and no whole card stays. */
function checkRedaction(text: string): void {
  const masked = redactText(text);
  assert.doesNotMatch(
    masked,
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/,
  );
  assert.ok(!masked.includes('4111 1111 1111 1111'), masked);
  assert.ok(!masked.includes('DE89370400440532013000'), masked);
  assert.ok(redactText(masked).length <= masked.length + 64);
  if (text.length > 0) assert.ok(maskValue(text).includes('********'));
}
