/**
 * The distribution's Chromium for tests of the console. Whatever should not happen in any test is watched throughout:
 * errors in the console, exceptions, refusals by the content security policy, requests to other hosts, script of
 * traffic that ran, elements that came out of traffic.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { PWNED_ATTRIBUTE, PWNED_FLAG } from '../../fixtures/pcap/hostile/payloads.ts';

const CHROMIUM = '/usr/bin/chromium';
const QUESTIONS = join(process.cwd(), 'test', 'support', 'page-checks.mjs');
/** A busy machine draws late; that is no failure. */
const PATIENCE_MS = 60_000;
/**
 * For who looks for tests, or pages, that hold only while answers are quick and come in the order of the questions: each
 * question to the API, and each answer, is kept back for up to so many milliseconds.
 */
const LATE_MS = Number(process.env['STANZAWATCH_LATE_MS'] ?? 0);

export interface ViewOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Questions of page-checks.mjs that answer with what is wrong. */
export type Check = 'unnamed' | 'undescribed' | 'faint' | 'headings' | 'order' | 'wide';

/** A tab with everything that went wrong in it. */
export class View {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #problems: string[] = [];
  readonly #expected: RegExp[] = [];

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.#context = context;
    this.page = page;
    this.#origin = origin;
  }

  static async open(browser: Browser, origin: string, options: ViewOptions = {}): Promise<View> {
    const { width = 1280, height = 720, colorScheme = 'light' } = options;
    const context = await browser.newContext({
      ...{ baseURL: origin, colorScheme, viewport: { width, height }, acceptDownloads: true },
      permissions: ['clipboard-read', 'clipboard-write'],
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const view = new View(context, page, origin);
    await view.#watch();
    if (LATE_MS > 0) await view.#delay();
    return view;
  }

  /** Goes to a path of the console by its address, as a bookmark does. */
  async goto(path: string): Promise<void> {
    await this.page.goto(path, { waitUntil: 'load' });
  }

  /** Refusals that a test provokes are told in the browser's console, too: they are no problem there. */
  expect(problem: RegExp): void {
    this.#expected.push(problem);
  }

  /** Fails when anything went wrong until now. */
  async check(): Promise<void> {
    const traces = await this.ask<string[]>(`traces('${PWNED_FLAG}', '${PWNED_ATTRIBUTE}')`);
    const problems = [...this.#problems, ...traces];
    const unexpected = problems.filter((text) => !this.#expected.some((known) => known.test(text)));
    assert.deepEqual(unexpected, [], `on ${this.page.url()}`);
  }

  /** What one of the questions of page-checks.mjs finds. */
  async find(question: Check): Promise<string[]> {
    return await this.ask(`${question}()`);
  }

  async ask<T>(call: string): Promise<T> {
    return await this.page.evaluate<T>(`stanzawatchPage.${call}`);
  }

  /** All text of the page, as it is read. */
  async text(): Promise<string> {
    return await this.ask('text()');
  }

  /** Waits until the page says something in passing that fits; what it said is kept, however soon it is gone again. */
  async told(text: RegExp): Promise<void> {
    await this.until(
      async () => (await this.ask<string[]>('news()')).some((one) => text.test(one)),
      `says ${text}`,
    );
  }

  /** Waits until the page shows a text that fits. It must not show it before what is to bring it. */
  async shows(text: RegExp): Promise<void> {
    // Not waitForFunction, which the content security policy keeps from working.
    await this.until(async () => text.test(await this.text()), `shows ${text}`);
  }

  /** Waits for a condition, looking ever again. */
  async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (performance.now() > end) {
        const text = await this.text();
        assert.fail(`${what}: not so on ${this.page.url()}: ${text.slice(0, 3000)}`);
      }
      await pause(50);
    }
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  async #delay(): Promise<void> {
    const session = await this.#context.newCDPSession(this.page);
    session.on('Fetch.requestPaused', ({ requestId }) => {
      // Most are a little late, a few are very late: so the order changes most.
      void pause(LATE_MS * Math.random() ** 4)
        .then(() => session.send('Fetch.continueRequest', { requestId }))
        // Nobody waits for it any more: its page is gone.
        .catch(() => undefined);
    });
    const urlPattern = '*/api/v1/*';
    await session.send('Fetch.enable', {
      patterns: [
        { urlPattern, requestStage: 'Request' },
        { urlPattern, requestStage: 'Response' },
      ],
    });
  }

  async #watch(): Promise<void> {
    const { page } = this;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.#problems.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    page.on('pageerror', (error) => {
      this.#problems.push(`exception: ${error.stack ?? error.message}`);
    });
    page.on('dialog', (dialog) => {
      this.#problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('popup', (popup) => {
      this.#problems.push(`window: ${popup.url()}`);
    });
    page.on('request', (request) => {
      const url = request.url();
      const isOwn = url.startsWith(`${this.#origin}/`) || /^(?:data|blob):/.test(url);
      if (!isOwn) this.#problems.push(`request to another host: ${url}`);
    });
    await this.#context.exposeFunction('stanzawatchReport', (text: string) => {
      this.#problems.push(`content security policy: ${text}`);
    });
    await this.#context.addInitScript({ path: QUESTIONS });
  }
}

export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}
