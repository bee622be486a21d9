/**
 * Real stanzas: every example of the XEPs and of client libraries' tests is read as saxes and ltx
 * read it, or rejected as saxes rejects it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { elementsOf, errorsOf, ltxRead, saxesRead } from '../../support/xml-oracles.ts';
import { bytesOf, XmlRecorder } from '../../support/xml-recorder.ts';

const SHARED = join(process.cwd(), '../shared/data/stanzas');
const HEAD =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'>";
const recorder = new XmlRecorder();

function examples(file: string): string[] {
  return gunzipSync(readFileSync(join(SHARED, file)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text?: string; xml?: string })
    .map(({ text, xml }) => text ?? xml ?? '')
    .filter((text) => text !== '');
}

/**
 * What XMPP sees otherwise than XML does, so that verdicts cannot be compared: a header within the
 * wrapped stream is a new document, and so is a framing element; the prefix of a stanza's own
 * namespace is an alarm.
 */
function isOfItsOwnKind(text: string): boolean {
  return (
    /^\s*<\?xml/.test(text) ||
    text.includes('<stream:stream') ||
    text.includes('urn:ietf:params:xml:ns:xmpp-framing') ||
    /^\s*<(message|presence|iq)\s[^>]*xmlns=['"](?!jabber:(client|server)['"])/.test(text)
  );
}

for (const [file, least] of [
  ['xep-examples.jsonl.gz', 6000],
  ['library-tests.jsonl.gz', 600],
  ['prosody-dialogues.jsonl.gz', 500],
] as const) {
  void describe(file, () => {
    const documents = examples(file).filter((text) => !isOfItsOwnKind(text));

    void it('is judged as saxes judges it', () => {
      assert.ok(documents.length > least, `${documents.length} examples`);
      for (const text of documents) {
        const document = `${HEAD}${text}</stream:stream>`;
        const errors = errorsOf(recorder, bytesOf(document));
        const { error } = saxesRead(document);
        assert.equal(
          errors.length > 0,
          error !== undefined,
          `${errors.join()} / ${error}: ${text}`,
        );
      }
    });

    void it('gives the trees that saxes and ltx give', () => {
      let compared = 0;
      recorder.keepTrees = true;
      for (const text of documents) {
        const document = `${HEAD}${text}</stream:stream>`;
        const { error, tree } = saxesRead(document);
        if (error !== undefined) continue;
        recorder.trees = [];
        recorder.run([bytesOf(document)]);
        assert.deepEqual(recorder.trees, elementsOf(tree), text);
        // ltx keeps CR, drops CDATA and comments' neighbours; where those are absent it must agree.
        if (!/\r|<!|<\?|&#/.test(text)) {
          assert.deepEqual(recorder.trees, elementsOf(ltxRead(document)), text);
          compared++;
        }
      }
      recorder.keepTrees = false;
      assert.ok(compared > least / 2, `${compared} compared with ltx`);
    });
  });
}
