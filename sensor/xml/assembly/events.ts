/**
 * Events: once per kind and first-level element. Those of an unfinished first-level start tag wait
 * until the tag is complete, so that the host can read its attributes; they keep their order.
 */
import {
  R_DEPTH,
  R_ELEMENTS,
  R_FLAGS,
  R_RAW,
  R_RAW_LENGTH,
  R_SERIAL,
  R_TAPE,
  R_TOKENS,
  R_WIRE,
  R_WIRE_OFFSET,
} from '../codes';
import { wireAt } from './encoding';
import { onEvent } from './host';
import { Slot, halfAt, maxStanza, pendingOf, report, tapeOf } from './layout';

/** Writes the facts of the open item, `tokens` of its tape visible. */
export function describe(s: Slot, tokens: i32, end: usize): void {
  const length = <i32>(end - s.item);
  store<u32>(report, <u32>(tapeOf(s) >> 2), R_TAPE * 4);
  store<i32>(report, tokens, R_TOKENS * 4);
  store<u32>(report, <u32>s.item, R_RAW * 4);
  store<i32>(report, length < maxStanza ? length : maxStanza, R_RAW_LENGTH * 4);
  store<i32>(report, s.elements, R_ELEMENTS * 4);
  store<i32>(report, s.maxDepth, R_DEPTH * 4);
  store<i32>(report, s.flags, R_FLAGS * 4);
  store<i32>(report, s.serial, R_SERIAL * 4);
  store<f64>(report, wireAt(s, end) - s.itemWire, R_WIRE * 4);
  store<f64>(report, s.itemWire, R_WIRE_OFFSET * 4);
}

/** The report when no item is open. */
export function describeNothing(): void {
  store<i32>(report, 0, R_TOKENS * 4);
  store<i32>(report, 0, R_RAW_LENGTH * 4);
  store<i32>(report, 0, R_ELEMENTS * 4);
  store<i32>(report, 0, R_DEPTH * 4);
  store<i32>(report, 0, R_FLAGS * 4);
  store<i32>(report, 0, R_SERIAL * 4);
  store<f64>(report, 0, R_WIRE * 4);
  store<f64>(report, 0, R_WIRE_OFFSET * 4);
}

/** An anomaly at raw address `at`. */
export function raise(s: Slot, code: i32, at: usize): void {
  const offset = wireAt(s, at);
  if (s.item == 0) {
    raiseOutside(s.half, code, offset);
    return;
  }
  const bit = (<u64>1) << (<u64>code);
  if (s.once & bit) return;
  s.once |= bit;
  if (s.started) {
    describe(s, s.tokens, at);
    onEvent(s.half, code, s.serial, offset);
    return;
  }
  const p = pendingOf(s) + s.pending * 16;
  store<f64>(p, offset);
  store<i32>(p, code, 8);
  s.pending++;
}

/** An anomaly between first-level elements. */
export function raiseOutside(h: i32, code: i32, offset: f64): void {
  const half = halfAt(h);
  const bit = (<u64>1) << (<u64>code);
  if (half.once & bit) return;
  half.once |= bit;
  describeNothing();
  onEvent(h, code, 0, offset);
}

/** The start tag is complete (or too long to wait for): deliver what waited, and from now on at once. */
export function startEvents(s: Slot, tokens: i32, end: usize): void {
  if (!s.isRoot && s.serial == 0) {
    const half = halfAt(s.half);
    s.serial = ++half.serial;
  }
  s.started = 1;
  if (s.pending == 0) return;
  const n = s.pending;
  s.pending = 0;
  const p = pendingOf(s);
  for (let i = 0; i < n; i++) {
    // Anew each time: what the host does in between may report on another half.
    describe(s, tokens, end);
    onEvent(s.half, load<i32>(p + i * 16, 8), s.serial, load<f64>(p + i * 16));
  }
}
