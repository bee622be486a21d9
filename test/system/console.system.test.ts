/**
 * The console in the distribution's Chromium, over a store filled from captures of real servers and clients: an analyst's
 * day, by mouse and by keyboard, for every role, on every screen.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import type {
  AlertDetail,
  AlertGroups,
  AuditEntry,
  BulkTriageAnswer,
  Page as ListPage,
  TuningEntry,
} from '../../sensor/api/contract.ts';
import type { StoredAlert } from '../../sensor/core/index.ts';
import { View, startBrowser } from '../support/browser.ts';
import { ALL, consolePages, hearing, settled, signIn, visit } from '../support/console-pages.ts';
import { Gateway } from '../support/gateway.ts';
import {
  ServedStore,
  createToken,
  expireToken,
  fillStore,
  runMain,
} from '../support/served-store.ts';

const PCAPS = join(process.cwd(), 'fixtures', 'pcap');
const CAPTURES = [
  'servers/01_c2s_prosody_plain.pcap.gz',
  'servers/06_s2s_dialback_plain.pcap.gz',
  'servers/07_muc.pcap.gz',
  'servers/18_block_report_caps_version.pcap.gz',
  'demo/incident.pcap.gz',
  'files/ibb.pcap.gz',
  // Campaigns, and texts that no page is prepared for.
  'hostile/hostile.pcap.gz',
].map((name) => join(PCAPS, name));
/** Comes while the console is open. */
const LATER = join(PCAPS, 'servers', '03_legacy_iq_auth.pcap.gz');
const STANZA =
  "<message to='bob@corp.example' type='chat'><body>card 4111 1111 1111 1111 exp 10/28</body></message>";
/** First load: everything the browser fetched until rows stand in the inbox, as it came over the wire. */
const FIRST_LOAD_BYTES = 200_000;
/** The aim is a second on a quiet machine; this one may be building something: one load of some must be so fast. */
const FIRST_LOAD_MS = 2000;
const LOADS = { least: 3, most: 10 };

