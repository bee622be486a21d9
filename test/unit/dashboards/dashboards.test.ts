import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FOLDER, builtFiles } from '../../../dashboards/build.ts';
import { DASHBOARDS } from '../../../dashboards/grafana/dashboards.ts';

interface GridPos {
  readonly h: number;
  readonly w: number;
  readonly x: number;
  readonly y: number;
}

interface Source {
  readonly type: string;
  readonly uid: string;
}

interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: GridPos;
  readonly datasource?: Source;
  readonly targets?: readonly (Readonly<Record<string, unknown>> & {
    readonly refId: string;
    readonly datasource: Source;
  })[];
  readonly fieldConfig?: {
    readonly overrides: readonly {
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

interface DashboardJson {
  readonly uid: string;
  readonly id: null;
  readonly title: string;
  readonly schemaVersion: number;
  readonly tags: readonly string[];
  readonly links: readonly { readonly url: string; readonly type: string }[];
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const folder = join(FOLDER, 'grafana', 'dashboards');
const committed = readdirSync(folder).map((file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  return { file, text, json: JSON.parse(text) as DashboardJson };
});

function overlap(a: GridPos, b: GridPos): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe('files made from code', () => {
  it('are committed as they are built (npm run build:grafana)', () => {
    for (const [name, content] of builtFiles()) {
      assert.equal(readFileSync(join(FOLDER, name), 'utf8'), content, name);
    }
    const built = [...builtFiles().keys()].filter((name) => name.startsWith('grafana/dashboards/'));
    assert.deepEqual(
      committed.map(({ file }) => `grafana/dashboards/${file}`).sort(),
      built.sort(),
      'no dashboard is left over',
    );
  });
});

describe('dashboards', () => {
  it('have stable names of their own, no id, and lead to the others and to the console', () => {
    const uids = committed.map(({ json }) => json.uid);
    assert.equal(new Set(uids).size, DASHBOARDS.length);
    for (const { json } of committed) {
      assert.match(json.uid, /^stanzawatch-[a-z]{1,28}$/);
      assert.equal(json.id, null);
      assert.ok(json.schemaVersion >= 38 && json.schemaVersion <= 41);
      assert.ok(json.tags.includes('stanzawatch'));
      assert.deepEqual(
        json.links.map(({ type }) => type),
        ['dashboards', 'link'],
      );
      assert.match(json.links[1]?.url ?? '', /^\$\{console\}\/[a-z]+$/);
    }
  });

  it('have panels with ids of their own that lie beside each other', () => {
    for (const { json } of committed) {
      const { panels } = json;
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
      assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length, json.title);
      for (const [index, { gridPos, title }] of panels.entries()) {
        assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
        for (const other of panels.slice(index + 1)) {
          assert.ok(!overlap(gridPos, other.gridPos), `${json.title}: ${title}, ${other.title}`);
        }
      }
    }
  });

  it('say of every panel what it means and what to do, and ask only the two data sources', () => {
    const sources = new Map([
      ['${prometheus}', 'prometheus'],
      ['${store}', 'frser-sqlite-datasource'],
    ]);
    for (const { json } of committed) {
      const variables = json.templating.list.map(({ name }) => name);
      for (const panel of json.panels) {
        if (panel.type === 'row') continue;
        const { title, description = '', targets = [] } = panel;
        assert.ok(['timeseries', 'stat', 'table', 'bargauge'].includes(panel.type), title);
        assert.ok(description.length > 20, `${json.title}: ${title} explains nothing`);
        assert.ok(targets.length > 0, title);
        for (const target of targets) {
          assert.equal(target.datasource.type, sources.get(target.datasource.uid), title);
          const text = JSON.stringify(target).replace(/\$__\w+/g, '');
          for (const [, name = ''] of text.matchAll(/\$\{?([a-z]+)/g)) {
            assert.ok(variables.includes(name), `${json.title}: ${title} asks for $${name}`);
          }
        }
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
      }
    }
  });

  it('render nothing of traffic as markup, and put into links only what is percent-encoded', () => {
    let links = 0;
    for (const { json, text } of committed) {
      assert.doesNotMatch(
        text,
        /"(?:text|news|markdown|html)"\s*:\s*\{|"mode": "(?:html|markdown)"/,
      );
      for (const { type, fieldConfig } of json.panels) {
        assert.notEqual(type, 'text');
        for (const { properties } of fieldConfig?.overrides ?? []) {
          for (const { id, value } of properties) {
            assert.ok(!/html|markdown|image/i.test(JSON.stringify(value)), id);
            if (id !== 'links') continue;
            for (const { url } of value as readonly { readonly url: string }[]) {
              links++;
              assert.match(url, /^\$\{console\}\/[a-z]+\/\$\{__value\.text:percentencode\}$/);
            }
          }
        }
      }
    }
    assert.ok(links > 0);
  });
});
