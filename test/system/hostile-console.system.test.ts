/**
 * Stored script: traffic whose every text is markup, script, a link, a template or a terminal sequence, on every page of
 * the console and in every answer of the API. It stays text: nothing runs, nothing becomes an element, no address of
 * its own is asked for, no header holds any of it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { PAYLOADS } from '../../fixtures/pcap/hostile/payloads.ts';
import type { Page as ListPage } from '../../sensor/api/contract.ts';
import type { IdentitySummary, StoredAlert } from '../../sensor/core/index.ts';
import { View, startBrowser } from '../support/browser.ts';
import { ALL, consolePages, settled, signIn, visit } from '../support/console-pages.ts';
import { HOSTILE_CAPTURE } from '../support/hostile.ts';
import { ServedStore, fillStore } from '../support/served-store.ts';

/** Elements that traffic names and the console has none of. */
const FOREIGN = Object.values(PAYLOADS)
  .flatMap((text) => [...text.matchAll(/<([a-z]+)/g)].map(([, name = '']) => name))
  .filter((name) => !['a', 'html', 'script', 'svg'].includes(name));

describe('hostile traffic in the console', () => {
  let folder: string;
  let server: ServedStore;
  let browser: Browser;
  let view: View;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-hostile-console-'));
    fillStore(folder, [HOSTILE_CAPTURE]);
    server = await ServedStore.start(folder);
    browser = await startBrowser();
    view = await View.open(browser, server.url);
    await signIn(view, server.adminToken);
    // The audit and histories show what people wrote: that may be hostile as well.
    const { items } = await server.get<ListPage<StoredAlert>>(`/alerts?${ALL}&limit=20`);
    for (const [i, text] of Object.values(PAYLOADS).slice(0, 10).entries()) {
      const { status } = await server.post(`/alerts/${items[i]?.alertId ?? ''}/triage`, {
        comment: text,
      });
      assert.equal(status, 200, text);
    }
  });

  after(async () => {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const isText = async (path: string): Promise<void> => {
    await visit(view, path);
    const tags = await view.ask<string[]>('tags()');
    assert.deepEqual(
      tags.filter((tag) => FOREIGN.includes(tag)),
      [],
      path,
    );
    await view.check();
  };

  it('is text on every page', async () => {
    const shown = new Map<string, string>();
    for (const [name, path] of await consolePages(server)) {
      await isText(path);
      shown.set(name, await view.text());
    }
    for (const name of ['inbox', 'files', 'identities', 'exposures', 'sessions', 'campaign']) {
      assert.match(shown.get(name) ?? '', /stanzawatchPwned/i, `${name} shows none of it`);
    }
  });

  it('is text in an alert of every detection, with all its tabs', async () => {
    const { items } = await server.get<ListPage<StoredAlert>>(`/alerts?${ALL}&limit=500`);
    const byDetection = new Map(items.map((alert) => [alert.detection, alert.alertId]));
    assert.ok(byDetection.size >= 10, [...byDetection.keys()].join(' '));
    for (const id of byDetection.values()) {
      await isText(`/alerts/${id}`);
      for (const tab of await view.page.getByRole('tab').all()) {
        await tab.click();
        await settled(view);
        await view.check();
      }
    }
  });

  it('is text in dialogs, opened rows and what is tuned', async () => {
    const { page } = view;
    await visit(view, '/inbox?since=all');
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('j');
      await page.keyboard.press('o');
    }
    await settled(view);
    await view.check();
    const { items } = await server.get<ListPage<StoredAlert>>(
      `/alerts?${ALL}&limit=1&detection=jid-malformed`,
    );
    await visit(view, `/alerts/${items[0]?.alertId ?? ''}`);
    await page.keyboard.press('t');
    const dialog = page.getByRole('dialog', { name: 'Tune the rule' });
    await dialog.getByLabel(/Reason/).fill(PAYLOADS.image);
    await view.check();
    await page.keyboard.press('Escape');
  });

  it('is text about every account, also in the graph', async () => {
    const { items } = await server.get<ListPage<IdentitySummary>>(`/identities?${ALL}&limit=500`);
    assert.ok(items.length > 30);
    // Every third: each payload names several of them.
    for (const { jid } of items.filter((_, i) => i % 3 === 0)) {
      await isText(`/identities/${encodeURIComponent(jid)}`);
      await isText(`/graph?jid=${encodeURIComponent(jid)}&${ALL}`);
    }
  });

  it('is text where it is searched for, and in addresses somebody else made', async () => {
    for (const text of Object.values(PAYLOADS)) {
      const query = encodeURIComponent(text.slice(0, 200));
      await visit(view, `/inbox?since=all&text=${query}&jid=${query}&not=${query}&status=${query}`);
      await view.check();
    }
    for (const path of ['/alerts/', '/campaigns/', '/files/', '/identities/', '/rules/']) {
      view.expect(/status of 40[04]/);
      await view.goto(`${path}${encodeURIComponent(PAYLOADS.image)}`);
      await view.page.locator('main#main').waitFor();
      await view.page.waitForTimeout(200);
      await view.check();
    }
  });

  it('is JSON in the API, and in no header', async () => {
    const [alert] = (await server.get<ListPage<StoredAlert>>(`/alerts?${ALL}&limit=1`)).items;
    const id = alert?.alertId ?? '';
    const paths = [
      ...['alerts', 'alerts/groups', 'alerts/timeline', 'alerts/top?by=jid', 'sessions', 'files'],
      ...['identities', 'exposures', 'campaigns', 'rules', 'rules/tuning', 'health', 'audit'],
      ...[`alerts/${id}`, `alerts/${id}/transcript`, `alerts/${id}/pcap`],
      ...Object.values(PAYLOADS).map((text) => `alerts?text=${encodeURIComponent(text)}`),
      ...Object.values(PAYLOADS).map((text) => `alerts/${encodeURIComponent(text.slice(0, 40))}`),
      ...Object.values(PAYLOADS).map((text) => encodeURIComponent(text.slice(0, 40))),
    ];
    for (const path of paths) {
      const answer = await server.ask(`/api/v1/${path}`, server.adminToken);
      const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
      assert.doesNotMatch(headers, /pwned|stanzawatchPwned|passwd|cmd|DROP|HYPERLINK/i, path);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/, path);
      if (path.endsWith('/pcap')) continue;
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, path);
      JSON.parse(answer.text);
    }
  });
});
