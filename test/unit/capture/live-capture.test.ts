/** Live capture over sessions made here: what the addon would deliver, without rights or network. */
import assert from 'node:assert/strict';
import { afterEach, describe, it, type TestContext } from 'node:test';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { Counters, OperatorError } from '../../../sensor/core/index.ts';
import { openLive, type LiveOptions, type PacketHandler } from '../../../sensor/capture/index.ts';
import { PcapCapture } from '../../../sensor/capture/live-capture.ts';
import { openError } from '../../../sensor/capture/live-errors.ts';
import type { NativeSession, NativeStats } from '../../../sensor/capture/pcap-binding.ts';

const OPTIONS: LiveOptions = {
  interfaceName: 'lo',
  filter: '',
  snaplen: 256,
  ringBytes: 1024,
  promiscuous: true,
  dispatchMs: 5,
};

/** A session whose dispatch delivers the packets that wait, as the addon's does. */
class FakeSession implements NativeSession {
  /** Packets that wait: their number, or Infinity for a flood without end. */
  waiting = 0;
  statistics: NativeStats = { ps_recv: 0, ps_drop: 0, ps_ifdrop: 0 };
  /** How far apart the packets were on the wire. */
  usecPerPacket = 1;
  /** When the first was. */
  seconds = 1_767_225_600;
  opened: unknown[] = [];
  isEnding = false;
  #onPacket: () => void = () => undefined;
  #delivered = 0;

  open_live(...args: Parameters<NativeSession['open_live']>): string {
    this.opened = args;
    this.#onPacket = args[5];
    return 'LINKTYPE_ETHERNET';
  }

  open_offline(): string {
    return '';
  }

  dispatch(packet: Buffer, header: Buffer): number {
    const words = new Uint32Array(header.buffer, header.byteOffset, 4);
    while (this.waiting > 0 && !this.isEnding) {
      this.waiting--;
      this.#delivered++;
      packet.write(`p${this.#delivered}`);
      const usec = Math.round((this.seconds % 1) * 1e6) + this.#delivered * this.usecPerPacket;
      words.set([Math.floor(this.seconds), usec, 4, 1500]);
      this.#onPacket();
    }
    return this.isEnding ? -2 : 0;
  }

  close(): void {
    this.isEnding = true;
  }

  stats(): NativeStats {
    return this.statistics;
  }
}

const open: PcapCapture[] = [];

afterEach(() => {
  for (const capture of open.splice(0)) capture.close();
});

function capture(
  handler: PacketHandler,
  options: Partial<LiveOptions> = {},
  sessions: FakeSession[] = [new FakeSession()],
  threadMs?: () => number,
): { live: PcapCapture; session: FakeSession; counters: Counters } {
  const counters = new Counters();
  const [session] = sessions;
  assert.ok(session !== undefined);
  let made = 0;
  const nextSession = (): FakeSession => {
    const next = sessions[made++];
    assert.ok(next !== undefined, 'no more sessions');
    return next;
  };
  const live = new PcapCapture(
    { ...OPTIONS, ...options },
    handler,
    counters,
    nextSession,
    threadMs,
  );
  open.push(live);
  return { live, session, counters };
}

/** A handler that takes this long for a packet. */
function slowHandler(milliseconds: number): PacketHandler & { count: number } {
  return {
    count: 0,
    packet() {
      this.count++;
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
    },
  };
}

/**
 * Clocks that stand still but for what `pass` lets go by, all of it processor time unless told: the machine may do what
 * it likes meanwhile.
 */
function stoppedClocks(t: TestContext): {
  pass: (milliseconds: number, processor?: number) => void;
  threadMs: () => number;
} {
  let passed = 0;
  let worked = 0;
  const [monotonic, wall] = [performance.now(), Date.now()];
  t.mock.method(performance, 'now', () => monotonic + passed);
  t.mock.method(Date, 'now', () => wall + passed);
  return {
    threadMs: () => worked,
    pass: (milliseconds, processor = milliseconds) => {
      passed += milliseconds;
      worked += processor;
    },
  };
}

const ignore: PacketHandler = { packet: () => undefined };

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 12_000 && !condition(); i++) await pause(5);
  assert.ok(condition());
}