describe('the console', () => {
  let folder: string;
  let server: ServedStore;
  let browser: Browser;
  let analyst: string;
  let viewer: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-console-'));
    fillStore(folder, CAPTURES);
    analyst = createToken(folder, 'analyst', 'analyst');
    viewer = createToken(folder, 'viewer', 'viewer');
    server = await ServedStore.start(folder);
    browser = await startBrowser();
  });

  after(async () => {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Does something in a tab of its own, in which nothing may go wrong. */
  const inView = async (
    token: string,
    use: (view: View) => Promise<void>,
    options: Parameters<typeof View.open>[2] = {},
  ): Promise<void> => {
    const view = await View.open(browser, server.url, options);
    try {
      await signIn(view, token);
      await use(view);
      await view.check();
    } finally {
      await view.close();
    }
  };

  const alertOf = async (detection: string): Promise<StoredAlert> => {
    const query = `/alerts?${ALL}&limit=1&detection=${detection}`;
    const { items } = await server.get<ListPage<StoredAlert>>(query);
    return items[0] ?? assert.fail(`no ${detection}`);
  };

  const statusOf = async (id: string): Promise<string> =>
    (await server.get<AlertDetail>(`/alerts/${id}`)).alert.status;

  it('lets in who has a token, and says why not otherwise', async () => {
    const expired = createToken(folder, 'late', 'viewer', '--days', '1');
    expireToken(folder, 'late');
    const view = await View.open(browser, server.url);
    view.expect(/status of 401/);
    await view.goto('/');
    const field = view.page.getByLabel('Token');
    const ready = view.page.getByRole('button', { name: 'Sign in', exact: true, disabled: false });
    for (const [token, words] of [
      ['sw_v_0000000000000000000000000000000000000000000', /not known/],
      ['nonsense', /not known/],
      [expired, /expired/],
    ] as const) {
      await field.fill(token);
      const answer = view.page.waitForResponse(/\/me$/);
      await view.page.keyboard.press('Enter');
      await answer;
      await ready.waitFor();
      await view.shows(words);
    }
    await field.fill(viewer);
    await view.page.keyboard.press('Enter');
    await settled(view);
    // It stays for the tab, in no address, and ends with the session.
    assert.ok(!view.page.url().includes(viewer));
    assert.equal(await view.page.evaluate('JSON.stringify(localStorage).includes("sw_")'), false);
    assert.equal(await view.page.evaluate('document.cookie'), '');
    await view.page.reload();
    await settled(view);
    await view.page.getByRole('button', { name: 'Appearance and sign out' }).click();
    await view.page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await field.waitFor();
    await view.check();
    await view.close();
  });

  it('is there in a second, in less than 200 kB', async (t) => {
    const times: number[] = [];
    let bytes = 0;
    const isFast = (): boolean => Math.min(...times) < FIRST_LOAD_MS;
    while (times.length < LOADS.least || (!isFast() && times.length < LOADS.most)) {
      const view = await View.open(browser, server.url);
      await view.page.addInitScript(`sessionStorage.setItem('stanzawatch.token', '${viewer}')`);
      const session = await view.page.context().newCDPSession(view.page);
      await session.send('Network.enable');
      bytes = 0;
      session.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength;
      });
      const start = performance.now();
      await view.page.goto('/inbox?since=all', { waitUntil: 'commit' });
      await view.page.locator('.group').first().waitFor();
      times.push(performance.now() - start);
      await settled(view);
      await view.check();
      await view.close();
    }
    const [fastest = Infinity] = times.sort((a, b) => a - b);
    t.diagnostic(`first rows after ${Math.round(fastest)} ms, ${Math.round(bytes / 1000)} kB`);
    assert.ok(bytes < FIRST_LOAD_BYTES, `${bytes} bytes`);
    assert.ok(fastest < FIRST_LOAD_MS, `${times.map(Math.round).join(', ')} ms`);
  });

  it('finds by words and chips, which the address keeps', async () => {
    await inView(analyst, async (view) => {
      await visit(view, '/inbox?since=all');
      const groups = view.page.locator('.group');
      const all = await groups.count();
      await view.page.keyboard.press('/');
      await view.page.keyboard.type('severity:critical detection:dlp-*');
      await view.page.keyboard.press('Enter');
      await view.until(async () => (await groups.count()) < all, 'fewer groups');
      const found = await server.get<AlertGroups>(
        `/alerts/groups?${ALL}&severity=1&detection=dlp-*&status=open`,
      );
      await view.until(
        async () => (await groups.count()) === found.items.length,
        'as many groups as the API has',
      );
      await view.page.reload();
      await settled(view);
      const chips = view.page.getByRole('list', { name: 'Filters in force' });
      assert.match(await chips.innerText(), /severity\s*critical[\s\S]*detection\s*dlp-\*/);
      await view.page.getByRole('button', { name: 'Remove the filter severity critical' }).click();
      await view.page.getByRole('button', { name: 'Clear all' }).click();
      await view.until(async () => (await groups.count()) === all, 'all groups again');
      await view.page.keyboard.press('/');
      await view.page.keyboard.type('nobody ever wrote this');
      await view.page.keyboard.press('Enter');
      await view.until(async () => (await groups.count()) === 0, 'no group');
    });
  });

  it('leaves out an account and a detection, which the address keeps', async () => {
    const { items } = await server.get<ListPage<StoredAlert>>(`/alerts?${ALL}&limit=500`);
    const from = items.map(({ xmpp }) => xmpp?.from ?? '').find((jid) => jid.includes('@'));
    const account = (from ?? assert.fail('no account')).split('/', 1)[0] ?? '';
    const not = ['jid:' + account, 'detection:dlp-*'].map(
      (one) => `not=${encodeURIComponent(one)}`,
    );
    const left = await server.get<AlertGroups>(
      `/alerts/groups?${ALL}&status=open&${not.join('&')}`,
    );
    await inView(analyst, async (view) => {
      await visit(view, '/inbox?since=all');
      const groups = view.page.locator('.group');
      const all = await groups.count();
      assert.ok(left.items.length < all);
      await view.page.keyboard.press('/');
      await view.page.keyboard.type(`-jid:${account} -detection:dlp-*`);
      await view.page.keyboard.press('Enter');
      await view.until(async () => (await groups.count()) === left.items.length, 'fewer groups');
      await view.page.reload();
      await settled(view);
      assert.equal(await groups.count(), left.items.length);
      const chips = view.page.getByRole('list', { name: 'Filters in force' });
      assert.match(await chips.innerText(), /not jid[\s\S]*not detection\s*dlp-\*/);
      await view.page.getByRole('button', { name: 'Remove the filter not jid' }).click();
      await view.page.getByRole('button', { name: 'Clear all' }).click();
      await view.until(async () => (await groups.count()) === all, 'all groups again');
    });
  });

  it('is walked and triaged from the keyboard, with a way back', async () => {
    await inView(analyst, async (view) => {
      const { page } = view;
      await visit(view, '/inbox?since=all&severity=critical');
      const first = await page.locator('.group-name').first().innerText();
      await page.keyboard.press('j');
      await page.keyboard.press('o');
      await page.locator('.alert-line').first().waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/alerts\//);
      await settled(view);
      await view.shows(new RegExp(first.slice(0, 20)));
      const id = page.url().split('/').at(-1) ?? '';
      // What offers to take it back does so for seconds: no question in between.
      const undo = (words: RegExp): Locator =>
        page.locator('.toast', { hasText: words }).getByRole('button', { name: 'Undo' });
      await page.keyboard.press('e');
      await undo(/Now escalated/).click();
      await view.told(/Taken back/);
      assert.equal(await statusOf(id), 'new');
      const { history } = await server.get<AlertDetail>(`/alerts/${id}`);
      assert.deepEqual(
        history.slice(-2).map(({ status }) => status),
        ['escalated', 'new'],
      );
      await page.keyboard.press('Escape');
      await page.waitForURL(/\/inbox/);
      await settled(view);

      // All that is open of two signatures at once, and back again.
      const open = async (): Promise<number> =>
        (await server.get<AlertGroups>(`/alerts/groups?${ALL}&severity=1&status=open`)).alerts;
      const before = await open();
      const answer = page
        .waitForResponse(/\/alerts\/triage$/)
        .then(async (response) => (await response.json()) as BulkTriageAnswer);
      for (const key of ['j', 'x', 'j', 'x', 'a']) await page.keyboard.press(key);
      await undo(/Acknowledged \d+ alerts/).click();
      assert.ok((await answer).changed > 0);
      await view.told(/Taken back/);
      assert.equal(await open(), before);
    });
  });

  it('keeps comments in the history, and who wrote them', async () => {
    const { alertId } = await alertOf('sasl-plain-clear');
    const before = (await server.get<AlertDetail>(`/alerts/${alertId}`)).history;
    await inView(analyst, async (view) => {
      await visit(view, `/alerts/${alertId}`);
      await view.page.keyboard.press('c');
      await view.page.keyboard.type('asked alice: <b>her phone</b>');
      await view.page.keyboard.press('Control+Enter');
      await view.until(
        async () => /her phone/.test(await view.page.locator('.history').innerText()),
        'the comment is in the history',
      );
      assert.match(await view.page.locator('.history').innerText(), /<b>her phone<\/b>/);
      await view.page.getByRole('button', { name: 'Acknowledge' }).click();
      await view.told(/Now acknowledged/);
    });
    const { history } = await server.get<AlertDetail>(`/alerts/${alertId}`);
    assert.ok(history.every(({ actor }) => actor === 'analyst'));
    assert.deepEqual(
      history.slice(before.length).map(({ status, comment }) => [status, comment]),
      [
        ['new', 'asked alice: <b>her phone</b>'],
        ['acknowledged', ''],
      ],
    );
  });

  it('leaves a comment in its field until the sensor took it', async () => {
    const { alertId } = await alertOf('sasl-plain-clear');
    const words = 'alice was on leave that day';
    await inView(analyst, async (view) => {
      const { page } = view;
      view.expect(/ERR_FAILED/);
      // One alert, then all of a signature: the sensor is away for the first try of each.
      await visit(view, `/alerts/${alertId}`);
      const field = page.getByRole('textbox', { name: /^Comment/ });
      const comment = page.getByRole('button', { name: 'Comment', exact: true });
      for (const prepare of [
        () => field.fill(words),
        async () => {
          await visit(view, '/inbox?since=all&severity=critical');
          await page.keyboard.press('j');
          await page.keyboard.press('x');
          await comment.click();
          await field.fill(words);
        },
      ]) {
        await prepare();
        await page.route(/\/triage$/, (route) => route.abort());
        await page.keyboard.press('Control+Enter');
        await view.told(/Nothing was changed/);
        await view.until(async () => (await field.inputValue()) === words, 'the words are there');
        await page.unroute(/\/triage$/);
        await page.keyboard.press('Control+Enter');
        await view.told(/Comment kept|Commented on/);
      }
    });
    const { history } = await server.get<AlertDetail>(`/alerts/${alertId}`);
    assert.ok(history.some(({ comment }) => comment === words));
  });

  it('gives the packets of an alert, named in a comment, and says so in the audit', async () => {
    const { alertId } = await alertOf('dlp-pan');
    const file = join(folder, 'download.pcapng');
    await inView(analyst, async (view) => {
      await visit(view, `/alerts/${alertId}`);
      const download = view.page.waitForEvent('download');
      await view.page.getByRole('button', { name: 'Download pcapng' }).click();
      await (await download).saveAs(file);
    });
    const fields = ['-T', 'fields', '-e', 'tcp.port', '-e', 'frame.comment'];
    const lines = tshark('-r', file, ...fields)
      .trim()
      .split('\n');
    assert.ok(lines.length > 3, `${lines.length} packets`);
    assert.ok(lines.every((line) => line.includes('5222')));
    assert.ok(
      lines.some((line) => line.includes(alertId)),
      'no comment names the alert',
    );
    const audit = await server.get<ListPage<AuditEntry>>('/audit');
    assert.ok(
      audit.items.some(
        ({ actor, action, object }) =>
          actor === 'analyst' && action === 'packets_taken' && object === alertId,
      ),
    );
  });

  it('copies an alert as it stands in the EVE file', async () => {
    const { alertId } = await alertOf('dlp-pan');
    let copied = '';
    await inView(analyst, async (view) => {
      await visit(view, `/alerts/${alertId}`);
      await view.page.getByRole('button', { name: /EVE/ }).click();
      await view.told(/Copied the alert as EVE/);
      copied = await view.page.evaluate<string>('navigator.clipboard.readText()');
    });
    const events = readFileSync(join(folder, 'eve.json'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { event_type: string; alert_id?: string });
    const own = events.find((one) => one.event_type === 'alert' && one.alert_id === alertId);
    assert.deepEqual(JSON.parse(copied), own);
  });

  it('tunes a rule from its alert, with a reason, and takes it back', async () => {
    const { alertId, sid } = await alertOf('dlp-pan');
    await inView(analyst, async (view) => {
      const { page } = view;
      await visit(view, `/alerts/${alertId}`);
      await page.keyboard.press('t');
      const dialog = page.getByRole('dialog', { name: 'Tune the rule' });
      const apply = dialog.getByRole('button', { name: 'Put in force' });
      assert.ok(await apply.isDisabled(), 'it takes no reason to tune');
      await dialog.getByLabel(/Reason/).fill('test cards of the web shop, ticket 4711');
      await apply.click();
      await view.told(/In force|next reload/);
      await visit(view, '/rules/tuning');
      await view.shows(/ticket 4711/);
      await page.getByRole('button', { name: 'Take back' }).first().click();
      await page.getByRole('dialog').getByLabel(/Why/).fill('the shop is gone');
      await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
      await dialogGone(view);
    });
    const { items } = await server.get<{ items: TuningEntry[] }>('/rules/tuning');
    const own = items.filter((entry) => entry.sid === sid);
    assert.deepEqual(
      own.map(({ isActive, actor, removed }) => [isActive, actor, removed?.reason]),
      [[false, 'analyst', 'the shop is gone']],
    );
  });

  it('tries a stanza, and says what is wrong with a rule', async () => {
    await inView(viewer, async (view) => {
      const { page } = view;
      await visit(view, '/rules/try');
      await page.getByLabel('Stanza', { exact: true }).fill(STANZA);
      await page.keyboard.press('Control+Enter');
      await view.shows(/dlp-pan/);
      await page
        .getByLabel('Rules', { exact: true })
        .fill('alert xmpp any any -> any any (content');
      assert.doesNotMatch(await view.text(), /:1:\d+/);
      await page.getByRole('button', { name: 'Try' }).click();
      await view.shows(/:1:\d+/);
    });
  });

  it('counts what comes while it is open, and nothing jumps', async () => {
    await inView(analyst, async (view) => {
      const { page } = view;
      await visit(view, '/inbox?since=all');
      await hearing(view, server);
      for (let i = 0; i < 8; i++) await page.keyboard.press('j');
      await page.locator('.group').last().scrollIntoViewIfNeeded();
      await page.locator('.unfold').last().focus();
      const place = async (): Promise<unknown> =>
        await page.evaluate(
          '[scrollY, document.activeElement.getAttribute("aria-label"), Math.round(document.activeElement.getBoundingClientRect().top)]',
        );
      const before = await place();
      const names = await page.locator('.group-name').allInnerTexts();
      fillStore(folder, [LATER]);
      const fresh = page.locator('.fresh');
      await view.until(async () => /\d+ new/.test(await fresh.innerText()), 'it says so');
      // Figures of rows that stand there come a moment later.
      await page.waitForTimeout(1500);
      assert.deepEqual(await place(), before);
      assert.deepEqual(await page.locator('.group-name').allInnerTexts(), names);
      await page.keyboard.press('.');
      await view.until(
        async () => (await page.locator('.group-name').count()) > names.length,
        'what is new stands in the list when it is asked for',
      );
    });
  });

  /** What is asked for while there is no way fails, and is there when there is one again, without a reload. */
  const comesBack = async (
    view: View,
    leave: () => Promise<void>,
    comeBack: () => Promise<void>,
  ): Promise<void> => {
    // What the browser itself says of requests that reach nobody.
    view.expect(/net::ERR_/);
    const { page } = view;
    const groups = page.locator('.group');
    await visit(view, '/inbox?since=all');
    await view.until(async () => (await groups.count()) > 0, 'groups');
    await page.evaluate('window.isSamePage = true');
    await leave();
    await page.keyboard.press('/');
    await page.keyboard.type('severity:critical');
    await page.keyboard.press('Enter');
    await view.shows(/The sensor does not answer/);
    await comeBack();
    const found = await server.get<AlertGroups>(`/alerts/groups?${ALL}&severity=1&status=open`);
    assert.ok(found.items.length > 0);
    await view.until(
      async () =>
        (await groups.count()) === found.items.length &&
        !/The sensor does not answer/.test(await view.text()),
      'what was asked for is there',
    );
    assert.equal(await page.evaluate('window.isSamePage'), true);
  };

  it('comes back by itself when the machine was offline', async () => {
    await inView(viewer, async (view) => {
      const context = view.page.context();
      await comesBack(
        view,
        () => context.setOffline(true),
        () => context.setOffline(false),
      );
    });
  });

  it('comes back by itself when the sensor was away', async () => {
    const gateway = await Gateway.open(server.url);
    const view = await View.open(browser, gateway.url);
    try {
      await signIn(view, viewer);
      await comesBack(
        view,
        () => {
          gateway.shut();
          return Promise.resolve();
        },
        () => {
          gateway.reopen();
          return Promise.resolve();
        },
      );
      await view.check();
    } finally {
      await view.close();
      await gateway.close();
    }
  });

  it('shows at once what was triaged on the command line', async () => {
    const { items } = await server.get<ListPage<StoredAlert>>(`/alerts?${ALL}&limit=1&status=new`);
    const [alert] = items;
    assert.ok(alert !== undefined);
    await inView(viewer, async (view) => {
      await visit(view, `/alerts/${alert.alertId}`);
      await hearing(view, server);
      runMain('alerts', 'comment', alert.alertId, 'rang her: all is well', '-l', folder);
      await view.shows(/rang her: all is well/);
    });
  });

  it('asks for another token when one was revoked', async () => {
    const token = createToken(folder, 'leaver', 'analyst');
    const { alertId } = await alertOf('dlp-pan');
    await inView(token, async (view) => {
      view.expect(/status of 401/);
      await visit(view, `/alerts/${alertId}`);
      runMain('token', 'revoke', 'leaver', '-l', folder);
      // A running server looks at its tokens once a second.
      await view.until(
        async () => (await server.ask('/api/v1/me', token)).status === 401,
        'the token is refused',
      );
      await view.page.keyboard.press('e');
      await view.page.getByLabel('Token').waitFor();
      await view.shows(/Your token was revoked or has ended\. Sign in with another\./);
      assert.doesNotMatch(await view.text(), /Authorization|Nothing was changed/);
    });
  });

  it('leads back to the inbox from what is not there', async () => {
    await inView(viewer, async (view) => {
      view.expect(/status of 404/);
      for (const path of [`/alerts/${'f'.repeat(32)}`, '/nonsense']) {
        await view.goto(path);
        await view.page.getByRole('link', { name: 'Go to the inbox' }).click();
        await view.page.waitForURL(/\/inbox/);
        await settled(view);
      }
    });
  });

  it('shows a viewer no deeds, and refuses those it tries', async () => {
    const { alertId } = await alertOf('dlp-pan');
    await inView(viewer, async (view) => {
      for (const path of ['/inbox?since=all', `/alerts/${alertId}`, '/rules/tuning']) {
        await visit(view, path);
        const deeds = view.page.getByRole('button', {
          name: /^(Acknowledge|Escalate|Tune|Comment|Download|Take back)/,
        });
        assert.equal(await deeds.count(), 0, path);
      }
      assert.equal(await view.page.getByRole('link', { name: 'Audit' }).count(), 0);
    });
    for (const [path, body] of [
      [`/alerts/${alertId}/triage`, { status: 'closed' }],
      ['/alerts/triage', { ids: [alertId], status: 'closed' }],
      ['/rules/tuning', { action: 'disable', sid: 1510010, reason: 'no' }],
      ['/rules/reload', {}],
    ] as const) {
      assert.equal((await server.post(path, body, viewer)).status, 403, path);
    }
    for (const path of [`/alerts/${alertId}/pcap`, '/audit']) {
      assert.equal((await server.ask(`/api/v1${path}`, viewer)).status, 403, path);
    }
    assert.equal((await server.ask('/api/v1/audit', analyst)).status, 403);
    assert.equal(await statusOf(alertId), 'new');
  });

  it('shows where the keyboard is, everywhere', async () => {
    await inView(analyst, async (view) => {
      const pages = await consolePages(server);
      for (const name of ['inbox', 'alert', 'files', 'try', 'graph of an account']) {
        await visit(view, pages.get(name) ?? '');
        const seen = new Set<string>();
        for (let i = 0; i < 30; i++) {
          await view.page.keyboard.press('Tab');
          const focus = await view.ask<{ what: string; isSeen: boolean } | undefined>('focus()');
          if (focus === undefined) continue;
          assert.ok(focus.isSeen, `${name}: the focus on ${focus.what} is not seen`);
          seen.add(focus.what);
        }
        assert.ok(seen.size >= 10, `${name}: the focus is stuck among ${[...seen].join(' ')}`);
      }
    });
  });

  for (const [screen, options] of [
    ['1280x720, light', { width: 1280, height: 720, colorScheme: 'light' }],
    ['1280x720, dark', { width: 1280, height: 720, colorScheme: 'dark' }],
    ['360x740, a phone', { width: 360, height: 740, colorScheme: 'light' }],
  ] as const) {
    it(`can be read by everybody on every page: ${screen}`, async () => {
      const found: string[] = [];
      await inView(
        server.adminToken,
        async (view) => {
          for (const [name, path] of await consolePages(server)) {
            await visit(view, path);
            const questions = ['unnamed', 'undescribed', 'faint', 'headings', 'order'] as const;
            for (const question of [...questions, 'wide' as const]) {
              const answers = await view.find(question);
              if (answers.length > 0) {
                found.push(`${name}: ${question}: ${answers.slice(0, 4).join('; ')}`);
              }
            }
          }
        },
        options,
      );
      assert.deepEqual(found, []);
    });
  }
});

async function dialogGone({ page }: View): Promise<void> {
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

function tshark(...args: readonly string[]): string {
  return execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
