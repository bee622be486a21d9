import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadRules, type LoadOptions } from '../../../sensor/rules/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'lint-set-'));
after(() => {
  rmSync(folder, { recursive: true });
});

interface Parts {
  readonly sid?: number;
  readonly msg?: string;
  readonly body?: string;
  readonly rest?: string;
}

function rule({ sid = 1, msg = `rule ${sid}`, body = `abc${sid}`, rest = '' }: Parts = {}): string {
  return `alert xmpp any any -> any any (msg:"${msg}"; xmpp.body; content:"${body}"; ${rest} sid:${sid};)\n`;
}

/** Warnings of a check as `file:line word-it-points-at: message`. */
function check(files: Record<string, string>, options: LoadOptions = {}): string[] {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  const configs = { 'classification.config': '', 'reference.config': '' };
  for (const [name, text] of Object.entries({ ...configs, ...files })) {
    writeFileSync(join(folder, name), text);
  }
  return loadRules([folder], { check: 'normal', ...options })
    .problems.filter(({ message }) => !message.includes('classtype'))
    .map(({ file, line, column, message }) => {
      const text = files[basename(file)]?.split('\n')[line - 1] ?? '';
      const at = /^[\w.]+/.exec(text.slice(column - 1))?.[0] ?? '';
      return `${basename(file)}:${line} ${at}: ${message.replaceAll(`${folder}/`, '')}`;
    });
}

const shipped = { shippedFolder: folder };

describe('rules seen together', () => {
  it('have a msg each', () => {
    const files = { 'a.rules': rule({ msg: 'x' }), 'b.rules': rule({ sid: 2, msg: 'x' }) };
    assert.deepEqual(check(files), ['b.rules:1 msg: msg is the same as that of a.rules:1']);
    assert.deepEqual(check({ 'a.rules': rule({ msg: 'x' }) + rule({ sid: 2, msg: 'X' }) }), []);
  });
  it('match something different each', () => {
    const twins = { 'a.rules': rule({ body: 'abc' }) + rule({ sid: 2, body: 'abc' }) };
    assert.deepEqual(check(twins), ['a.rules:2 sid: Rule matches exactly what a.rules:1 does']);
    const other = rule({ sid: 2, body: 'abc', rest: 'nocase;' });
    assert.deepEqual(check({ 'a.rules': rule({ body: 'abc' }) + other }), []);
    const slower = rule({
      sid: 2,
      body: 'abc',
      rest: 'threshold:type limit, track by_src, count 1, seconds 60;',
    });
    assert.deepEqual(check({ 'a.rules': rule({ body: 'abc' }) + slower }), []);
  });
  it('use no retired number', () => {
    const retired = '# sid date reason\n\n7  2026-11-21  too loud\n';
    assert.deepEqual(check({ 'a.rules': rule({ sid: 7 }), 'retired.txt': retired }), [
      'a.rules:1 sid: sid 7 is retired (retired.txt)',
    ]);
    assert.deepEqual(check({ 'a.rules': rule({ sid: 8 }), 'retired.txt': retired }), []);
  });
  it('keep to their blocks', () => {
    assert.deepEqual(check({ 'a.rules': rule({ sid: 1560010 }) }), [
      'a.rules:1 sid: sid 1560010 is reserved for rules that come with the sensor',
    ]);
    assert.deepEqual(check({ 'a.rules': rule({ sid: 999999 }) }), []);
    const slug = 'metadata:detection dlp-pan;';
    const block = [1560010, 1560020].map((sid) => rule({ sid, rest: slug })).join('');
    assert.deepEqual(check({ 'a.rules': block }, shipped), []);
    assert.deepEqual(check({ 'a.rules': block + rule({ sid: 1550010, rest: slug }) }, shipped), [
      'a.rules:3 sid: sid 1550010 is outside 1560000, the block of a.rules',
    ]);
    assert.deepEqual(check({ 'a.rules': rule({ sid: 12, rest: slug }) }, shipped), [
      'a.rules:1 sid: sid 12 is outside the shipped blocks',
    ]);
  });
  it('name detections of the catalogue, where they come with the sensor', () => {
    const files = {
      'a.rules': rule({ sid: 1560010, rest: 'metadata:detection dlp-pam;' }),
      'detections.txt': '# list\ndlp-pan\n',
    };
    assert.deepEqual(check(files, shipped), [
      'a.rules:1 metadata: Detection dlp-pam is not in detections.txt',
    ]);
    const right = files['a.rules'].replace('pam', 'pan');
    assert.deepEqual(check({ ...files, 'a.rules': right }, shipped), []);
    const own = { ...files, 'a.rules': rule({ rest: 'metadata:detection dlp-pam;' }) };
    assert.deepEqual(check(own), []);
  });
  it('ask lists that list something', () => {
    const asks = (command: string): string =>
      rule({ rest: `xmpp.from_domain; dataset:${command},d,type domain,load list.txt;` });
    const files = { 'a.rules': asks('isset'), 'list.txt': '# nothing yet\n' };
    assert.deepEqual(check(files), [
      'a.rules:1 dataset: Dataset d lists nothing: the rule can never fire',
    ]);
    assert.deepEqual(check({ ...files, 'list.txt': 'bad.example\n' }), []);
    assert.deepEqual(check({ ...files, 'a.rules': asks('isnotset') }), []);
  });
  it('say more of themselves before they are published', () => {
    assert.deepEqual(check({ 'a.rules': rule() }, { check: 'strict' }), [
      'a.rules:1 sid: Rule lacks rev',
      'a.rules:1 alert: Rule lacks metadata detection',
      'a.rules:1 msg: Rule lacks a reference',
    ]);
    const rest = 'rev:1; metadata:detection x; reference:url,example.org;';
    const files = {
      'a.rules': rule({ rest }),
      'reference.config': 'config reference: url https://\n',
    };
    assert.deepEqual(check(files, { check: 'strict' }), []);
  });
  it('are looked at only when somebody asks', () => {
    const files = { 'a.rules': rule({ msg: 'x' }) + rule({ sid: 2, msg: 'x' }) };
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.rules'), files['a.rules']);
    const said = loadRules([folder]).problems.map(({ message }) => message);
    assert.deepEqual(
      said.filter((message) => !message.includes('classtype')),
      [],
    );
  });
});
