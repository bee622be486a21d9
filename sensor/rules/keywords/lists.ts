/** Keywords that look values up in lists: `dataset`, `datarep`, and the addresses they may ask about. */
import { BUFFERS, type BufferName } from '../../core/index.ts';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import {
  splitPiece,
  splitWord,
  type Keyword,
  type KeywordTable,
  type RuleContext,
  type RuleDraft,
} from '../draft.ts';
import { DATASET_TYPES } from '../list-dataset.ts';
import { RuleError } from '../problems.ts';
import type { Piece } from '../rule-text.ts';
import type { DatasetQuery, DatasetType, ReputationTest } from '../types.ts';
import { addTerm } from './match.ts';

const MAX_REPUTATION = 0xffff;
const EXAMPLE = 'write dataset:isset,bad-domains,type domain,load datasets/bad-domains.txt;';

/**
 * Buffers whose values rules may keep: addresses, names of the protocol, hashes. Everything else is
 * what people write or send, and would end in clear text on the disk of the sensor.
 */
const LEARNABLE: ReadonlySet<number> = new Set(
  (
    [
      'xmpp.kind',
      'xmpp.type',
      'xmpp.from',
      'xmpp.to',
      'xmpp.from_domain',
      'xmpp.to_domain',
      'xmpp.ns',
      'xmpp.sasl_mechanism',
      'xmpp.sasl_user',
      'xmpp.client',
      'xmpp.room',
      'file.sha256',
      'file.md5',
    ] satisfies BufferName[]
  ).map((name) => BUFFERS.indexOf(name)),
);

interface ListSettings {
  type?: DatasetType;
  load?: string;
  save?: string;
  state?: string;
  exact?: boolean;
  memcapBytes?: number;
}

/** `dataset:isset,NAME,type domain,load FILE;` */
function applyDataset(draft: RuleDraft, value: Piece, name: Piece, context: RuleContext): void {
  const [command, dataset, ...options] = splitPiece(value, ',');
  switch (command?.text) {
    case 'isset':
    case 'isnotset':
    case 'set':
    case 'unset':
      break;
    default:
      throw new RuleError(
        command?.at ?? value.at,
        `dataset command "${command?.text ?? ''}" is unknown`,
        'use isset, isnotset, set or unset',
      );
  }
  const list = listName(dataset, value, 'dataset');
  const settings = readSettings(options, context.file);
  const learns = command.text === 'set' || command.text === 'unset';
  if (settings.type === 'hmac' && draft.addressSide !== undefined) {
    throw new RuleError(name.at, 'Lists of type hmac are asked about texts, not about addresses');
  }
  if (learns) checkLearning(draft, name, settings);
  open(list, settings, { learns, hasReputation: false }, context);
  addQuery(draft, name, { command: command.text, dataset: list.text, reputation: undefined });
}

/** `datarep:NAME,>,70,type ip,load FILE;` */
function applyDatarep(draft: RuleDraft, value: Piece, name: Piece, context: RuleContext): void {
  const [dataset, operator, limit, ...options] = splitPiece(value, ',');
  const list = listName(dataset, value, 'datarep');
  const reputation = readTest(operator, limit, value);
  const settings = readSettings(options, context.file);
  if (settings.save !== undefined || settings.state !== undefined) {
    throw new RuleError(name.at, 'datarep reads lists only', 'use load');
  }
  if (settings.type === 'hmac') {
    throw new RuleError(name.at, 'Lists of type hmac have no reputations', 'use dataset:isset');
  }
  open(list, settings, { learns: false, hasReputation: true }, context);
  addQuery(draft, name, { command: 'isset', dataset: list.text, reputation });
}

function listName(piece: Piece | undefined, value: Piece, keyword: string): Piece {
  if (piece !== undefined && /^[\w.-]{1,64}$/.test(piece.text) && !piece.text.startsWith('.')) {
    return piece;
  }
  throw new RuleError(
    piece?.at ?? value.at,
    `${keyword} needs a name of letters, digits, dots, dashes and underscores`,
    keyword === 'dataset' ? EXAMPLE : 'write datarep:NAME,>,70,type jid,load datasets/NAME.rep;',
  );
}

function readTest(
  operator: Piece | undefined,
  limit: Piece | undefined,
  value: Piece,
): ReputationTest {
  if (operator?.text !== '<' && operator?.text !== '>' && operator?.text !== '==') {
    throw new RuleError(
      operator?.at ?? value.at,
      `datarep compares with <, > or ==, not with "${operator?.text ?? ''}"`,
    );
  }
  const number = /^\d{1,5}$/.test(limit?.text ?? '') ? Number(limit?.text) : MAX_REPUTATION + 1;
  if (number > MAX_REPUTATION) {
    throw new RuleError(
      limit?.at ?? value.at,
      `Reputation "${limit?.text ?? ''}" is not a number from 0 to ${MAX_REPUTATION}`,
    );
  }
  return { operator: operator.text, value: number };
}

