/** The console as it is served: small, nothing inline, nothing from another host; colours that can be read. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

const ROOT = process.cwd();
const CONSOLE = join(ROOT, 'dashboards', 'console');
/** The whole console, every page of it, in bytes as they go over the wire. */
const BUDGET = 200_000;
/** Entry and inbox with all they import. */
const FIRST_LOAD_BUDGET = 100_000;

describe('the built console', () => {
  const out = mkdtempSync(join(tmpdir(), 'console-'));
  const assets = join(out, 'assets');

  before(() => {
    const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
    const args = ['build', '--logLevel', 'warn', '-c', join(CONSOLE, 'vite.config.ts')];
    const run = spawnSync(process.execPath, [vite, ...args], {
      encoding: 'utf8',
      env: { ...process.env, CONSOLE_OUT: out },
    });
    assert.equal(run.status, 0, run.stderr);
  });
  after(() => {
    rmSync(out, { recursive: true, force: true });
  });

  const read = (name: string): string => readFileSync(join(assets, name), 'utf8');
  const size = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0);

  /** A file and everything it imports at once, style sheets included. */
  function closure(start: readonly string[]): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (name: string): void => {
      if (found.has(name)) return;
      found.add(name);
      const base = name.replace(/-[\w-]{8}\.js$/, '');
      for (const other of readdirSync(assets)) {
        if (other.endsWith('.css') && other.replace(/-[\w-]{8}\.css$/, '') === base) visit(other);
      }
      if (!name.endsWith('.js')) return;
      for (const [, path = ''] of read(name).matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) {
        visit(path);
      }
    };
    start.forEach(visit);
    return found;
  }

  it('stays in its budget: all of it, and what the inbox needs at first', () => {
    const files = readdirSync(assets).filter((name) => /\.(?:js|css)$/.test(name));
    const total = size(files);
    assert.ok(total < BUDGET, `the console is ${total} bytes compressed`);
    const inbox = files.filter((name) => /^(?:index|inbox)-/.test(name));
    const first = size([...closure(inbox)]);
    assert.ok(first > 10_000 && first < FIRST_LOAD_BUDGET, `first load is ${first} bytes`);
  });

  it('has no script and no style in its page, so the content security policy holds', () => {
    const html = readFileSync(join(out, 'index.html'), 'utf8');
    for (const [tag, body = ''] of html.matchAll(/<script\b[^>]*>([^<]*)/g)) {
      assert.match(tag, /\bsrc="\/assets\//);
      assert.equal(body.trim(), '');
    }
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|javascript:/i);
    assert.doesNotMatch(html, /https?:/);
  });

  it('asks no other host: the only addresses in it are names of namespaces and examples', () => {
    for (const name of readdirSync(assets)) {
      const text = read(name);
      const hosts = [...text.matchAll(/\bhttps?:\/\/([\w.-]+)/g)].map((match) => match[1] ?? '');
      const strange = hosts.filter(
        (host) =>
          !/^(?:www\.w3\.org|jabber\.org|etherx\.jabber\.org|(?:[\w.-]+\.)?example(?:\.\w+)?)$/.test(
            host,
          ),
      );
      assert.deepEqual(strange, [], name);
      assert.doesNotMatch(text, /@import|url\(\s*["']?(?:https?:)?\/\//, name);
      assert.doesNotMatch(text, /\beval\(|new Function\(/, name);
    }
  });
});

describe('colours', () => {
  const css = readFileSync(join(CONSOLE, 'src', 'ui', 'styles', 'tokens.css'), 'utf8');
  const [light = '', dark = ''] = css.split(":root[data-theme='dark']");
  const tokens = (text: string): ReadonlyMap<string, string> =>
    new Map(
      [...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1] ?? '', m[2] ?? '']),
    );

  /** WCAG 2.2, relative luminance. */
  function luminance(hex: string): number {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(a: string, b: string): number {
    const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  }

  const grounds = ['bg', 'surface', 'raised', 'sunken', 'hover', 'chosen'];
  const pairs = [
    ...grounds.flatMap((ground) => [
      ...[
        ['text', ground],
        ['muted', ground],
        ['accent', ground],
        ['bad', ground],
      ],
    ]),
    ...['critical', 'high', 'medium', 'info'].map((name) => [`${name}-text`, `${name}-soft`]),
    ...['good', 'warn', 'bad', 'accent'].map((name) => [name, `${name}-soft`]),
    ...['tag', 'name', 'string', 'escape', 'comment'].map((name) => [`syntax-${name}`, 'sunken']),
    ...['accent-soft', 'bad-soft'].flatMap((soft) => [
      ['muted', soft],
      ['text', soft],
    ]),
    ['accent-text', 'accent'],
    ['mark-text', 'mark'],
  ];
  for (const [theme, text] of [
    ['light', light],
    ['dark', dark],
  ] as const) {
    it(`of words meet 4.5:1 in the ${theme} theme`, () => {
      const values = tokens(text);
      const weak = pairs.flatMap(([front = '', back = '']) => {
        const [a, b] = [values.get(front), values.get(back)];
        assert.ok(a !== undefined && b !== undefined, `${front} or ${back} is no colour`);
        const ratio = contrast(a, b);
        return ratio < 4.5 ? [`${front} on ${back}: ${ratio.toFixed(2)}`] : [];
      });
      assert.deepEqual(weak, []);
    });

    it(`of shapes meet 3:1 in the ${theme} theme`, () => {
      const values = tokens(text);
      for (const name of ['critical', 'high', 'info', 'focus']) {
        const [a, b] = [values.get(name), values.get('surface')];
        assert.ok(a !== undefined && b !== undefined);
        assert.ok(contrast(a, b) >= 3, `${name}: ${contrast(a, b).toFixed(2)}`);
      }
    });
  }
});
