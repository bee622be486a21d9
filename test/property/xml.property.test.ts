/**
 * Generated and damaged XML: the tokenizer agrees with saxes about what is well-formed, with saxes,
 * sax and ltx about what it means, and no cut changes what it says.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { elementsOf, errorsOf, ltxRead, saxesRead, saxRead } from '../support/xml-oracles.ts';
import { bytesOf, linesOf, XmlRecorder } from '../support/xml-recorder.ts';

const HEAD = "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>";
const END = '</s:stream>';
const recorder = new XmlRecorder();

const namePart = fc.constantFrom(
  'message',
  'body',
  'a',
  'x-1',
  'q.r',
  '_z',
  'é',
  '名',
  'iq',
  'abcdefghij',
);
const prefix = fc.constantFrom('', 'p:', 'q:', 's:');
const uri = fc.constantFrom('jabber:client', 'urn:a', 'urn:b', 'urn:xmpp:ping', 'http://x/#y');
/** Text with what needs escaping, several planes, line ends. */
const plainText = fc
  .array(
    fc.constantFrom(
      'a',
      'bc ',
      '1',
      '<',
      '>',
      '&',
      '"',
      "'",
      ']',
      'é',
      '世',
      '😀',
      '\n',
      '\t',
      ' ',
    ),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''));

function escape(text: string): string {
  return text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** One way of several to write a text. */
const writtenText = fc.tuple(plainText, fc.nat(4)).map(([text, how]) => {
  if (how === 0) return `<![CDATA[${text.replaceAll(']]>', '')}]]>`;
  if (how === 1) return `${escape(text)}<!-- ${text.replaceAll('-', '')} -->`;
  if (how === 2)
    return Array.from(text, (c) => `&#x${(c.codePointAt(0) ?? 0).toString(16)};`).join('');
  if (how === 3) return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `${escape(text)}<?x ${text.replaceAll('?', '')}?>`;
});

const attribute = fc
  .tuple(prefix, namePart, plainText, fc.constantFrom("'", '"'))
  .map(([p, name, value, quote]) => ` ${p}${name}=${quote}${escape(value)}${quote}`);

const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(
      prefix,
      namePart,
      fc.array(attribute, { maxLength: 3 }),
      fc.option(uri),
      fc.tuple(uri, uri),
      fc.array(tie('content'), { maxLength: 4 }),
    )
    .map(([p, name, attrs, own, [first, second], content]) => {
      // The outermost writer declares the prefixes for all.
      const spaces = `${own === null ? '' : ` xmlns='${own}'`} xmlns:p='${first}' xmlns:q='${second}'`;
      const tag = `${p}${name}`;
      return `<${tag}${spaces}${attrs.join('')}>${content.join('')}</${tag} >`;
    }),
  content: fc.oneof({ maxDepth: 3 }, writtenText, tie('element')),
}));

const MARKS = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '=',
  '/',
  ':',
  ' ',
  '!',
  '?',
  ']',
  '-',
  ';',
  '#',
  'x',
  '\x01',
  'é',
];

const damage = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(2),
  fc.constantFrom(...MARKS),
);

function damaged(text: string, [where, how, mark]: readonly [number, number, string]): string {
  const at = Math.floor(where * text.length);
  if (how === 0) return text.slice(0, at) + mark + text.slice(at);
  if (how === 1) return text.slice(0, at) + text.slice(at + 1);
  return text.slice(0, at) + mark + text.slice(at + 1);
}

/** Streams of elements that are well-formed; saxes decides when a generated one is not (duplicates). */
const inner = fc
  .array(element, { minLength: 1, maxLength: 3 })
  .map((list) => `<w>${list.join('')}</w>`);

const RUNS = { numRuns: 400, interruptAfterTimeLimit: 60_000 };

void describe('xml properties', () => {
  void it('means what saxes, sax and ltx say', () => {
    fc.assert(
      fc.property(inner, (text) => {
        const document = HEAD + text + END;
        const { error, tree } = saxesRead(document);
        fc.pre(error === undefined);
        recorder.keepTrees = true;
        recorder.trees = [];
        recorder.run([bytesOf(document)]);
        recorder.keepTrees = false;
        assert.deepEqual(recorder.trees, elementsOf(tree));
        assert.deepEqual(recorder.trees, elementsOf(saxRead(document)));
        // ltx knows no CDATA, comments or instructions inside text, and wants ASCII names.
        if (!/<!|<\?|&#/.test(text))
          assert.deepEqual(recorder.trees, elementsOf(ltxRead(document)));
      }),
      RUNS,
    );
  });

  void it('is strict where saxes is strict', () => {
    fc.assert(
      fc.property(inner, fc.array(damage, { minLength: 1, maxLength: 3 }), (text, wounds) => {
        const document = `${HEAD}<m>${wounds.reduce(damaged, text)}</m>${END}`;
        // saxes lets a local name begin with what only continues names.
        fc.pre(!/:[-.\d\u00b7]/.test(document) && Buffer.from(document).toString() === document);
        const errors = errorsOf(recorder, bytesOf(document));
        const { error } = saxesRead(document);
        assert.equal(errors.length > 0, error !== undefined, `${errors.join()} / ${error ?? ''}`);
      }),
      { ...RUNS, numRuns: 2000 },
    );
  });

  void it('says the same however the bytes are cut', () => {
    fc.assert(
      fc.property(
        inner,
        fc.array(damage, { maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (text, wounds, sizes, midstream) => {
          const bytes = bytesOf(HEAD + wounds.reduce(damaged, text) + END);
          const whole = linesOf(recorder.run([bytes], midstream));
          const pieces: Uint8Array[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          assert.deepEqual(linesOf(recorder.run(pieces, midstream)), whole);
        },
      ),
      RUNS,
    );
  });

  void it('never throws on bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, midstream) => {
        const whole = linesOf(recorder.run([bytes], midstream));
        const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
        assert.deepEqual(linesOf(recorder.run(pieces, midstream)), whole);
      }),
      { ...RUNS, numRuns: 2000 },
    );
  });
});
