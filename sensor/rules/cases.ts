/**
 * Rule cases: what must fire and what must not, as data beside the rules (signatures/cases/*.yaml). The tests,
 * `rules test` and `selftest` play the same cases; signatures/README.md describes the format.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { LineCounter, isMap, isSeq, parseDocument, type Node } from 'yaml';
import { z } from 'zod';
import { OperatorError, errorText } from '../core/index.ts';

/** One step of a case: bytes of one side, bytes that were lost, or time that passes. */
export type CaseTurn =
  | { readonly kind: 'data'; readonly direction: 0 | 1; readonly bytes: Uint8Array }
  | { readonly kind: 'gap'; readonly direction: 0 | 1; readonly bytes: number }
  | { readonly kind: 'wait'; readonly seconds: number };

/** One case, its session put before it. */
export interface SignatureCase {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** The rule the case is about. */
  readonly sid: number;
  /** Must that rule fire? Otherwise the case is a near miss. */
  readonly isFiring: boolean;
  /** Every sid that must fire, those of the session included, ascending; no other may. */
  readonly fires: readonly number[];
  readonly serverPort: number;
  /** The capture begins inside the session. */
  readonly isMidstream: boolean;
  /** Empty for a case about an event, and for a capture. */
  readonly turns: readonly CaseTurn[];
  /** How many of them are the session; the rest is the case's own. */
  readonly sessionTurns: number;
  /** Event of the flow below XMPP that the case raises instead of a conversation. */
  readonly event: string | undefined;
  /** Path of the capture a case replays instead of a conversation. */
  readonly capture: string | undefined;
  /** The text of a case that is one chat message: it may be written in other ways. */
  readonly body: string | undefined;
}

const piece = z.union([
  z.string(),
  z.strictObject({ latin1: z.string() }),
  z.strictObject({ base64: z.string() }),
  z.strictObject({ utf16le: z.string() }),
  z.strictObject({ utf16be: z.string() }),
  z.strictObject({ repeat: z.string(), times: z.number().int().min(1).max(4_000_000) }),
]);
type Piece = z.infer<typeof piece>;

const data = z.union([piece, z.array(piece)]);
type Data = z.infer<typeof data>;

const turn = z.union([
  z.strictObject({ C: data }),
  z.strictObject({ S: data }),
  z.strictObject({ lost_C: z.number().int().positive() }),
  z.strictObject({ lost_S: z.number().int().positive() }),
  z.strictObject({ wait: z.number().positive() }),
]);
type Turn = z.infer<typeof turn>;

const sid = z.number().int().positive();

const sessionSchema = z.strictObject({
  port: z.number().int().min(1).max(65535).default(5222),
  midstream: z.boolean().default(false),
  fires: z.array(sid).default([]),
  turns: z.array(turn).default([]),
});
type Session = z.infer<typeof sessionSchema>;

const caseSchema = z.strictObject({
  case: z.string().min(1),
  sid,
  fires: z.union([z.boolean(), z.array(sid)]).default(false),
  session: z.string().default('scram'),
  port: z.number().int().min(1).max(65535).optional(),
  body: z.string().optional(),
  stanza: data.optional(),
  turns: z.array(turn).optional(),
  event: z.string().optional(),
  capture: z.string().min(1).optional(),
});
type CaseSource = z.infer<typeof caseSchema>;

/** The sessions a case may begin with. */
const SESSION_FILE = 'sessions.yaml';

/**
 * All cases of a folder, in the order of file names. `sharedSessions`: folder whose sessions.yaml holds further
 * sessions; those of `folder` come first.
 *
 * @throws OperatorError RULES_INVALID naming file and line, for the first case that is not sound.
 */
export function loadCases(folder: string, sharedSessions = folder): SignatureCase[] {
  const files = [join(sharedSessions, SESSION_FILE), join(folder, SESSION_FILE)];
  const sessions = new Map([...new Set(files)].filter(existsSync).flatMap(readSessions));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== SESSION_FILE)
    .sort()
    .flatMap((name) => readCases(join(folder, name), sessions));
}

/** A conversation behind a session of a folder's sessions.yaml, as a case about no rule. */
export function conversationBehind(
  folder: string,
  name: string,
  turns: readonly CaseTurn[],
): SignatureCase {
  const file = join(folder, SESSION_FILE);
  const session = new Map(readSessions(file)).get(name);
  if (session === undefined) throw problem(file, 1, `no session is called ${name}`);
  const source = { case: name, sid: 0, fires: false, session: name, turns: [] };
  const whole = buildCase(file, 1, source, session);
  return { ...whole, turns: [...whole.turns, ...turns] };
}

/** The same message with every letter of its text written as a reference, and cut by CDATA. */
export function disguisedBodies(body: string): string[] {
  const letters = Array.from(body);
  const references = letters.map((letter) => `&#x${codeOf(letter).toString(16)};`);
  const cut = letters.map((letter, i) =>
    i % 3 === 1 && letter !== ']' ? `<![CDATA[${letter}]]>` : escapeXml(letter),
  );
  return [references.join(''), cut.join('')].map(messageWith);
}

/** Turns of a case with other bytes in place of its last message. */
export function withMessage(source: SignatureCase, message: string): CaseTurn[] {
  const bytes = new TextEncoder().encode(message);
  return [...source.turns.slice(0, -1), { kind: 'data', direction: 0, bytes }];
}

