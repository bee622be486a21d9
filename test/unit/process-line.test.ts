import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serialize } from 'node:v8';
import { ProcessLine } from '../../sensor/process-line.ts';

interface Message {
  readonly number: number;
  readonly body?: unknown;
}

function framed(message: Message): Buffer {
  const body = serialize(message);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

describe('ProcessLine', () => {
  let folder: string;
  let server: Server;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-line-'));
    server = createServer().listen(join(folder, 's'));
    await once(server, 'listening');
  });

  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** Both ends of a connection. */
  const pair = async (): Promise<[Socket, Socket]> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const near = connect(join(folder, 's'));
    const [far] = await accepted;
    return [near, far];
  };

  /** A line over the far end, and what comes out of it once the near end is done. */
  const received = async (send: (near: Socket) => void): Promise<Message[]> => {
    const [near, far] = await pair();
    const messages: Message[] = [];
    const line = new ProcessLine<Message, Message>(far, (message) => messages.push(message));
    near.on('error', () => undefined);
    send(near);
    await line.closed;
    near.destroy();
    return messages;
  };

  it('hands on messages in order, before it says that it is closed', async () => {
    const sent = Array.from({ length: 500 }, (_, number) => ({ number, body: 'x'.repeat(number) }));
    const got = await received((near) => {
      const line = new ProcessLine<Message, Message>(near, () => undefined);
      for (const message of sent) line.send(message);
      line.end();
    });
    assert.deepEqual(got, sent);
  });

  it('keeps typed arrays, and messages larger than a read', async () => {
    const body = new Float64Array(100_000).fill(0.5);
    const [message] = await received((near) => {
      const line = new ProcessLine<Message, Message>(near, () => undefined);
      line.send({ number: 1, body });
      line.end();
    });
    assert.deepEqual(message, { number: 1, body });
  });

  it('does not mind where the bytes are cut', async () => {
    const bytes = Buffer.concat([framed({ number: 1 }), framed({ number: 2, body: 'two' })]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const [near, far] = await pair();
      const messages: Message[] = [];
      const line = new ProcessLine<Message, Message>(far, (message) => messages.push(message));
      far.pause();
      // As reads give it, without hoping for the kernel to cut there.
      far.emit('data', bytes.subarray(0, cut));
      far.emit('data', bytes.subarray(cut));
      far.destroy();
      near.destroy();
      await line.closed;
      assert.deepEqual(messages, [{ number: 1 }, { number: 2, body: 'two' }], `cut at ${cut}`);
    }
  });

  it('closes on what is no message, and hands on nothing behind it', async () => {
    const garbage = Buffer.alloc(8, 0xff);
    garbage.writeUInt32LE(4);
    for (const wrong of [Buffer.alloc(8, 0xff), garbage]) {
      const got = await received((near) => {
        near.write(Buffer.concat([framed({ number: 1 }), wrong, framed({ number: 2 })]));
      });
      assert.deepEqual(got, [{ number: 1 }]);
    }
  });

  it('tells when the other side is behind, and when a message has left', async () => {
    const [near, far] = await pair();
    const line = new ProcessLine<Message, Message>(near, () => undefined);
    const body = Buffer.alloc(64 * 1024);
    let sent = 0;
    let left = 0;
    while (line.send({ number: sent, body }, () => left++)) sent++;
    sent++;
    assert.ok(sent > 1, 'it was full at once');
    assert.ok(line.isFull);
    assert.ok(left < sent);
    new ProcessLine<Message, Message>(far, ({ number }) => {
      if (number === sent - 1) near.end();
    });
    await line.closed;
    assert.equal(left, sent);
    assert.equal(line.isFull, false);
    assert.equal(line.isOpen, false);
  });

  it('is closed from the start over a socket that is', async () => {
    const [near, far] = await pair();
    const gone = once(far, 'close');
    far.resume();
    near.destroy();
    await gone;
    await new ProcessLine<Message, Message>(far, () => undefined).closed;
  });
});
