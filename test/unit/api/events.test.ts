import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { LiveEvent } from '../../../sensor/api/index.ts';
import * as examples from '../../../sensor/api/schemas/examples.ts';
import { bearer, listen, open, openLab, type Lab, type News } from './api-lab.ts';

type DataOf<Name> = Extract<LiveEvent, { readonly event: Name }>['data'];

/** Events of a stream as they come. */
class Reader {
  readonly events: LiveEvent[] = [];
  readonly response: IncomingMessage;
  text = '';

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.text += chunk;
      const blocks = this.text.split('\n\n');
      this.text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = /^event: (\w+)\ndata: (.*)$/.exec(block);
        if (event !== null) {
          this.events.push({
            event: event[1],
            data: JSON.parse(event[2] ?? '') as unknown,
          } as LiveEvent);
        } else assert.match(block, /^:/);
      }
    });
  }

  of<Name extends LiveEvent['event']>(name: Name): DataOf<Name>[] {
    return this.events.flatMap(({ event, data }) => (event === name ? [data as DataOf<Name>] : []));
  }

  async until(isEnough: () => boolean): Promise<void> {
    await until(isEnough, () => JSON.stringify(this.events.slice(0, 30)));
  }
}

/** Waits for a condition; a busy machine gets there late, which is no failure. */
async function until(isSo: () => boolean, what: () => string): Promise<void> {
  for (let i = 0; i < 3000 && !isSo(); i++) await pause(20);
  assert.ok(isSo(), what());
}

/** Waits until the server has noticed that nobody reads any more. */
async function unread(lab: Lab): Promise<void> {
  await until(
    () => lab.listeners.size === 0,
    () => 'nobody reads: sources are left alone',
  );
}

const news = (id: number, count = 1): News => ({
  ...(examples.alertGroups.items[0]?.latest ?? assert.fail()),
  alertId: String(id).padStart(32, '0'),
  story: 'line\nbreak\n\nevent: lost\ndata: {}\n\n<script>',
  count,
  isUpdate: count > 1,
});

