/**
 * One live interface. The addon's dispatch returns only when the ring is empty; under overload
 * it would never come back to the event loop, and neither timers nor signals would run. So a
 * dispatch gets a time budget: once it is used up, the packets that still wait are skipped and
 * counted (a skipped packet costs a fraction of a microsecond), and the loop breathes again. A
 * process that was held up is not overloaded: what the machine gave to others does not count (the
 * ring holds packets of a second and more), and while the wait is short, or gets shorter, as after a
 * reload, a dispatch may take some budgets.
 *
 * Dispatches are started by a timer, at once again while packets keep coming. The addon's own
 * polling is not used: Node stops it for good when the link goes down, without a word.
 */
import { readFileSync } from 'node:fs';
import {
  COUNTER,
  errorText,
  log,
  monotonicMs,
  packetTime,
  wallClockUsec,
  type Counters,
} from '../core/index.ts';
import { openError } from './live-errors.ts';
import { threadTime } from './thread-time.ts';
import { DISPATCH_CLOSED, linkTypeNumber, newSession } from './pcap-binding.ts';
import type { NativeSession, NativeStats } from './pcap-binding.ts';
import type { CaptureOrigin, LiveCapture, LiveOptions, LiveStats, PacketHandler } from './types.ts';

/** Pause before the next look into a ring that was empty. */
const TICK_MS = 10;
/** The kernel hands over a block of packets when it is full or this old. */
const BLOCK_TIMEOUT_MS = 10;
/** Reads of the clock are rare, but the slowest handler may not run far past the budget. */
const PACKETS_PER_CLOCK = 16;
/** So many that a process that was held up does not take it for a flood: 10 ms of skipping. */
const SKIPS_PER_CLOCK = 32768;
/**
 * Skipping that lasts longer than this means packets come in faster than they can be skipped:
 * then the handle is closed, which ends the dispatch at once, and opened anew.
 */
const MAX_SKIP_MS = 25;
/** Budgets a dispatch may use up while packets wait less and less long for their turn. */
const CATCH_UP_BUDGETS = 3;
/** A wait of fewer budgets than this is nothing to shed packets for at once: the ring holds far more. */
const SHORT_WAIT_BUDGETS = 5;
/** A dispatch in which others had the processor lasts no longer than so many budgets beside its own. */
const HELD_UP_BUDGETS = 10;
/** Between looks whether the interface is still there, or back again. */
const WATCH_MS = 1000;
const HEADER_WORDS = 4;
const NO_STATS: NativeStats = { ps_recv: 0, ps_drop: 0, ps_ifdrop: 0 };

/** Of the thread that captures. */
let threadMs: (() => number) | undefined;

/** Captures that share the event loop share the budget, too. */
let openCaptures = 0;

/**
 * Opens an interface and starts handing its packets to `handler` from the event loop. Dropped
 * packets go into `counters` (shed at once, kernel and interface on `updateStats`); packets and
 * bytes handed on are the handler's to count. Throws OperatorError INTERFACE_UNKNOWN,
 * INTERFACE_DENIED, FILTER_INVALID or NATIVE_MISSING.
 */
export function openLive(
  options: LiveOptions,
  handler: PacketHandler,
  counters: Counters,
): LiveCapture {
  return new PcapCapture(options, handler, counters, newSession);
}

