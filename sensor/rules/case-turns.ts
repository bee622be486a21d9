/** Turns of a case as bytes: placeholders filled, repeats unrolled. And the order in which its flows take their turns. */
import type { Data, Piece, TurnGroup, TurnList, TurnSource } from './case-schema.ts';

/** One step of a case: bytes of one side, bytes that were lost, or time that passes. */
export type CaseTurn =
  | { readonly kind: 'data'; readonly direction: 0 | 1; readonly bytes: Uint8Array }
  | { readonly kind: 'gap'; readonly direction: 0 | 1; readonly bytes: number }
  | { readonly kind: 'wait'; readonly seconds: number };

/** One connection of a case, its session put before its own turns. */
export interface CaseFlow {
  /** IPv4 addresses. */
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
  /** The capture begins inside the session. */
  readonly isMidstream: boolean;
  /** It opens so long after the case began. */
  readonly atSeconds: number;
  readonly turns: readonly CaseTurn[];
  /** How many of them are the session; the rest is the flow's own. */
  readonly sessionTurns: number;
}

/** What happens on one flow at one time. */
export interface CaseStep {
  /** Index in the case's flows. */
  readonly flow: number;
  /** Since the case began. */
  readonly usec: number;
  readonly turn: CaseTurn | 'open' | 'close';
  /** Belongs to the session, not to the case's own turns. */
  readonly isSession: boolean;
}

/** Values of placeholders: `{n}` the number of the flow, `{i}` that of the repeat, `{as}` who logs in. */
export type Values = Readonly<Partial<Record<'n' | 'i' | 'as', string | number>>>;

/** A turn takes that long. */
const TURN_USEC = 1000;
const SECOND_USEC = 1_000_000;

/** Steps of all flows in the order of time; at the same time the flow that is named first comes first. */
export function caseSteps(flows: readonly CaseFlow[]): CaseStep[] {
  return flows
    .flatMap((flow, i) => flowSteps(flow, i))
    .sort((a, b) => a.usec - b.usec || a.flow - b.flow);
}

function flowSteps({ atSeconds, turns, sessionTurns }: CaseFlow, flow: number): CaseStep[] {
  let usec = Math.round(atSeconds * SECOND_USEC);
  const steps: CaseStep[] = [{ flow, usec, turn: 'open', isSession: true }];
  turns.forEach((turn, i) => {
    usec += turnUsec(turn);
    steps.push({ flow, usec, turn, isSession: i < sessionTurns });
  });
  steps.push({ flow, usec: usec + TURN_USEC, turn: 'close', isSession: false });
  return steps;
}

function turnUsec(turn: CaseTurn): number {
  return turn.kind === 'wait' ? Math.round(turn.seconds * SECOND_USEC) : TURN_USEC;
}

/** How many turns a list has when its repeats are unrolled. */
export function countTurns(list: TurnList): number {
  return list.reduce(
    (sum, turn) => sum + ('turns' in turn ? turn.times * (turn.turns.length + 1) : 1),
    0,
  );
}

export function buildTurns(list: TurnList, values: Values): CaseTurn[] {
  return list.flatMap((turn) =>
    'turns' in turn ? unroll(turn, values) : [buildTurn(turn, values)],
  );
}

/** Each round begins `every` seconds after the one before, or when that is over. */
function unroll({ times, every, turns }: TurnGroup, values: Values): CaseTurn[] {
  return Array.from({ length: times }, (_, round) => {
    const own = turns.map((turn) => buildTurn(turn, { ...values, i: round + 1 }));
    const rest = every - own.reduce((sum, turn) => sum + turnUsec(turn), 0) / SECOND_USEC;
    const isLast = round === times - 1;
    return isLast || rest <= 0 ? own : [...own, { kind: 'wait' as const, seconds: rest }];
  }).flat();
}

function buildTurn(source: TurnSource, values: Values): CaseTurn {
  if ('C' in source) return { kind: 'data', direction: 0, bytes: bytesOf(source.C, values) };
  if ('S' in source) return { kind: 'data', direction: 1, bytes: bytesOf(source.S, values) };
  if ('lost_C' in source) return { kind: 'gap', direction: 0, bytes: source.lost_C };
  if ('lost_S' in source) return { kind: 'gap', direction: 1, bytes: source.lost_S };
  return { kind: 'wait', seconds: source.wait };
}

/** Pieces put together, their placeholders filled. */
export function bytesOf(source: Data, values: Values): Uint8Array {
  const pieces = Array.isArray(source) ? source : [source];
  return Uint8Array.from(Buffer.concat(pieces.map((piece) => pieceBytes(piece, values))));
}

function pieceBytes(source: Piece, values: Values): Buffer {
  if (typeof source === 'string') return Buffer.from(fill(source, values), 'utf8');
  if ('latin1' in source) return Buffer.from(fill(source.latin1, values), 'latin1');
  if ('base64' in source) return Buffer.from(source.base64, 'base64');
  if ('encode' in source) {
    return Buffer.from(Buffer.from(fill(source.encode, values), 'utf8').toString('base64'));
  }
  if ('utf16le' in source) return Buffer.from(fill(source.utf16le, values), 'utf16le');
  if ('utf16be' in source) return Buffer.from(fill(source.utf16be, values), 'utf16le').swap16();
  return Buffer.from(fill(source.repeat, values).repeat(source.times), 'utf8');
}

/** What has no value stays as it is: braces are ordinary characters. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(n|i|as)\}/g, (whole, name: 'n' | 'i' | 'as') =>
    String(values[name] ?? whole),
  );
}