describe('PcapCapture', () => {
  it('opens with what the options say, never promiscuous on "any"', () => {
    const { session, live } = capture(ignore, { filter: 'tcp', ringBytes: 4096 });
    const [device, filter, ring, snaplen, dump, , isMonitor, , , isPromiscuous] = session.opened;
    assert.deepEqual([device, filter, ring, snaplen], ['lo', 'tcp', 4096, 256]);
    assert.deepEqual([dump, isMonitor, isPromiscuous], ['', false, true]);
    assert.equal(live.linkType, 1);
    assert.equal(capture(ignore, { interfaceName: 'any' }).session.opened[9], false);
    assert.equal(capture(ignore, { promiscuous: false }).session.opened[9], false);
  });

  it('hands on packets with time, lengths, number and origin', async () => {
    const seen: unknown[] = [];
    const { session, live } = capture({
      packet(bytes, offset, caplen, wirelen, time, linkType, origin, packetNumber) {
        const text = Buffer.from(bytes.subarray(offset, offset + 2)).toString();
        seen.push([text, caplen, wirelen, time[0], linkType, origin.interfaceName, packetNumber]);
      },
    });
    session.waiting = 2;
    await until(() => seen.length === 2);
    assert.deepEqual(seen, [
      ['p1', 4, 1500, 1_767_225_600_000_001, 1, 'lo', 1],
      ['p2', 4, 1500, 1_767_225_600_000_002, 1, 'lo', 2],
    ]);
    assert.deepEqual([live.stats.packets, live.stats.bytes], [2, 8]);
  });

  it('sheds what a dispatch cannot handle within its budget, and counts it', async (t) => {
    const { pass, threadMs } = stoppedClocks(t);
    const packet = (): void => {
      pass(0.5);
    };
    const { session, counters, live } = capture({ packet }, {}, undefined, threadMs);
    session.waiting = 5000;
    await until(() => session.waiting === 0);
    // 5 ms of packets at 0.5 ms, and what comes until the clock is read again.
    assert.equal(live.stats.packets, 16);
    assert.equal(counters.get('captureDroppedShed'), 5000 - 16);
    assert.equal(live.stats.droppedShed, 5000 - 16);
  });

  it('does not count time that others had, but for so long', async (t) => {
    const { pass, threadMs } = stoppedClocks(t);
    const packet = (): void => {
      pass(0.5, 0.01);
    };
    const { session, live } = capture({ packet }, { dispatchMs: 20 }, undefined, threadMs);
    // 150 ms, 3 of them ours.
    session.waiting = 300;
    await until(() => session.waiting === 0);
    assert.deepEqual([live.stats.packets, live.stats.droppedShed], [300, 0]);
    // A second of a machine that has better to do: a budget of ours and ten of others are 220 ms.
    session.waiting = 2000;
    await until(() => session.waiting === 0);
    assert.equal(live.stats.packets, 300 + 448);
    assert.equal(live.stats.droppedShed, 2000 - 448);
  });

  it('sheds nothing of a short wait at once', async (t) => {
    const { pass, threadMs } = stoppedClocks(t);
    const now = Date.now();
    const packet = (): void => {
      pass(0.5);
    };
    const { session, live } = capture({ packet }, { dispatchMs: 20 }, undefined, threadMs);
    // All came in one burst, 60 ms ago, and are done within a budget more.
    session.seconds = (now - 60) / 1000;
    session.usecPerPacket = 0;
    session.waiting = 70;
    await until(() => session.waiting === 0);
    assert.deepEqual([live.stats.packets, live.stats.droppedShed], [70, 0]);
    // 95 ms ago by now, and no nearer after 20 ms more.
    session.waiting = 1000;
    await until(() => session.waiting === 0);
    assert.equal(live.stats.packets, 70 + 48);
  });

  it('sheds nothing while it catches up after it was held up, but not for ever', async (t) => {
    const { pass, threadMs } = stoppedClocks(t);
    let handled = 0;
    const packet = (): void => {
      handled++;
      pass(0.5);
    };
    const { session, counters } = capture({ packet }, { dispatchMs: 20 }, undefined, threadMs);
    // Half a millisecond of work for each millisecond of the wire: the sensor is twice as fast.
    session.usecPerPacket = 1000;
    session.waiting = 60;
    await until(() => session.waiting === 0);
    assert.deepEqual([handled, counters.get('captureDroppedShed')], [60, 0]);
    session.waiting = 900;
    await until(() => session.waiting === 0);
    assert.ok(handled >= 60 + 64 && counters.get('captureDroppedShed') > 0);
  });

  it('handles packets again in the dispatch after', async () => {
    const handler = slowHandler(0.5);
    const { session } = capture(handler);
    session.waiting = 1000;
    await until(() => session.waiting === 0);
    const before = handler.count;
    session.waiting = 3;
    await until(() => session.waiting === 0);
    assert.equal(handler.count, before + 3);
  });

  it('lets timers run between dispatches of a flood', async () => {
    const handler = slowHandler(0.1);
    const { session } = capture(handler);
    let ticks = 0;
    const timer = setInterval(() => {
      ticks++;
      session.waiting = 200;
    }, 1);
    await until(() => ticks >= 10);
    clearInterval(timer);
    assert.ok(handler.count > 0);
  });

  it('ends a dispatch that skipping cannot end, counts what waited and opens anew', async () => {
    const endless = new FakeSession();
    const fresh = new FakeSession();
    const { live, counters } = capture(slowHandler(0.1), {}, [endless, fresh]);
    endless.waiting = Infinity;
    endless.statistics = { ps_recv: 2 ** 31, ps_drop: 1000, ps_ifdrop: 0 };
    await until(() => endless.isEnding);
    await until(() => fresh.opened.length > 0);
    assert.ok(live.isCapturing);
    // Everything the kernel took in and did not drop was handed on or counted as shed.
    const { packets, droppedShed, droppedKernel } = live.stats;
    assert.equal(packets + droppedShed + droppedKernel, 2 ** 31);
    assert.equal(counters.get('captureDroppedShed'), droppedShed);
    fresh.waiting = 1;
    await until(() => fresh.waiting === 0);
    assert.equal(live.stats.packets, packets + 1);
  });

  it('counts kernel and interface drops once, over the wrap of their counters', () => {
    const { live, session, counters } = capture(ignore);
    session.statistics = { ps_recv: 10, ps_drop: 0xfffffff0, ps_ifdrop: 7 };
    live.updateStats();
    live.updateStats();
    assert.equal(counters.get('captureDroppedKernel'), 0xfffffff0);
    assert.equal(counters.get('captureDroppedInterface'), 7);
    session.statistics = { ps_recv: 20, ps_drop: 5, ps_ifdrop: 8 };
    live.updateStats();
    assert.equal(live.stats.droppedKernel, 0xfffffff0 + 21);
    assert.equal(live.stats.droppedInterface, 8);
  });

  it('closes once, counts the last drops and hands on nothing after', async () => {
    const handler = slowHandler(0);
    const { live, session, counters } = capture(handler);
    session.statistics = { ps_recv: 5, ps_drop: 3, ps_ifdrop: 0 };
    live.close();
    live.close();
    assert.ok(session.isEnding);
    assert.equal(live.isCapturing, false);
    assert.equal(counters.get('captureDroppedKernel'), 3);
    session.waiting = 1;
    await pause(30);
    assert.equal(handler.count, 0);
  });

  it('can be closed by the handler', async () => {
    let count = 0;
    const packet = (): void => {
      count++;
      live.close();
    };
    const { live, session } = capture({ packet });
    session.waiting = 10;
    await until(() => session.isEnding);
    await nextTurn();
    assert.equal(count, 1);
    assert.equal(live.isCapturing, false);
    assert.equal(live.stats.droppedShed, 0);
  });

  it('several captures share the budget', async (t) => {
    const { pass, threadMs } = stoppedClocks(t);
    const packet = (): void => {
      pass(0.2);
    };
    const made = Array.from({ length: 4 }, () =>
      capture({ packet }, { dispatchMs: 40 }, undefined, threadMs),
    );
    for (const { session } of made) session.waiting = 2000;
    await until(() => made.every(({ session }) => session.waiting === 0));
    // 10 ms each at 0.2 ms a packet, plus what comes between two looks at the clock.
    for (const { live } of made) assert.equal(live.stats.packets, 64);
  });
});

