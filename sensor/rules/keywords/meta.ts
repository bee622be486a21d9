/** Keywords that say what a rule is, not what it matches. */
import { findEventId, EVENTS, nearest } from '../../core/index.ts';
import { MAX_SEVERITY, MIN_SEVERITY } from '../classification.ts';
import {
  parseInteger,
  parseQuoted,
  splitPiece,
  splitWord,
  type Keyword,
  type KeywordTable,
  type RuleDraft,
} from '../draft.ts';
import { RuleError } from '../problems.ts';
import { oneOf } from '../rates.ts';
import type { Piece } from '../rule-text.ts';

const MAX_ID = 0xffffffff;
const MAX_MSG_CHARS = 512;

/** A keyword that must have a value and stands at most once. */
function single(apply: Keyword['apply']): Keyword {
  return { value: 'required', isRepeatable: false, apply };
}

function repeated(apply: Keyword['apply']): Keyword {
  return { value: 'required', isRepeatable: true, apply };
}

/** Text of msg: a backslash takes the next character as it is. */
function unescape(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

function applyFlow(draft: RuleDraft, value: Piece): void {
  for (const word of splitPiece(value, ',')) {
    switch (word.text) {
      case 'to_server':
      case 'from_client':
        draft.flow.toServer = true;
        break;
      case 'to_client':
      case 'from_server':
        draft.flow.toClient = true;
        break;
      case 'established':
        draft.flow.established = true;
        break;
      case 'stateless':
      case 'only_stream':
        // What xmpp rules see is always reassembled; a rule that says so says nothing new.
        break;
      default:
        throw new RuleError(
          word.at,
          `flow option "${word.text}" is not supported`,
          'use to_server, to_client, from_server, from_client, established',
        );
    }
  }
  if (draft.flow.toServer && draft.flow.toClient) {
    throw new RuleError(
      value.at,
      'flow names both directions, no stanza has both',
      'leave the direction out to match either',
    );
  }
}

function applyMetadata(draft: RuleDraft, value: Piece): void {
  for (const item of splitPiece(value, ',')) {
    if (item.text === '') continue;
    const { word, rest } = splitWord(item);
    const values = draft.metadata.get(word.text);
    if (values === undefined) draft.metadata.set(word.text, [rest.text]);
    else values.push(rest.text);
  }
}

function applyEvent(draft: RuleDraft, value: Piece, keyword: Piece): void {
  // Suricata's keyword has the protocol before the event: app-layer-event:xmpp.xml.dtd.
  const isQualified = keyword.text === 'app-layer-event' && value.text.startsWith('xmpp.');
  const id =
    findEventId(value.text) ?? (isQualified ? findEventId(value.text.slice(5)) : undefined);
  if (id === undefined || id === 0) {
    const guess = nearest(
      value.text,
      EVENTS.slice(1).map((info) => info.name),
    );
    throw new RuleError(
      value.at,
      `No event is called "${value.text}"`,
      guess === undefined ? undefined : `did you mean ${guess}?`,
    );
  }
  if (!draft.events.includes(id)) draft.events.push(id);
}

export const META_KEYWORDS: KeywordTable = {
  msg: single((draft, value) => {
    const { negated, inner } = parseQuoted(value, 'msg');
    const text = unescape(inner.text).trim();
    if (negated || text === '') throw new RuleError(value.at, 'msg is empty or negated');
    if (text.length > MAX_MSG_CHARS) {
      throw new RuleError(value.at, `msg is longer than ${MAX_MSG_CHARS} characters`);
    }
    draft.msg = text;
  }),
  sid: single((draft, value) => {
    draft.sid = parseInteger(value, 'sid', 1, MAX_ID);
  }),
  gid: single((draft, value) => {
    draft.gid = parseInteger(value, 'gid', 1, MAX_ID);
  }),
  rev: single((draft, value) => {
    draft.rev = parseInteger(value, 'rev', 1, MAX_ID);
  }),
  classtype: single((draft, value, _name, context) => {
    const info = context.classtypes.get(value.text);
    if (info === undefined) {
      const guess = nearest(value.text, [...context.classtypes.keys()]);
      throw new RuleError(
        value.at,
        `Classtype "${value.text}" is not in classification.config`,
        guess === undefined ? 'add it there' : `did you mean ${guess}?`,
      );
    }
    draft.classtype = { name: value.text, info };
  }),
  priority: single((draft, value) => {
    draft.priority = parseInteger(value, 'priority', MIN_SEVERITY, MAX_SEVERITY);
  }),
  reference: repeated((draft, value, _name, context) => {
    const comma = value.text.indexOf(',');
    const type = (comma < 0 ? value.text : value.text.slice(0, comma)).trim();
    const target = comma < 0 ? '' : value.text.slice(comma + 1).trim();
    if (target === '') {
      throw new RuleError(value.at, 'reference lacks a part', 'write reference:cve,2022-25236;');
    }
    const prefix = context.references.get(type.toLowerCase());
    if (prefix === undefined) {
      const guess = nearest(type, [...context.references.keys()]);
      throw new RuleError(
        value.at,
        `Reference type "${type}" is not in reference.config`,
        guess === undefined ? 'add it there' : `did you mean ${guess}?`,
      );
    }
    draft.references.push(/^https?:\/\//i.test(target) ? target : prefix + unescape(target));
  }),
  metadata: repeated(applyMetadata),
  flow: single(applyFlow),
  'xmpp.event': repeated(applyEvent),
  'app-layer-event': repeated(applyEvent),
  target: single((draft, value) => {
    draft.target = oneOf(value, 'target', ['src_ip', 'dest_ip'] as const);
  }),
  // Looked at before any other keyword (requirements.ts): here it is met.
  requires: repeated(() => undefined),
  noalert: {
    value: 'none',
    isRepeatable: false,
    apply: (draft) => {
      draft.noalert = true;
    },
  },
};