function readSettings(options: readonly Piece[], ruleFile: string): ListSettings {
  const settings: ListSettings = {};
  const given = new Map<string, Piece>();
  for (const option of options) {
    const { word, rest } = splitWord(option);
    if (given.has(word.text)) throw new RuleError(word.at, `${word.text} is given twice`);
    if (rest.text === '') throw new RuleError(word.at, `${word.text} has no value`);
    given.set(word.text, word);
    readSetting(settings, word, rest, ruleFile);
  }
  const state = given.get('state');
  if (state !== undefined && (given.has('load') || given.has('save'))) {
    throw new RuleError(state.at, 'state stands for load and save: it cannot be mixed with them');
  }
  const kept = state ?? given.get('save');
  if (kept !== undefined && settings.type === 'hmac') {
    throw new RuleError(
      kept.at,
      'Lists of type hmac are not written by the sensor',
      'use load, or nothing',
    );
  }
  const match = given.get('match');
  if (match !== undefined && settings.type !== undefined && settings.type !== 'domain') {
    throw new RuleError(match.at, 'match is about lists of type domain');
  }
  return settings;
}

function readSetting(settings: ListSettings, word: Piece, value: Piece, ruleFile: string): void {
  switch (word.text) {
    case 'type': {
      const type = DATASET_TYPES.find((candidate) => candidate === value.text);
      if (type === undefined) {
        const hint = `one of: ${DATASET_TYPES.join(', ')}`;
        throw new RuleError(value.at, `dataset type "${value.text}" is unknown`, hint);
      }
      settings.type = type;
      return;
    }
    case 'load':
      settings.load = join(dirname(ruleFile), pathBelow(value, 'the folder of the rule file'));
      return;
    case 'save':
    case 'state':
      settings[word.text] = pathBelow(value, 'the data folder');
      return;
    case 'match':
      if (value.text !== 'exact' && !/^subdomains?$/.test(value.text)) {
        throw new RuleError(value.at, `match "${value.text}" is unknown`, 'exact or subdomains');
      }
      settings.exact = value.text === 'exact';
      return;
    case 'memcap':
      settings.memcapBytes = readSize(value);
      return;
    case 'hashsize':
      // Suricata sizes its tables by it; ours size themselves.
      readSize(value);
      return;
    default:
      throw new RuleError(
        word.at,
        `dataset option "${word.text}" is not supported`,
        'use type, load, state, save, match, memcap, hashsize',
      );
  }
}

/** `8mb`, `512kb`, `1000`: bytes, in Suricata's units of 1024. */
function readSize(piece: Piece): number {
  const [, number = '', unit = ''] = /^(\d{1,9})\s*([kmg]i?b?)?$/i.exec(piece.text) ?? [];
  const size = Number(number) * 1024 ** ' kmg'.indexOf(unit.slice(0, 1).toLowerCase() || ' ');
  if (number === '' || size === 0) {
    throw new RuleError(piece.at, `"${piece.text}" is no size`, 'write for example 8mb');
  }
  return size;
}

/** A rule from elsewhere must not read or write the machine's other files. */
function pathBelow(file: Piece, folder: string): string {
  const path = normalize(file.text);
  if (isAbsolute(path) || path.startsWith('..') || path.includes('\0') || path === '.') {
    throw new RuleError(
      file.at,
      `Dataset file "${file.text}" must be a path below ${folder}`,
      'for example datasets/bad-domains.txt',
    );
  }
  return path;
}

function checkLearning(draft: RuleDraft, name: Piece, settings: ListSettings): void {
  if (settings.type === 'url' || settings.type === 'rtbl' || settings.type === 'hmac') {
    throw new RuleError(name.at, `Lists of type ${settings.type} cannot be filled by rules`);
  }
  if (draft.addressSide !== undefined) return;
  const { buffer } = draft.place(name);
  if (LEARNABLE.has(buffer)) return;
  throw new RuleError(
    name.at,
    `Values of ${BUFFERS[buffer] ?? 'this buffer'} are private and must not be kept in a list`,
    `only addresses, names and hashes may: ${[...LEARNABLE].map((id) => BUFFERS[id]).join(', ')}, ip.src, ip.dst`,
  );
}

function open(
  dataset: Piece,
  { type, load, save, state, exact, memcapBytes }: ListSettings,
  use: { learns: boolean; hasReputation: boolean },
  context: RuleContext,
): void {
  const failure = context.datasets.open({
    name: dataset.text,
    type,
    load,
    save: state ?? save,
    isState: state !== undefined,
    exact,
    memcapBytes,
    ...use,
  });
  if (failure !== undefined) throw new RuleError(dataset.at, failure, EXAMPLE);
}

function addQuery(draft: RuleDraft, name: Piece, query: DatasetQuery): void {
  if (draft.addressSide !== undefined) {
    draft.addressQueries.push({ ...query, side: draft.addressSide });
    return;
  }
  addTerm(draft, { at: name.at, term: { kind: 'dataset', ...draft.place(name), ...query } });
}

/** `ip.src;`: what follows asks about an address of the packet. */
function addressBuffer(side: 'src' | 'dst'): Keyword {
  return {
    value: 'none',
    isRepeatable: true,
    apply: (draft) => {
      draft.openAddress(side);
    },
  };
}

const list = (apply: Keyword['apply']): Keyword => ({
  value: 'required',
  isRepeatable: true,
  apply,
});

export const LIST_KEYWORDS: KeywordTable = {
  dataset: list(applyDataset),
  datarep: list(applyDatarep),
  'ip.src': addressBuffer('src'),
  'ip.dst': addressBuffer('dst'),
};
