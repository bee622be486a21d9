/** Everything the API tells: every route that is read, for every row it can be asked of. */
import assert from 'node:assert/strict';
import { ROUTES, type Page, type Route } from '../../sensor/api/index.ts';
import { fetchAlone } from './fetch-alone.ts';

export interface ApiAnswer {
  readonly route: Route;
  readonly path: string;
  readonly text: string;
}

/** Where the ids in a path come from, and their member. */
const ID_SOURCES: Readonly<Record<string, readonly [list: string, member: string]>> = {
  alerts: ['/alerts', 'alertId'],
  files: ['/files', 'fileId'],
  campaigns: ['/campaigns', 'campaignId'],
  rules: ['/rules', 'sid'],
};

/** Not JSON, or packets as they were on the wire, which are a reveal. */
const LEFT_OUT = ['/events', '/alerts/:id/pcap'];
const MAX_RULES = 20;

export class ApiReader {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async get(path: string, status = 200): Promise<string> {
    const answer = await fetchAlone(`${this.#url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    const text = await answer.text();
    assert.equal(answer.status, status, `${path}: ${text.slice(0, 500)}`);
    return text;
  }

  /** All rows of a list, page by page. */
  async all<Row>(path: string, limit = 50): Promise<Row[]> {
    const rows: Row[] = [];
    const mark = path.includes('?') ? '&' : '?';
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const more = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = JSON.parse(await this.get(`${path}${mark}limit=${limit}${more}`)) as Page<Row>;
      assert.ok(page.items.length <= limit);
      rows.push(...page.items);
      cursor = page.next;
    }
    return rows;
  }

  async *everything(): AsyncGenerator<ApiAnswer> {
    for (const route of ROUTES) {
      if (route.method !== 'GET' || LEFT_OUT.includes(route.path)) continue;
      for (const path of await this.#pathsOf(route)) {
        yield { route, path, text: await this.get(path) };
      }
    }
  }

  async #pathsOf({ path }: Route): Promise<string[]> {
    if (path === '/graph') {
      const people = await this.all<{ jid: string }>('/identities');
      return people.map(({ jid }) => `/graph?jid=${encodeURIComponent(jid)}`);
    }
    if (path === '/alerts/top') {
      return ['jid', 'domain', 'ip', 'signature', 'category'].map((by) => `${path}?by=${by}`);
    }
    if (!path.includes(':')) return [path];
    const [list, member] = ID_SOURCES[path.split('/')[1] ?? ''] ?? assert.fail(path);
    const rows =
      list === '/rules'
        ? (JSON.parse(await this.get(list)) as Page<object>).items.slice(0, MAX_RULES)
        : await this.all<object>(list);
    return rows.map((row) => {
      const id = String((row as Record<string, unknown>)[member]);
      return path.replace(/:\w+/, encodeURIComponent(id));
    });
  }
}
