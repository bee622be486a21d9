/** The two readers of parser-diff agree wherever nobody could be fooled. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { TwoReaders, type Reading } from '../../support/two-readers.ts';

const SHARED = join(process.cwd(), '../shared/data');
const HEAD =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'>";
const readers = new TwoReaders();
const skip = existsSync(SHARED) ? false : 'the reference texts are not there';

function jsonLines(file: string): Record<string, string>[] {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
}

for (const file of ['xep-examples', 'library-tests', 'prosody-dialogues']) {
  test(`both readers see the same in ${file}`, { skip }, () => {
    let elements = 0;
    for (const { text, xml } of jsonLines(join(SHARED, 'stanzas', `${file}.jsonl.gz`))) {
      const document = `${HEAD}${text ?? xml ?? ''}<message to='a@b'><body>x</body></message>`;
      const reading = readers.read(Buffer.from(document));
      elements += reading.elements;
      if (meansTwoThings(reading)) continue;
      assert.deepEqual(reading.differences, [], document);
    }
    assert.ok(elements > 500, String(elements));
  });
}

test('both readers see the same in every document of the W3C suite', { skip }, () => {
  const suite = jsonLines(join(process.cwd(), 'fixtures/xml/w3c-nodoctype.jsonl.gz'));
  assert.ok(suite.length > 300);
  for (const { id, base64 } of suite) {
    const document = Buffer.from(base64 ?? '', 'base64');
    const wrapped = Buffer.concat([
      Buffer.from(`${HEAD}<message>`),
      document,
      Buffer.from('</message><presence/>'),
    ]);
    const reading = readers.read(wrapped);
    if (meansTwoThings(reading)) continue;
    const isIllFormed = [...reading.events].some((name) => !HARMLESS.test(name));
    if (!isIllFormed) assert.deepEqual(reading.differences, [], id);
  }
});

/** Some examples have an attribute twice, and what stands alone has a declaration: rightly told. */
function meansTwoThings({ events }: Reading): boolean {
  return events.has('xml.dup_attr') || events.has('xml.decl_midstream');
}

/** What ejabberd and others read on over, all of them with one meaning. */
const HARMLESS =
  /^xml\.(comment|pi|cdata_end_in_text|entity_ref|entity_ref_html|charref_obfuscation|ns_|unbound_prefix|depth_|attr_|stanza_|xmlns_|text_between)/;
