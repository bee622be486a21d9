/** What must hold of every inspection, whatever the file was. */
import assert from 'node:assert/strict';
import type { LimitValues } from '../../sensor/core/index.ts';
import type { Inspection } from '../../sensor/files/types.ts';

const SHA256 = /^(?:[0-9a-f]{64})?$/;
const MD5 = /^(?:[0-9a-f]{32})?$/;

export function checkInspection(
  inspection: Inspection,
  fileBytes: number,
  limits: LimitValues,
): void {
  const { type, parts, signs, properties } = inspection;
  assert.ok(parts.length >= 1 && parts.length <= limits.filesMembers);
  const file = parts[0];
  assert.deepEqual([file?.type, file?.path, file?.size], [type, '', fileBytes]);
  let text = 0;
  for (const part of parts) {
    text += part.text.length;
    assert.match(part.sha256, SHA256);
    assert.match(part.md5, MD5);
    assert.ok(part.data.length <= limits.filesMemberBytes);
    assert.ok(part.size >= -1);
    assert.equal(part.text.buffer.byteLength, part.text.length);
    assert.equal(part.data.buffer.byteLength, part.data.length);
  }
  assert.ok(text <= limits.filesTextBytes);
  assert.equal(new Set(signs.map(({ sign }) => sign)).size, signs.length);
  for (const { detail } of signs) assert.ok(detail !== '');
  for (const value of Object.values(properties)) assert.ok(value.length <= 256);
}
