/** Published test vectors: well-formedness and UTF-8. Every disagreement is listed with its reason. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { cutEvery } from '../../support/chunking.ts';
import { readTar } from '../../support/tar.ts';
import { errorsOf } from '../../support/xml-oracles.ts';
import { bytesOf, linesOf, XmlRecorder } from '../../support/xml-recorder.ts';

const SHARED = join(process.cwd(), '../shared/data/xml');
const recorder = new XmlRecorder();

function jsonLines(text: string): Record<string, string>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
}

/** W3C tests where this reader and the suite differ on purpose. */
const W3C_EXCEPTIONS: Readonly<Record<string, string>> = {
  'not-wf-sa-151':
    'a declaration between documents is judged by what follows it; nothing does here',
  'o-p04pass1': 'a name with a colon that is not namespace-well-formed',
  'o-p05pass1': 'names with several colons are not namespace-well-formed',
  'rmt-014': 'the fifth edition of XML 1.0 allows this name',
  'rmt-016': 'the fifth edition of XML 1.0 allows this name',
  'rmt-019': 'the fifth edition of XML 1.0 allows this name',
  'rmt-e2e-61': 'a false encoding label is xml.encoding_declared and read on, as servers do',
  'hst-lhs-007': 'a false encoding label is xml.encoding_declared and read on, as servers do',
  'hst-lhs-008':
    'a false encoding label in UTF-16 is xml.encoding_utf16 and read on, as servers do',
};

/** Characters of XML 1.1 alone: it forbids C1 controls that XML 1.0 allows. */
const C1_CONTROLS = /^ibm-1-1-not-wf-P02-ibm02n(3[2-9]|[45]\d|6[0-3])\.xml$/;

/** expat tests that use its API (handlers, external subsets), so the document alone is well-formed. */
const EXPAT_EXCEPTIONS: Readonly<Record<string, string>> = {
  test_bad_encoding: 'the encoding is given by the API',
  test_abort_epilog_2: 'the handler aborts',
  test_long_utf8_character: 'the fifth edition of XML 1.0 allows this name',
  test_not_utf16: 'a false encoding label is xml.encoding_declared and read on',
  test_invalid_unknown_encoding: 'an unknown encoding is xml.encoding_declared and read on',
  test_unknown_encoding_invalid_length: 'an unknown encoding is xml.encoding_declared and read on',
  test_unknown_encoding_invalid_topbit: 'an unknown encoding is xml.encoding_declared and read on',
  test_unknown_encoding_invalid_high: 'an unknown encoding is xml.encoding_declared and read on',
};

/** libxml2 documents that are well-formed; its errors come from validation, limits or a missing file. */
const LIBXML2_EXCEPTIONS: Readonly<Record<string, string>> = {
  'namespaces/err_0.xml': 'an attribute that merely begins with xmlns is an ordinary one',
  'errors/unsupported-encoding.xml': 'a false encoding label is xml.encoding_declared and read on',
};