/** The live capture of `openLive`; tests give it sessions of their own. */
export class PcapCapture implements LiveCapture {
  readonly interfaceName: string;
  readonly stats: { -readonly [key in keyof LiveStats]: LiveStats[key] } = {
    packets: 0,
    bytes: 0,
    droppedKernel: 0,
    droppedInterface: 0,
    droppedShed: 0,
  };
  readonly #options: LiveOptions;
  readonly #handler: PacketHandler;
  readonly #counters: Counters;
  readonly #newSession: () => NativeSession;
  readonly #threadMs: () => number;
  readonly #origin: CaptureOrigin;
  readonly #packet: Buffer;
  readonly #time = packetTime();
  readonly #header = new Uint32Array(HEADER_WORDS);
  readonly #headerBytes = Buffer.from(this.#header.buffer);
  /** Undefined while the interface is gone and after close. */
  #session: NativeSession | undefined;
  #linkType = -1;
  /** Which interface of this name was opened: one that is made anew has another index. */
  #interfaceIndex = '';
  #isClosed = false;
  #isDispatching = false;
  #isSkipping = false;
  #dispatchEndMs = 0;
  /** When the dispatch began, the processor time of the thread then, and what was added for time it did not have. */
  #dispatchStartMs = 0;
  #processorStartMs = 0;
  #heldUpMs = 0;
  /** Budgets left to this dispatch, and how long the packet waited at the last look, microseconds. */
  #budgets = 0;
  #waitedUsec = Infinity;
  /** Packets until the next look at the clock. */
  #untilClock = 0;
  /** The kernel's counts for this session at the last look; they wrap at 2^32. */
  #seen: NativeStats = NO_STATS;
  /** Packets that came before this session was opened. */
  #before = 0;
  #nextWatchMs = 0;
  /** The last complaint about an interface that does not come back, to say it once. */
  #complaint = '';
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(
    options: LiveOptions,
    handler: PacketHandler,
    counters: Counters,
    sessions: () => NativeSession,
    threadClock = (threadMs ??= threadTime()),
  ) {
    this.interfaceName = options.interfaceName;
    this.#options = options;
    this.#handler = handler;
    this.#counters = counters;
    this.#newSession = sessions;
    this.#threadMs = threadClock;
    this.#origin = { interfaceName: options.interfaceName, fileName: '' };
    this.#packet = Buffer.alloc(options.snaplen);
    this.#open();
    openCaptures++;
    this.#timer = setTimeout(this.#tick, TICK_MS);
  }

  get linkType(): number {
    return this.#linkType;
  }

  get isCapturing(): boolean {
    return this.#session !== undefined;
  }

