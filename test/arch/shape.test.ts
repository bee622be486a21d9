/** Checks a reviewer would otherwise have to remember: notes, file length, catalogues, documents. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ERROR_CODES, EVENTS } from '../../sensor/core/index.ts';
import { ROOT, rooms, sources } from './tree.ts';

const files = sources();

describe('rooms', () => {
  for (const room of rooms()) {
    it(`${room}/ has a NOTES.md of about one screen`, () => {
      const path = join(ROOT, 'sensor', room, 'NOTES.md');
      assert.ok(existsSync(path), `${path} is missing`);
      const length = readFileSync(path, 'utf8').length;
      assert.ok(length > 300, 'NOTES.md says too little');
    });
  }

  it('have one door each, without export *', () => {
    for (const room of rooms().filter((name) => name !== 'native')) {
      const door = files.find((file) => file.path === `${room}/index.ts`);
      assert.ok(door !== undefined, `sensor/${room}/index.ts is missing`);
      assert.doesNotMatch(door.text, /export \*/);
    }
  });
});

describe('files', () => {
  it('stay below 800 lines, and below 500 unless the header gives the reason', () => {
    for (const file of files) {
      assert.ok(file.lines <= 800, `${file.path} has ${file.lines} lines`);
      if (file.lines > 500) {
        assert.match(
          file.text.slice(0, 2500),
          /Length:/,
          `${file.path}: ${file.lines} lines want "Length: why" in the header`,
        );
      }
    }
  });

  it('hold no promises', () => {
    for (const file of files) assert.doesNotMatch(file.text, /\b(TODO|FIXME|XXX:)/, file.path);
  });
});

describe('event catalogue', () => {
  it('names only events that some room raises or counts', () => {
    const all = files
      .filter((file) => file.path !== 'core/events.ts')
      .map((file) => file.text)
      .join('\n');
    const unused = EVENTS.slice(1)
      .filter((info) => !all.includes(info.name))
      .map((info) => info.name);
    assert.deepEqual(unused, []);
  });
});

describe('error codes', () => {
  it('are all used', () => {
    const all = files
      .filter((file) => file.path !== 'core/errors.ts')
      .map((file) => file.text)
      .join('\n');
    const unused = Object.keys(ERROR_CODES).filter((code) => !all.includes(`'${code}'`));
    assert.deepEqual(unused, []);
  });
});
