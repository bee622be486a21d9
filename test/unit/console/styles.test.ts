/**
 * Style sheets of pages stay once they were loaded, whatever page is open: what one says of a class that another page
 * uses would show only sometimes. And what nobody uses goes.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const SOURCES = join(process.cwd(), 'dashboards', 'console', 'src');
/** Classes made of a part and a word, and those of uPlot. */
const MADE = /^(?:syntax|rule|level|u)-/;

const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
const textOf = (name: string): string => readFileSync(join(SOURCES, name), 'utf8');
const sheets = names.filter((name) => name.endsWith('.css'));
const sources = names.filter((name) => name.endsWith('.tsx')).map((name) => [name, textOf(name)]);

/** The classes of each selector of a sheet. */
function selectors(sheet: string): string[][] {
  const text = textOf(sheet).replace(/\/\*[^]*?\*\//g, '');
  return [...text.matchAll(/([^{};]+)\{/g)]
    .map(([, list = '']) => list.trim())
    .filter((list) => !list.startsWith('@'))
    .flatMap((list) => list.split(/,(?![^(]*\))/))
    .map((one) => [...one.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name));
}

/** The classes a source gives its elements, as far as they stand in it as words. */
function classesIn(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/class=(?:"([^"]*)"|\{([^}]*)\})/g)]
      .flatMap(([, plain = '', made = '']) => [
        plain,
        ...made.split(/['`]/).filter((_, i) => i % 2 === 1),
      ])
      .flatMap((words) => words.split(/[\s{}$]+/)),
  );
}

describe('style sheets of the console', () => {
  it('name no class that no component has', () => {
    const all = sources.map(([, text]) => text).join('\n');
    const words = new Set(all.match(/[a-z][\w-]*/g));
    const unused = sheets.flatMap((sheet) =>
      selectors(sheet)
        .flat()
        .filter((name) => !words.has(name) && !MADE.test(name))
        .map((name) => `${sheet}: .${name}`),
    );
    assert.deepEqual(unused, []);
  });

  it('of a page reach no other page', () => {
    const pageOf = (name: string): string => /^pages\/[^/]+\//.exec(name)?.[0] ?? '';
    const strays: string[] = [];
    for (const sheet of sheets.filter((name) => pageOf(name) !== '')) {
      const others = new Set(
        sources
          .filter(([name = '']) => pageOf(name) !== pageOf(sheet))
          .flatMap(([, text = '']) => [...classesIn(text)]),
      );
      // One class of its own keeps a selector in its page.
      for (const classes of selectors(sheet)) {
        if (classes.every((name) => others.has(name)))
          strays.push(`${sheet}: ${classes.join(' ')}`);
      }
    }
    assert.deepEqual(strays, []);
  });
});