describe('errors on opening', () => {
  it('an interface that does not exist is answered with those that do', () => {
    assert.throws(
      () => openLive({ ...OPTIONS, interfaceName: 'nosuch0' }, ignore, new Counters()),
      (error: unknown) => {
        assert.ok(error instanceof OperatorError);
        assert.deepEqual([error.code, error.exitCode], ['INTERFACE_UNKNOWN', 1]);
        assert.match(error.message, /Cannot capture on nosuch0/);
        assert.match(error.hint ?? '', /\blo\b/);
        return true;
      },
    );
  });

  it('missing rights, a bad filter and anything else have codes of their own', () => {
    const cases: readonly (readonly [string, string, string, RegExp])[] = [
      ['', 'socket: Operation not permitted', 'INTERFACE_DENIED', /setcap cap_net_raw\+ep/],
      ['', "You don't have permission to capture", 'INTERFACE_DENIED', /root/],
      ['x y', "can't parse filter expression: syntax error", 'FILTER_INVALID', /pcap-filter/],
      ['', 'That device is not up', 'INTERFACE_UNKNOWN', /^$/],
    ];
    for (const [filter, text, code, hint] of cases) {
      const error = openError({ ...OPTIONS, filter }, new Error(text));
      assert.equal(error.code, code);
      assert.match(error.hint ?? '', hint);
    }
  });
});
