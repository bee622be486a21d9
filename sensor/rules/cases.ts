/**
 * Rule cases: what must fire and what must not, as data beside the rules (signatures/cases/*.yaml). The tests,
 * `rules test` and `selftest` play the same cases; signatures/README.md describes the format.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { isMap, isSeq } from 'yaml';
import { buildFile, type CaseFile } from './case-files.ts';
import {
  CLIENT,
  SERVER,
  USUAL_SESSION,
  caseSchema,
  sessionSchema,
  type CaseSource,
  type FlowSource,
  type Session,
  type TurnList,
} from './case-schema.ts';
import { buildTurns, countTurns, fill, type CaseFlow, type CaseTurn } from './case-turns.ts';
import { caseProblem, checkNode, readYaml, type YamlPlace } from './case-yaml.ts';

/** One case, its sessions put before it. */
export interface SignatureCase {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** The rule the case is about. */
  readonly sid: number;
  /** Must that rule fire? Otherwise the case is a near miss. */
  readonly isFiring: boolean;
  /** Every sid that must fire, those of the sessions included, ascending; no other may. */
  readonly fires: readonly number[];
  /** Its connections: one for most cases, none for a case about an event or file, and for a capture. */
  readonly flows: readonly CaseFlow[];
  /** It is about a sensor that has only just begun to watch. */
  readonly isNewSensor: boolean;
  /** Event of the flow below XMPP that the case raises instead of a conversation. */
  readonly event: string | undefined;
  /** Path of the capture a case replays instead of a conversation. */
  readonly capture: string | undefined;
  /** Values that sets of type `hmac` hold while the case is played, by the name of the set. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** The file a case sends instead of a conversation. */
  readonly sentFile: CaseFile | undefined;
  /** The text of a case that is one chat message: it may be written in other ways. */
  readonly body: string | undefined;
}

/** A case by its name: enough to say that there is one. */
export type NamedCase = Pick<SignatureCase, 'file' | 'line' | 'name' | 'isFiring'>;

/** The sessions a case may begin with. */
const SESSION_FILE = 'sessions.yaml';
/** Largest case, repeats unrolled. */
export const MAX_CASE_FLOWS = 512;
const MAX_CASE_TURNS = 20_000;
/** Port of the first client of a case; the next one's is one higher. */
const FIRST_PORT = 40_000;

/**
 * All cases of a folder, in the order of file names. `sharedSessions`: folder whose sessions.yaml holds further
 * sessions; those of `folder` come first.
 *
 * @throws OperatorError RULES_INVALID naming file and line, for the first case that is not sound.
 */
export function loadCases(folder: string, sharedSessions = folder): SignatureCase[] {
  const files = [join(sharedSessions, SESSION_FILE), join(folder, SESSION_FILE)];
  const sessions = new Map([...new Set(files)].filter(existsSync).flatMap(readSessions));
  return caseFiles(folder).flatMap((file) => readCases(file, sessions));
}

/**
 * The cases of a folder by the rule they are about, in the order of file names. Only files that name a rule that is asked
 * for are parsed, each once, and no conversation is built: reading all cases takes seconds.
 */
export class NamedCases {
  readonly #files: {
    readonly file: string;
    readonly text: string;
    cases: readonly (NamedCase & { readonly sid: number })[] | undefined;
  }[];

  constructor(folder: string) {
    this.#files = caseFiles(folder).map((file) => ({
      ...{ file, text: readFileSync(file, 'utf8'), cases: undefined },
    }));
  }

  /** @throws OperatorError RULES_INVALID for a case in a file that names the rule and is not sound. */
  of(sid: number): NamedCase[] {
    const isNamed = new RegExp(`\\b${sid}\\b`);
    return this.#files
      .filter(({ text }) => isNamed.test(text))
      .flatMap((each) => (each.cases ??= casesOf(each.file)))
      .filter((each) => each.sid === sid)
      .map(({ file, line, name, isFiring }) => ({ file, line, name, isFiring }));
  }
}

function casesOf(file: string): (NamedCase & { readonly sid: number })[] {
  return readSources(file).map(({ place: { line }, source }) => ({
    ...{ sid: source.sid, file, line, name: source.case },
    isFiring: ownFires(source).includes(source.sid),
  }));
}

function caseFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== SESSION_FILE)
    .sort()
    .map((name) => join(folder, name));
}

/** A conversation behind a session of a folder's sessions.yaml, as a case about no rule; `as`: who takes part. */
export function conversationBehind(
  folder: string,
  name: string,
  turns: readonly CaseTurn[],
  as?: string,
): SignatureCase {
  const file = join(folder, SESSION_FILE);
  const sessions = new Map(readSessions(file));
  const place = { file, line: 1, problem: (what: string) => caseProblem(file, 1, what) };
  const where = { client: CLIENT, server: SERVER, at: 0, times: 1, every: 0 };
  const source = {
    ...{ case: name, sid: 0, fires: false, new_sensor: false, lists: {} },
    flows: [{ ...where, session: name, as, turns: [] }],
  };
  const whole = buildCase(place, source, sessions);
  return withTurns(whole, [...(whole.flows[0]?.turns ?? []), ...turns]);
}

