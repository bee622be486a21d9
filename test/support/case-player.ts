/** Plays rule cases (sensor/rules/cases.ts) through the tokenizer, xmpp/ and the detection engine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Counters, findEventId } from '../../sensor/core/index.ts';
import {
  VALIDATORS,
  createDetectEngine,
  createLexiconDetector,
  createObfuscationDetector,
  parseLexicon,
  validatorProblem,
  type DetectEngine,
  type Finding,
} from '../../sensor/detect/index.ts';
import {
  loadRules,
  type CaseTurn,
  type RuleSet,
  type SignatureCase,
} from '../../sensor/rules/index.ts';
import { foldText, type StanzaView } from '../../sensor/xmpp/index.ts';
import { play, type Turn } from './dialogue.ts';
import { makeSession } from './stanza-view.ts';

/** The folder of the shipped signatures; tests run in the root of the project. */
export const SIGNATURES = join(process.cwd(), 'signatures');

/** The shipped rules; problems are in the set. */
export function shippedRules(): RuleSet {
  return loadRules([SIGNATURES], { requireDetection: true, validatorProblem });
}

/** An engine with the shipped rules and detectors. Thresholds are left out: cases follow each other. */
export class CasePlayer {
  readonly rules: RuleSet;
  readonly engine: DetectEngine;
  readonly #findings: Finding[] = [];

  constructor(rules: RuleSet = shippedRules()) {
    this.rules = rules;
    const lexicon = readFileSync(join(SIGNATURES, 'lexicon.tsv'), 'utf8');
    this.engine = createDetectEngine({
      ruleSet: {
        ...rules,
        rules: rules.rules.map((rule) => ({ ...rule, threshold: undefined })),
      },
      counters: new Counters(),
      handler: { onFinding: (finding) => this.#findings.push(finding) },
      validators: VALIDATORS,
      detectors: [
        createLexiconDetector({
          terms: parseLexicon('lexicon.tsv', lexicon),
          score: 100,
          fold: foldText,
        }),
        createObfuscationDetector(),
      ],
    });
  }

  /** What one stanza raises. */
  stanza(view: StanzaView): Finding[] {
    this.#findings.length = 0;
    this.engine.onStanza(view);
    return [...this.#findings];
  }

  /** What a case raises, in order. Its own turns are cut into pieces, those of the session are not. */
  play(
    source: SignatureCase,
    pieceBytes = Infinity,
    turns: readonly CaseTurn[] = source.turns,
  ): Finding[] {
    this.#findings.length = 0;
    if (source.event !== undefined) {
      const event = findEventId(source.event);
      if (event === undefined) throw new RangeError(`No event is called ${source.event}`);
      this.engine.onFlowEvent(1, 0, event, 0, makeSession());
    } else {
      play(cutTurns(turns, source.sessionTurns, pieceBytes), {
        midstream: source.isMidstream,
        serverPort: source.serverPort,
        handler: {
          onStanza: (view) => {
            this.engine.onStanza(view);
          },
          onEvent: (event) => {
            this.engine.onEvent(event);
          },
        },
      });
    }
    return [...this.#findings];
  }
}

/** The sids of findings, ascending, each once. */
export function sidsOf(findings: readonly Finding[]): number[] {
  return [...new Set(findings.map(({ rule }) => rule.sid))].sort((a, b) => a - b);
}

function cutTurns(turns: readonly CaseTurn[], whole: number, pieceBytes: number): Turn[] {
  return turns.flatMap((turn, i) => {
    if (turn.kind !== 'data' || i < whole || turn.bytes.length <= pieceBytes) return [asTurn(turn)];
    const pieces: Turn[] = [];
    for (let at = 0; at < turn.bytes.length; at += pieceBytes) {
      pieces.push(asTurn({ ...turn, bytes: turn.bytes.subarray(at, at + pieceBytes) }));
    }
    return pieces;
  });
}

function asTurn(turn: CaseTurn): Turn {
  if (turn.kind === 'wait') return ['wait', turn.seconds];
  const who = turn.direction === 0 ? 'C' : 'S';
  return turn.kind === 'gap' ? [who, { gap: turn.bytes }] : [who, turn.bytes];
}