describe('live events', () => {
  let lab: Lab;
  let port = 0;
  before(async () => {
    lab = await openLab({ limits: { httpEventReaders: 2 } });
    port = await listen(lab.app);
  });
  after(() => lab.app.close());

  async function read(token = lab.tokens.viewer): Promise<Reader> {
    const response = await open(port, '/api/v1/events', bearer(token));
    assert.equal(response.statusCode, 200);
    assert.match(response.headers['content-type'] ?? '', /^text\/event-stream/);
    assert.equal(response.headers['cache-control'], 'no-store');
    return new Reader(response);
  }

  const raise = (alert: News): void => {
    for (const listener of lab.listeners) listener(alert);
  };

  it('tell alerts, triage and health, and text from traffic ends no event', async () => {
    const reader = await read();
    await reader.until(() => reader.of('health').length === 1);
    assert.deepEqual(reader.of('health'), [{ state: 'warning' }]);
    raise(news(1));
    await reader.until(() => reader.of('alert').length === 1);
    assert.deepEqual(reader.of('alert'), [news(1)]);
    assert.equal(reader.of('lost').length, 0);
    const answer = await lab.app.inject({
      method: 'POST',
      url: '/api/v1/alerts/4f1c/triage',
      headers: bearer(lab.tokens.analyst),
      payload: { status: 'acknowledged' },
    });
    assert.equal(answer.statusCode, 200);
    await reader.until(() => reader.of('triage').length === 1);
    assert.deepEqual(reader.of('triage'), [
      { alertIds: [examples.alertDetail.alert.alertId], entry: examples.triageEntry },
    ]);
    reader.response.destroy();
    await once(reader.response, 'close');
    await unread(lab);
  });

  it('tell triage that was written elsewhere, and of too much only how much', async () => {
    const { alertId } = examples.alertDetail.alert;
    const told = { alertIds: [alertId], entry: examples.triageEntry };
    const asked: (number | undefined)[] = [];
    const away = await openLab({
      services: {
        store: {
          triageSince: (cursor) => {
            asked.push(cursor);
            if (asked.length === 2) return Promise.reject(new Error('busy'));
            const changes = asked.length === 3 ? [told, told] : [];
            const untold = asked.length === 4 ? 1500 : 0;
            return Promise.resolve({ changes, untold, cursor: asked.length });
          },
        },
      },
    });
    const at = await listen(away.app);
    const reader = new Reader(await open(at, '/api/v1/events', bearer(away.tokens.viewer)));
    await reader.until(() => reader.of('lost').length === 1);
    assert.deepEqual(reader.of('triage'), [told, told]);
    assert.deepEqual(reader.of('lost'), [{ count: 1500 }]);
    assert.deepEqual(asked.slice(0, 4), [undefined, 1, 1, 3]);
    reader.response.destroy();
    await unread(away);
    await away.app.close();
  });

  it('come at most so many a second; growth is told once, the rest is counted', async () => {
    const reader = await read();
    await reader.until(() => lab.listeners.size === 1);
    for (let i = 1; i <= 120; i++) raise(news(i));
    for (let count = 2; count <= 50; count++) raise(news(1, count));
    await reader.until(() => reader.of('lost').length > 0);
    const ids = reader.of('alert').map(({ alertId }) => Number(alertId));
    assert.deepEqual(
      ids.slice(0, 20),
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    await reader.until(() => reader.of('alert').length === 21);
    const grown = reader.of('alert')[20];
    assert.equal(grown?.count, 50);
    assert.equal(grown.isUpdate, true);
    assert.deepEqual(reader.of('lost'), [{ count: 100 }]);
    reader.response.destroy();
    await unread(lab);
  });

  it('have room for so many readers', async () => {
    const readers = [await read(), await read()];
    const refused = await open(port, '/api/v1/events', bearer(lab.tokens.admin));
    assert.equal(refused.statusCode, 503);
    assert.equal(refused.headers['retry-after'], '30');
    refused.resume();
    for (const { response } of readers) {
      response.destroy();
      await once(response, 'close');
    }
    await unread(lab);
    const again = await read();
    again.response.destroy();
    await unread(lab);
  });

  it('have room for so many readers of one token, and then still for others', async () => {
    const wide = await openLab({ limits: { httpEventReadersPerToken: 2 } });
    const at = await listen(wide.app);
    const readers = [
      await open(at, '/api/v1/events', bearer(wide.tokens.viewer)),
      await open(at, '/api/v1/events', bearer(wide.tokens.viewer)),
    ];
    const refused = await open(at, '/api/v1/events', bearer(wide.tokens.viewer));
    assert.equal(refused.statusCode, 429);
    refused.resume();
    const other = await open(at, '/api/v1/events', bearer(wide.tokens.admin));
    assert.equal(other.statusCode, 200);
    for (const response of [...readers, other]) response.destroy();
    await wide.app.close();
  });

  it('need a token', async () => {
    const response = await open(port, '/api/v1/events', {});
    assert.equal(response.statusCode, 401);
    response.resume();
  });
});

describe('a reader that is slow', () => {
  it('is told how much it lost, and costs no memory', async () => {
    const lab = await openLab({
      limits: { httpEventBacklogBytes: 20_000, httpEventsPerSecond: 1_000_000 },
    });
    const port = await listen(lab.app);
    const response = await open(port, '/api/v1/events', bearer(lab.tokens.viewer));
    response.pause();
    await until(
      () => lab.listeners.size === 1,
      () => 'the reader is known',
    );
    // The kernel takes some megabytes before the server notices.
    const COUNT = 30_000;
    for (let i = 0; i < COUNT; i++) {
      for (const listener of lab.listeners) listener(news(i));
      if (i % 1000 === 0) await pause(1);
    }
    const reader = new Reader(response);
    response.resume();
    const heard = (): number =>
      reader.of('alert').length + reader.of('lost').reduce((sum, { count }) => sum + count, 0);
    await pause(300);
    for (const listener of lab.listeners) listener(news(COUNT));
    await reader.until(() => heard() >= COUNT + 1);
    assert.equal(heard(), COUNT + 1);
    assert.ok(reader.of('lost').length > 0, 'some were lost');
    response.destroy();
    await lab.app.close();
  });
});