/** A case of one flow with other turns, the session's included. */
export function withTurns(source: SignatureCase, turns: readonly CaseTurn[]): SignatureCase {
  return { ...source, flows: source.flows.map((flow) => ({ ...flow, turns })) };
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

/** A case of one flow with other bytes in place of its last message. */
export function withMessage(source: SignatureCase, message: string): SignatureCase {
  const bytes = new TextEncoder().encode(message);
  const before = source.flows[0]?.turns.slice(0, -1) ?? [];
  return withTurns(source, [...before, { kind: 'data', direction: 0, bytes }]);
}

type Sessions = ReadonlyMap<string, Session>;

function readSessions(file: string): [string, Session][] {
  const yaml = readYaml(file);
  if (!isMap(yaml.content)) throw caseProblem(file, 1, 'it must be a map of session names');
  return yaml.content.items.map(({ key, value }): [string, Session] => {
    return [String(key), checkNode(sessionSchema, value, yaml.place(value))];
  });
}

function readCases(file: string, sessions: Sessions): SignatureCase[] {
  return readSources(file).map(({ place, source }) => buildCase(place, source, sessions));
}

function readSources(file: string): { readonly place: YamlPlace; readonly source: CaseSource }[] {
  const yaml = readYaml(file);
  if (!isSeq(yaml.content)) throw caseProblem(file, 1, 'it must be a list of cases');
  return yaml.content.items.map((item) => {
    const place = yaml.place(item);
    return { place, source: checkNode(caseSchema, item, place) };
  });
}

/** What it says that fires, but for what its sessions do. */
function ownFires({ fires, sid }: CaseSource): readonly number[] {
  if (fires === true) return [sid];
  return fires === false ? [] : fires;
}

function buildCase(place: YamlPlace, source: CaseSource, sessions: Sessions): SignatureCase {
  const { body, stanza, turns, flows, event, capture, file } = source;
  const contents = [body, stanza, turns, flows, event, capture, file];
  if (contents.filter((content) => content !== undefined).length !== 1) {
    throw place.problem('it needs one of body, stanza, turns, flows, file, event, capture');
  }
  const own = ownFires(source);
  const builder = new FlowBuilder(place, sessions);
  if (event === undefined && capture === undefined && file === undefined) builder.add(source);
  return {
    file: place.file,
    line: place.line,
    name: source.case,
    sid: source.sid,
    isFiring: own.includes(source.sid),
    fires: [...new Set([...own, ...builder.fires])].sort((a, b) => a - b),
    flows: builder.flows,
    isNewSensor: source.new_sensor,
    event,
    capture: capture && capturePath(place, capture),
    sentFile: file && buildFile(file),
    lists: new Map(Object.entries(source.lists)),
    body,
  };
}

/** Below the folder of the case: cases from elsewhere must not read the machine's other files. */
function capturePath(place: YamlPlace, name: string): string {
  const path = normalize(name);
  if (isAbsolute(path) || path.startsWith('..')) {
    throw place.problem(`capture ${name} must be a path below the folder of the case`);
  }
  return join(dirname(place.file), path);
}

/** Collects the connections of one case, and what their sessions fire. */
class FlowBuilder {
  readonly flows: CaseFlow[] = [];
  readonly fires: number[] = [];
  readonly #place: YamlPlace;
  readonly #sessions: Sessions;
  #turns = 0;

  constructor(place: YamlPlace, sessions: Sessions) {
    this.#place = place;
    this.#sessions = sessions;
  }

  add(source: CaseSource): void {
    const { flows, session, port } = source;
    if (flows === undefined) {
      const where = { client: CLIENT, server: SERVER, at: 0, times: 1, every: 0, port };
      const turns = turnsOf(source);
      this.#addFlow({ ...where, session: session ?? USUAL_SESSION, turns }, []);
    } else if (session !== undefined || port !== undefined) {
      throw this.#place.problem('with flows, session and port stand in each flow');
    } else {
      flows.forEach((flow, i) => {
        this.#addFlow(flow, ['flows', i]);
      });
    }
  }

  #addFlow(source: FlowSource, path: readonly PropertyKey[]): void {
    const session = this.#sessions.get(source.session);
    if (session === undefined) {
      throw this.#place.problem(`no session is called ${source.session}`, path);
    }
    this.fires.push(...session.fires);
    this.#turns += source.times * (session.turns.length + countTurns(source.turns));
    if (this.flows.length + source.times > MAX_CASE_FLOWS || this.#turns > MAX_CASE_TURNS) {
      const most = `${MAX_CASE_FLOWS} flows and ${MAX_CASE_TURNS} turns`;
      throw this.#place.problem(`a case may have ${most}, repeats unrolled`, path);
    }
    for (let n = 1; n <= source.times; n++) {
      const flow = this.#build(source, session, n);
      for (const address of [flow.client, flow.server]) {
        if (!isIPv4(address)) throw this.#place.problem(`${address} is no IPv4 address`, path);
      }
      this.flows.push(flow);
    }
  }

  #build(source: FlowSource, session: Session, n: number): CaseFlow {
    const number = source.times > 1 ? { n } : {};
    const values = { ...number, as: fill(source.as ?? session.as, number) };
    return {
      client: fill(source.client, number),
      clientPort: FIRST_PORT + this.flows.length,
      server: fill(source.server, number),
      serverPort: source.port ?? session.port,
      isMidstream: session.midstream,
      atSeconds: source.at + (n - 1) * source.every,
      turns: [...buildTurns(session.turns, values), ...buildTurns(source.turns, values)],
      sessionTurns: session.turns.length,
    };
  }
}

function turnsOf(source: CaseSource): TurnList {
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
