import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isAboutFilesOnly,
  judgesFiles,
  loadRuleSources,
  readsFileText,
} from '../../../sensor/rules/index.ts';

function load(options: string): ReturnType<typeof loadRuleSources> {
  const text = `alert xmpp any any -> any any (${options} msg:"m"; sid:1;)`;
  return loadRuleSources([{ file: 'l.rules', text }]);
}

/** Problems, each as `message (hint)`. */
function problems(options: string): string[] {
  return load(options)
    .problems.filter(({ message }) => !message.includes('classtype'))
    .map(({ message, hint }) => `${message} (${hint ?? ''})`);
}

describe('rules on files', () => {
  it('ask for nothing that only stanzas have', () => {
    assert.deepEqual(problems('file.data; content:"abc"; xmpp.body; content:"abc";'), [
      'Can never match: file.data is of a file, xmpp.body of a stanza (beside file buffers stand xmpp.file_name, xmpp.from, xmpp.to, their domains, xmpp.relation, xmpp.text)',
    ]);
    assert.match(
      problems('xmpp.ns; content:"urn:x"; file.magic; content:"PE32";').join(),
      /file\.magic is of a file, xmpp\.ns of a stanza/,
    );
    const whole =
      'file.data; content:"abc"; file.magic; content:"PDF"; file.sha256; content:!"00"; ' +
      'xmpp.file_name; content:".pdf"; xmpp.relation; content:"foreign"; xmpp.text; content:"abc";';
    assert.deepEqual(problems(whole), []);
  });

  it('may be selected by little: files are few', () => {
    assert.deepEqual(problems('file.data; content:"a";'), []);
    assert.deepEqual(problems('file.data; content:!"abc";'), []);
    assert.match(problems('xmpp.body; content:"a";').join(), /fewer than 3 fixed bytes/);
  });

  it('are told apart from rules on stanzas', () => {
    const kinds = (options: string): boolean[] =>
      load(options).rules.flatMap((rule) => [
        isAboutFilesOnly(rule),
        judgesFiles(rule),
        readsFileText(rule),
      ]);
    assert.deepEqual(kinds('file.data; content:"abc";'), [true, true, false]);
    assert.deepEqual(kinds('file.md5; content:"abc";'), [false, true, false]);
    assert.deepEqual(kinds('file.md5; content:"abc"; xmpp.body; content:"abc";'), [
      false,
      false,
      false,
    ]);
    assert.deepEqual(kinds('xmpp.text; content:"abc"; metadata:files yes;'), [false, false, true]);
    assert.deepEqual(kinds('xmpp.text; content:"abc";'), [false, false, false]);
  });
});

describe('metadata files', () => {
  it('is yes, on rules that read text', () => {
    assert.deepEqual(problems('xmpp.text; content:"abc"; metadata:files yes;'), []);
    assert.deepEqual(
      problems('xmpp.text_folded; content:"abc"; metadata:detection x, files yes;'),
      [],
    );
    assert.deepEqual(problems('xmpp.text; content:"abc"; metadata:files no;'), [
      'metadata files can only be yes (or leave it out)',
    ]);
  });

  it('is warned of where it has no effect', () => {
    const warned = (options: string, wanted: RegExp): void => {
      assert.match(problems(`${options} metadata:files yes;`).join(), wanted);
    };
    warned('xmpp.body; content:"abc";', /no effect: the rule asks for xmpp\.body/);
    warned('xmpp.from; content:"abc";', /no effect: the rule asks for no text/);
    warned('file.data; content:"abc";', /says nothing here/);
    warned('xmpp.text; content:"abc"; xmpp.ns; content:"urn";', /asks for xmpp\.ns/);
    warned(
      'xmpp.text; content:!"abc"; xmpp.from; content:"abc";',
      /nothing in the text must be there/,
    );
  });
});