function readSessions(file: string): [string, Session][] {
  const { content, lines } = readYaml(file);
  if (!isMap(content)) throw problem(file, 1, 'it must be a map of session names');
  return content.items.map((item): [string, Session] => {
    const name = String(item.key);
    return [name, check(sessionSchema, item.value, file, lines)];
  });
}

function readCases(file: string, sessions: ReadonlyMap<string, Session>): SignatureCase[] {
  const { content, lines } = readYaml(file);
  if (!isSeq(content)) throw problem(file, 1, 'it must be a list of cases');
  return content.items.map((item) => {
    const line = lineOf(item, lines);
    const source = check(caseSchema, item, file, lines);
    const session = sessions.get(source.session);
    if (session === undefined) throw problem(file, line, `no session is called ${source.session}`);
    return buildCase(file, line, source, session);
  });
}

function buildCase(
  file: string,
  line: number,
  source: CaseSource,
  session: Session,
): SignatureCase {
  const own = source.fires === true ? [source.sid] : source.fires === false ? [] : source.fires;
  const hasTurns = source.event === undefined && source.capture === undefined;
  const fires = [...new Set([...own, ...(hasTurns ? session.fires : [])])].sort((a, b) => a - b);
  const contents = [source.body, source.stanza, source.turns, source.event, source.capture];
  if (contents.filter((content) => content !== undefined).length !== 1) {
    throw problem(file, line, 'it needs one of body, stanza, turns, event, capture');
  }
  const turns = [...session.turns, ...turnsOf(source)];
  return {
    file,
    line,
    name: source.case,
    sid: source.sid,
    isFiring: own.includes(source.sid),
    fires,
    serverPort: source.port ?? session.port,
    isMidstream: session.midstream,
    turns: hasTurns ? turns.map(buildTurn) : [],
    sessionTurns: hasTurns ? session.turns.length : 0,
    event: source.event,
    capture: source.capture && capturePath(file, line, source.capture),
    body: source.body,
  };
}

/** Below the folder of the case: cases from elsewhere must not read the machine's other files. */
function capturePath(file: string, line: number, name: string): string {
  const path = normalize(name);
  if (isAbsolute(path) || path.startsWith('..')) {
    throw problem(file, line, `capture ${name} must be a path below the folder of the case`);
  }
  return join(dirname(file), path);
}

function turnsOf(source: CaseSource): readonly Turn[] {
  if (source.turns !== undefined) return source.turns;
  if (source.stanza !== undefined) return [{ C: source.stanza }];
  return source.body === undefined ? [] : [{ C: messageWith(escapeXml(source.body)) }];
}

function messageWith(content: string): string {
  return `<message to='bob@corp.example' type='chat' id='m1'><body>${content}</body></message>`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (sign) => `&#${codeOf(sign)};`);
}

function codeOf(letter: string): number {
  return letter.codePointAt(0) ?? 0xfffd;
}

function buildTurn(source: Turn): CaseTurn {
  if ('C' in source) return { kind: 'data', direction: 0, bytes: bytesOf(source.C) };
  if ('S' in source) return { kind: 'data', direction: 1, bytes: bytesOf(source.S) };
  if ('lost_C' in source) return { kind: 'gap', direction: 0, bytes: source.lost_C };
  if ('lost_S' in source) return { kind: 'gap', direction: 1, bytes: source.lost_S };
  return { kind: 'wait', seconds: source.wait };
}

function bytesOf(source: Data): Uint8Array {
  return Array.isArray(source)
    ? Uint8Array.from(Buffer.concat(source.map(pieceBytes)))
    : Uint8Array.from(pieceBytes(source));
}

function pieceBytes(source: Piece): Buffer {
  if (typeof source === 'string') return Buffer.from(source, 'utf8');
  if ('latin1' in source) return Buffer.from(source.latin1, 'latin1');
  if ('base64' in source) return Buffer.from(source.base64, 'base64');
  if ('utf16le' in source) return Buffer.from(source.utf16le, 'utf16le');
  if ('utf16be' in source) return Buffer.from(source.utf16be, 'utf16le').swap16();
  return Buffer.from(source.repeat.repeat(source.times), 'utf8');
}

interface Yaml {
  readonly content: unknown;
  readonly lines: LineCounter;
}

function readYaml(file: string): Yaml {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw problem(file, 1, errorText(error));
  }
  const document = parseDocument(text, { lineCounter: lines });
  const [first] = document.errors;
  if (first !== undefined) {
    throw problem(file, first.linePos?.[0].line ?? 1, first.message.split('\n')[0] ?? '');
  }
  return { content: document.contents, lines };
}

function lineOf(node: unknown, lines: LineCounter): number {
  const range = (node as Node | null)?.range;
  return range === undefined || range === null ? 1 : lines.linePos(range[0]).line;
}

function check<T extends z.ZodType>(
  schema: T,
  node: unknown,
  file: string,
  lines: LineCounter,
): z.infer<T> {
  const value: unknown = isMap(node) ? node.toJSON() : node;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw problem(file, lineOf(node, lines), `${path}: ${issue?.message ?? 'not sound'}`);
}

function problem(file: string, line: number, what: string): OperatorError {
  return new OperatorError(
    'RULES_INVALID',
    `Cannot read case at ${file}:${line}: ${what}`,
    'signatures/README.md describes cases',
  );
}
