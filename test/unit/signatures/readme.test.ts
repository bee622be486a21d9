/** signatures/README.md keeps its word: its tables are complete, its rules load, its tutorial goes as it says. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCli } from '../../../sensor/cli/program.ts';
import { BUFFERS } from '../../../sensor/core/index.ts';
import { VALIDATORS, validatorProblem } from '../../../sensor/detect/index.ts';
import { sidsOf } from '../../../sensor/case-player.ts';
import { BUFFER_GUIDE, KEYWORDS, loadCases, loadRuleSources } from '../../../sensor/rules/index.ts';
import { shippedPlayer } from '../../support/case-player.ts';

const SIGNATURES = join(process.cwd(), 'signatures');
const readme = readFileSync(join(SIGNATURES, 'README.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocks(text: string): Block[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language = '', content = '']) => ({
    language,
    text: content,
  }));
}

function section(title: string): string {
  const from = readme.indexOf(`\n## ${title}\n`);
  assert.ok(from >= 0, `no section ${title}`);
  const to = readme.indexOf('\n## ', from + 1);
  return readme.slice(from, to < 0 ? undefined : to);
}

describe('the language reference', () => {
  const language = section('The language');
  it('has every buffer with what it holds', () => {
    for (const name of BUFFERS) {
      const { text, example } = BUFFER_GUIDE[name];
      assert.ok(language.includes(`| \`${name}\` | ${text} | \`${example}\` |\n`), name);
    }
  });
  it('names every keyword', () => {
    const missing = Object.keys(KEYWORDS).filter(
      (name) => !new RegExp(`\`${name.replaceAll('.', '\\.')}[\`:;]`).test(language),
    );
    assert.deepEqual(missing, []);
  });
  it('names every validator', () => {
    const missing = [...VALIDATORS.keys()].filter((name) => !language.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
  });
  it('shows rules that load', () => {
    const shown = blocks(readme).filter((block) => block.language === 'rules');
    assert.ok(shown.length >= 4);
    for (const { text } of shown) {
      const file = join(SIGNATURES, 'readme.rules');
      const { problems } = loadRuleSources([{ file, text }], { validatorProblem });
      const errors = problems.filter(({ severity }) => severity === 'error');
      assert.deepEqual(errors, []);
    }
  });
});

describe('the example of several flows', () => {
  it('does what it says', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flows-'));
    try {
      const [example] = blocks(section('Cases')).filter(({ text }) => text.includes('flows:'));
      writeFileSync(join(folder, 'example.yaml'), example?.text ?? '');
      const cases = loadCases(folder, join(SIGNATURES, 'cases'));
      assert.deepEqual(
        cases.map(({ isFiring, flows }) => [isFiring, flows.length]),
        [
          [true, 2],
          [false, 4],
        ],
      );
      const player = shippedPlayer();
      for (const source of cases) assert.deepEqual(sidsOf(player.play(source, 7)), source.fires);
      player.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the tutorial', () => {
  const root = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'tutorial-'));
  after(() => {
    process.chdir(root);
    rmSync(folder, { recursive: true });
  });

  async function type(command: string): Promise<string> {
    let out = '';
    const io = {
      out: (text: string) => (out += text),
      err: (text: string) => (out += text),
      columns: 0,
      isErrTerminal: false,
    };
    await runCli([...command.split(' '), '-l', 'data'], io);
    return out;
  }

  it('goes as it says, word by word', async () => {
    process.chdir(folder);
    mkdirSync('my-rules/cases', { recursive: true });
    let commands = 0;
    let hasCases = false;
    for (const { language, text } of blocks(section('From a suspicious stanza to a tested rule'))) {
      if (language === 'rules') writeFileSync('my-rules/phish.rules', text);
      if (language === 'yml') {
        appendFileSync('my-rules/cases/mailbox.yaml', hasCases ? `\n${text}` : text);
        hasCases = true;
      }
      if (language !== 'text') continue;
      for (const [, command = '', shown = ''] of text.matchAll(
        /^\$ stanzawatch (.*)\n((?:(?!\$ ).*\n)*)/gm,
      )) {
        commands++;
        const out = await type(command);
        const cut = shown.indexOf('...\n');
        if (shown.endsWith('\n...\n')) assert.ok(out.startsWith(shown.slice(0, cut)), out);
        else assert.equal(out, shown, command);
      }
    }
    assert.equal(commands, 7);
  });
});