void describe('xml conformance', () => {
  const suite = jsonLines(
    gunzipSync(readFileSync(join(process.cwd(), 'fixtures/xml/w3c-nodoctype.jsonl.gz'))).toString(),
  );

  void it('agrees with the W3C suite', () => {
    assert.equal(suite.length, 396);
    const differing = suite
      .filter(({ type, base64 }) => {
        if (type === 'error') return false; // a parser may do as it likes
        const accepted = errorsOf(recorder, Buffer.from(base64 ?? '', 'base64')).length === 0;
        return accepted === (type === 'not-wf');
      })
      .map(({ id }) => id ?? '')
      .filter((id) => !C1_CONTROLS.test(id));
    assert.deepEqual(differing.sort(), Object.keys(W3C_EXCEPTIONS).sort());
  });

  void it('says the same of every W3C document at every segmentation', () => {
    for (const { id, base64 } of suite) {
      const bytes = Buffer.from(base64 ?? '', 'base64');
      const whole = linesOf(recorder.run([bytes]));
      for (const size of [1, 2, 3, 5, 7, 16]) {
        assert.deepEqual(linesOf(recorder.run(cutEvery(bytes, size))), whole, `${id} size ${size}`);
      }
    }
  });

  void it('rejects what expat expects to fail', () => {
    const lines = jsonLines(readFileSync(join(SHARED, 'expat-expect-failure.jsonl'), 'utf8'));
    assert.ok(lines.length > 70);
    const accepted = lines
      .filter(({ hex }) => errorsOf(recorder, Buffer.from(hex ?? '', 'hex')).length === 0)
      .map(({ test }) => test);
    assert.deepEqual(accepted.sort(), Object.keys(EXPAT_EXCEPTIONS).sort());
  });

  void it('rejects the documents of libxml2 that are not well-formed', () => {
    const files = readTar(gunzipSync(readFileSync(join(SHARED, 'libxml2-errors.tar.gz'))));
    const documents = files.filter(({ name }) => /\/(errors|namespaces)\/[^/]*\.xml$/.test(name));
    assert.ok(documents.length > 50);
    const accepted = documents
      .filter(({ bytes }) => errorsOf(recorder, bytes).length === 0)
      .map(({ name }) => name.replace(/^libxml2-errors\//, ''));
    assert.deepEqual(accepted.sort(), Object.keys(LIBXML2_EXCEPTIONS).sort());
  });

  void it('raises xml.entity_bomb for the laughs of libxml2 and expands nothing', () => {
    const files = readTar(gunzipSync(readFileSync(join(SHARED, 'libxml2-errors.tar.gz'))));
    const bombs = files.filter(({ name }) =>
      /recurse\/(lol_classic|lol_ig_content|lol_param)\.xml$/.test(name),
    );
    assert.equal(bombs.length, 3);
    for (const { name, bytes } of bombs) {
      assert.ok(recorder.events(bytes).includes('xml.entity_bomb'), name);
    }
  });

  void it('reads the fuzz corpus of go-fuzz without a trap, the same at every cut', () => {
    const files = readTar(gunzipSync(readFileSync(join(SHARED, 'go-fuzz-xml.tar.gz'))));
    assert.ok(files.length > 700);
    for (const { name, bytes } of files) {
      const whole = linesOf(recorder.run([bytes]));
      assert.deepEqual(linesOf(recorder.run(cutEvery(bytes, 1))), whole, name);
    }
  });
});

/** The decoded text of bytes in a message body; undefined when they are not text alone. */
function decoded(bytes: Uint8Array): { text: string; events: string[] } {
  recorder.keepTrees = true;
  recorder.trees = [];
  const said = recorder.run([
    bytesOf("<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'><m>|"),
    bytes,
    bytesOf('|</m>'),
  ]);
  recorder.keepTrees = false;
  const children = recorder.trees[0]?.children ?? [];
  const events = said.filter(({ kind }) => kind === 'event').map(({ text }) => text);
  const text = children.flatMap((child) => (typeof child === 'string' ? [child] : [])).join('');
  return { text: text.slice(1, -1), events };
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

void describe('utf-8 conformance', () => {
  void it('judges and replaces as the flenniken vectors say', () => {
    const lines = readFileSync(join(SHARED, 'flenniken-utf8tests.txt'), 'utf8').split('\n');
    let count = 0;
    for (const line of lines) {
      const parsed = /^([0-9.]+):(valid|invalid)( hex)?:([^:]*)(?::[^:]*)?(?::([^:]*))?$/.exec(
        line,
      );
      if (parsed === null) continue;
      const [, id, verdict, isHex, value = ''] = parsed;
      const bytes =
        isHex === undefined ? bytesOf(value) : Buffer.from(value.replace(/ /g, ''), 'hex');
      const found = decoded(bytes);
      const complaints = found.events.filter((name) => name.startsWith('utf8.'));
      assert.equal(
        complaints.length > 0,
        verdict === 'invalid',
        `${id ?? ''} ${complaints.join()}`,
      );
      assert.equal(found.text, utf8.decode(bytes).replace(/\r\n?/g, '\n'), id);
      count++;
    }
    assert.ok(count > 80, `${count} vectors`);
  });

  void it("replaces in Kuhn's test file as the Encoding Standard does", () => {
    const file = readFileSync(join(SHARED, 'kuhn-UTF-8-test.txt'));
    let at = 0;
    let count = 0;
    for (let end = file.indexOf(10); end >= 0; end = file.indexOf(10, at)) {
      const line = file.subarray(at, end);
      at = end + 1;
      const plain = line.filter((byte) => byte !== 0x26 && byte !== 0x3c && byte !== 0x0d);
      assert.equal(decoded(plain).text, utf8.decode(plain), `line at ${at}`);
      count++;
    }
    assert.ok(count > 250);
  });
});