  updateStats(): void {
    const now = this.#session?.stats();
    if (now === undefined) return;
    const kernel = (now.ps_drop - this.#seen.ps_drop) >>> 0;
    const nic = (now.ps_ifdrop - this.#seen.ps_ifdrop) >>> 0;
    this.#seen = now;
    this.stats.droppedKernel += kernel;
    this.stats.droppedInterface += nic;
    this.#counters.add('captureDroppedKernel', kernel);
    this.#counters.add('captureDroppedInterface', nic);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    openCaptures--;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.updateStats();
    this.#closeSession();
  }

  #open(): void {
    const { interfaceName, filter, snaplen, ringBytes } = this.#options;
    // Asking for it on "any" is an error in some versions of libpcap.
    const isPromiscuous = this.#options.promiscuous && interfaceName !== 'any';
    const session = this.#newSession();
    try {
      const linkType = session.open_live(
        interfaceName,
        filter,
        ringBytes,
        snaplen,
        '',
        this.#onPacket,
        false,
        BLOCK_TIMEOUT_MS,
        ignoreWarning,
        isPromiscuous,
      );
      this.#linkType = linkTypeNumber(linkType);
    } catch (error) {
      throw openError(this.#options, error);
    }
    this.#session = session;
    this.#interfaceIndex = interfaceIndex(interfaceName);
    this.#seen = NO_STATS;
    this.#before = this.stats.packets + this.stats.droppedShed;
  }

  readonly #tick = (): void => {
    if (monotonicMs() >= this.#nextWatchMs) this.#watch();
    const before = this.stats.packets;
    if (this.#session !== undefined) this.#dispatch(this.#session);
    if (this.#isClosed) return;
    // Either way timers and signals get their turn before the next dispatch.
    if (this.stats.packets > before) this.#immediate = setImmediate(this.#tick);
    else this.#timer = setTimeout(this.#tick, TICK_MS);
  };

  #dispatch(session: NativeSession): void {
    this.#isDispatching = true;
    this.#isSkipping = false;
    this.#untilClock = PACKETS_PER_CLOCK;
    this.#dispatchStartMs = monotonicMs();
    this.#processorStartMs = this.#threadMs();
    this.#heldUpMs = 0;
    this.#dispatchEndMs = this.#dispatchStartMs + this.#budgetMs();
    this.#budgets = CATCH_UP_BUDGETS;
    this.#waitedUsec = Infinity;
    const result = session.dispatch(this.#packet, this.#headerBytes);
    this.#isDispatching = false;
    if (result !== DISPATCH_CLOSED) return;
    this.#session = undefined;
    this.#nextWatchMs = 0;
  }

  readonly #onPacket = (): void => {
    if (this.#isSkipping) {
      this.#skip();
      return;
    }
    const header = this.#header;
    const caplen = Math.min(header[2] as number, this.#packet.length);
    const wirelen = header[3] as number;
    this.#time[0] = (header[0] as number) * 1e6 + (header[1] as number);
    this.stats.packets++;
    this.stats.bytes += caplen;
    this.#handler.packet(
      this.#packet,
      0,
      caplen,
      wirelen > caplen ? wirelen : caplen,
      this.#time,
      this.#linkType,
      this.#origin,
      this.stats.packets,
    );
    if (--this.#untilClock > 0) return;
    this.#untilClock = PACKETS_PER_CLOCK;
    if (this.#waitedUsec === Infinity) this.#waitedUsec = this.#waited();
    const nowMs = monotonicMs();
    if (nowMs <= this.#dispatchEndMs || this.#wasHeldUp(nowMs) || this.#isCatchingUp()) return;
    this.#isSkipping = true;
    this.#untilClock = SKIPS_PER_CLOCK;
  };

  /** Did others have the processor for a part of the budget? Then the dispatch gets that part back. */
  #wasHeldUp(nowMs: number): boolean {
    const hadMs = this.#threadMs() - this.#processorStartMs;
    const mostMs = HELD_UP_BUDGETS * this.#budgetMs();
    const heldUpMs = Math.min(nowMs - this.#dispatchStartMs - hadMs, mostMs);
    if (heldUpMs <= this.#heldUpMs) return false;
    this.#dispatchEndMs += heldUpMs - this.#heldUpMs;
    this.#heldUpMs = heldUpMs;
    return nowMs <= this.#dispatchEndMs;
  }

  /** The budget is used up: may the dispatch go on? */
  #isCatchingUp(): boolean {
    const waited = this.#waited();
    const isNearer = waited < this.#waitedUsec;
    const isShort =
      this.#budgets === CATCH_UP_BUDGETS && waited < SHORT_WAIT_BUDGETS * 1000 * this.#budgetMs();
    this.#waitedUsec = waited;
    if (!(isNearer || isShort) || --this.#budgets === 0) return false;
    this.#dispatchEndMs += this.#budgetMs();
    return true;
  }

  /** How long the packet in hand has waited since it was on the wire, microseconds. */
  #waited(): number {
    return wallClockUsec() - (this.#time[0] as number);
  }

  #budgetMs(): number {
    return this.#options.dispatchMs / openCaptures;
  }

  #skip(): void {
    // Packets that still come in while a closed handle winds up are not lost to overload.
    if (this.#isClosed) return;
    this.#countShed(1);
    if (--this.#untilClock > 0) return;
    this.#untilClock = SKIPS_PER_CLOCK;
    if (monotonicMs() > this.#dispatchEndMs + MAX_SKIP_MS) this.#abandon();
  }

  /** Gives up the session with all that waits in its ring, to be opened anew at once. */
  #abandon(): void {
    this.updateStats();
    const { ps_recv: received, ps_drop: dropped } = this.#seen;
    const handled = this.stats.packets + this.stats.droppedShed - this.#before;
    this.#countShed(Math.max(0, (received - dropped - handled) | 0));
    this.#session?.close();
  }

  #countShed(packets: number): void {
    this.stats.droppedShed += packets;
    const values = this.#counters.values;
    values[COUNTER.captureDroppedShed] = (values[COUNTER.captureDroppedShed] as number) + packets;
  }

  /** Is the interface still the one that was opened, and if it is gone: is it back? */
  #watch(): void {
    this.#nextWatchMs = monotonicMs() + WATCH_MS;
    if (
      this.#session !== undefined &&
      interfaceIndex(this.interfaceName) !== this.#interfaceIndex
    ) {
      this.#complain(`${this.interfaceName} is gone; waiting for it to come back`);
      this.#closeSession();
    }
    if (this.#session !== undefined) return;
    try {
      this.#open();
      if (this.#complaint !== '') log('info', 'capture', `${this.interfaceName} is back`);
      this.#complaint = '';
    } catch (error) {
      this.#complain(errorText(error));
    }
  }

  #complain(text: string): void {
    if (this.#complaint === '') log('warn', 'capture', text);
    this.#complaint = text;
  }

  /** Ends the session: its handle is closed by the dispatch under way or by one made for that. */
  #closeSession(): void {
    const session = this.#session;
    if (session === undefined) return;
    session.close();
    if (this.#isDispatching) return;
    this.#session = undefined;
    this.#isSkipping = true;
    session.dispatch(this.#packet, this.#headerBytes);
  }
}

/** The kernel's number of the interface as text; '' where there is none ("any"). */
function interfaceIndex(name: string): string {
  try {
    return readFileSync(`/sys/class/net/${name}/ifindex`, 'latin1').trim();
  } catch {
    return '';
  }
}

function ignoreWarning(): void {
  // libpcap warns that an interface has no IPv4 address, as mirror ports have none.
}
