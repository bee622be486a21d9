/** Contract of rules/: what a rule file says, checked, and ready for detect/ to compile. */
import type { ExpressionStore } from './expression-store.ts';

/** One content or pcre match on a buffer. */
export interface MatchTerm {
  readonly kind: 'content' | 'pcre';
  /** Buffer id (core/buffers.ts). */
  readonly buffer: number;
  /** Counts the sticky buffer keywords of the rule: all terms of a group hold in one region. */
  readonly group: number;
  readonly negated: boolean;
  readonly nocase: boolean;
  /** content: the bytes; pcre: empty. */
  readonly bytes: Uint8Array;
  /** pcre: the expression without slashes, in libhs syntax; content: ''. */
  readonly expression: string;
  /** pcre: those of `i`, `s` and `m` that were given (`x` is already worked into `expression`). */
  readonly pcreFlags: string;
  /** pcre: flag R, the expression sees only what follows the match before it. */
  readonly relative: boolean;
  /** pcre: can the text before a match change it (`^`, `\\b`)? Decides how R is evaluated. */
  readonly startSensitive: boolean;
  /** Bytes of the shortest match, and the longest run of fixed bytes every match has. */
  readonly minLength: number;
  readonly literalLength: number;
  readonly offset: number | undefined;
  readonly depth: number | undefined;
  readonly distance: number | undefined;
  readonly within: number | undefined;
  readonly startswith: boolean;
  readonly endswith: boolean;
  readonly fastPattern: boolean;
}

/**
 * `bsize:>10;`, `bsize:5<>9;`: the region has `min` to `max` bytes, both included.
 * `isdataat:4;`, `isdataat:1,relative;`: at least `min` bytes are there, counted from the start of
 * the region or from the end of the match before; `max` is Infinity.
 */
export interface SizeTerm {
  readonly kind: 'bsize' | 'isdataat';
  readonly buffer: number;
  readonly group: number;
  readonly negated: boolean;
  readonly min: number;
  readonly max: number;
  /** isdataat: relative to the match before. */
  readonly relative: boolean;
}

/** `luhn;`, `iban;`, `validate:jwt;` : checks the text of the pcre match before it. */
export interface ValidateTerm {
  readonly kind: 'validate';
  readonly buffer: number;
  readonly group: number;
  readonly validator: string;
  readonly argument: string;
}

export type DatasetCommand = 'isset' | 'isnotset' | 'set' | 'unset';

/** `datarep:NAME,>,70;`: the reputation of a listed value compared with `value`. */
export interface ReputationTest {
  readonly operator: '<' | '>' | '==';
  readonly value: number;
}

/** What is asked of a list: `dataset:isset,NAME,...;`, or `datarep` (then `isset` with a test). */
export interface DatasetQuery {
  readonly command: DatasetCommand;
  readonly dataset: string;
  readonly reputation: ReputationTest | undefined;
}

/** A list asked about the value of a buffer. An empty value is neither listed nor not. */
export interface DatasetTerm extends DatasetQuery {
  readonly kind: 'dataset';
  readonly buffer: number;
  readonly group: number;
}

/** A list asked about an address of the packet: `ip.src; dataset:isset,NAME,type ip,load FILE;`. */
export interface AddressQuery extends DatasetQuery {
  readonly side: 'src' | 'dst';
}

export type RuleTerm = MatchTerm | SizeTerm | ValidateTerm | DatasetTerm;

export type ThresholdType = 'limit' | 'threshold' | 'both' | 'backoff';
export type ThresholdTrack =
  | 'by_src'
  | 'by_dst'
  | 'by_both'
  | 'by_rule'
  | 'by_flow'
  | 'by_from_jid'
  | 'by_to_jid'
  | 'by_domain'
  | 'by_room';

/** `count` firings in `seconds` of packet time, counted apart for each value of `track`. */
export interface FiringRate {
  readonly track: ThresholdTrack;
  readonly count: number;
  /** A window starts with its first firing and lasts so long, both ends included; 0 for backoff. */
  readonly seconds: number;
}

export interface Threshold extends FiringRate {
  readonly type: ThresholdType;
  /** backoff: each told firing is so many times further away than the one before; else 0. */
  readonly multiplier: number;
}

/** What a bit belongs to: a flow (flowbits), or addresses or bare JIDs (xbits). Pairs have no order. */
export type BitTrack =
  'flow' | 'ip_src' | 'ip_dst' | 'ip_pair' | 'by_from_jid' | 'by_to_jid' | 'by_jid_pair';

/** `isset`, `isnotset`: holds when any of the bits is in the wanted state. */
export interface BitTest {
  readonly track: BitTrack;
  readonly names: readonly string[];
  readonly wantsSet: boolean;
}

/** `set`, `unset`, `toggle`: done whenever the rule matches, told or not. */
export interface BitChange {
  readonly track: BitTrack;
  readonly name: string;
  readonly action: 'set' | 'unset' | 'toggle';
  /** xbits: seconds of packet time until the bit is forgotten; Infinity for flowbits. */
  readonly expireSeconds: number;
}

export interface AddressMatch {
  readonly any: boolean;
  readonly negated: boolean;
  /** CIDR entries; an entry may itself be negated. */
  readonly entries: readonly {
    readonly negated: boolean;
    readonly words: readonly number[];
    readonly prefix: number;
  }[];
}

export interface PortMatch {
  readonly any: boolean;
  readonly entries: readonly {
    readonly negated: boolean;
    readonly from: number;
    readonly to: number;
  }[];
}

export interface Rule {
  readonly action: 'alert' | 'pass';
  readonly proto: 'xmpp' | 'tcp';
  readonly src: AddressMatch;
  readonly srcPort: PortMatch;
  readonly dst: AddressMatch;
  readonly dstPort: PortMatch;
  /** '->' or '<>' */
  readonly bidirectional: boolean;
  readonly msg: string;
  readonly sid: number;
  readonly gid: number;
  readonly rev: number;
  readonly classtype: string;
  /** 1 critical .. 4 info: from `priority`, else from classification.config. */
  readonly severity: number;
  /** Long text of the classtype (EVE alert.category). */
  readonly category: string;
  readonly references: readonly string[];
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  /** flow: keywords. */
  readonly flow: {
    readonly toServer: boolean;
    readonly toClient: boolean;
    readonly established: boolean;
  };
  /** Event ids named by `xmpp.event` or `app-layer-event`; any of them fires. */
  readonly events: readonly number[];
  readonly terms: readonly RuleTerm[];
  /** What lists must say of the packet's addresses. */
  readonly addressQueries: readonly AddressQuery[];
  readonly threshold: Threshold | undefined;
  /** The rule fires from the firing after `count` on. */
  readonly detectionFilter: FiringRate | undefined;
  /** All must hold; asked last, when everything else matched. */
  readonly bitTests: readonly BitTest[];
  readonly bitChanges: readonly BitChange[];
  /** `noalert`: the rule matches but says nothing. */
  readonly noalert: boolean;
  /** `target`: which end of the packet is attacked. */
  readonly target: 'src_ip' | 'dest_ip' | undefined;
  /** metadata `secret` ...: the matched text is a secret and must be masked in all evidence. */
  readonly isSecret: boolean;
  /** Where the rule stands, for messages. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** A problem found by the parser or linter. */
export interface RuleProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | undefined;
}

/** What a dataset compares; see list-dataset.ts, and hashed-set.ts for `hmac`. */
export type DatasetType =
  | 'string'
  | 'text'
  | 'domain'
  | 'jid'
  | 'url'
  | 'rtbl'
  | 'md5'
  | 'sha256'
  | 'ip'
  | 'ipv4'
  | 'ipv6'
  | 'hmac';

/** One loaded dataset. Values are UTF-8 bytes in place; addresses are four words (core/ip.ts). */
export interface Dataset {
  readonly name: string;
  readonly type: DatasetType;
  readonly size: number;
  /** Values of its files that were left out because their date has passed. */
  readonly expired: number;
  /** Rules fill it: answers change while the sensor runs. */
  readonly isLearned: boolean;
  /**
   * Of a list whose values are looked for inside a text: where the latest lookup found them, as pairs of start and end in
   * `memory`. Undefined for lists that are asked about whole values.
   */
  readonly places: readonly number[] | undefined;
  has(value: string): boolean;
  hasBytes(memory: Uint8Array, start: number, end: number): boolean;
  /** Reputation of the value, 0 when the list has none; -1 when it is not listed. */
  lookup(memory: Uint8Array, start: number, end: number): number;
  lookupAddress(words: ArrayLike<number>): number;
  /** Not listed, and there is room for it. */
  isNew(memory: Uint8Array, start: number, end: number): boolean;
  isNewAddress(words: ArrayLike<number>): boolean;
  /** Add a value; false when there is no room. */
  learn(memory: Uint8Array, start: number, end: number): boolean;
  learnAddress(words: ArrayLike<number>): boolean;
  forget(memory: Uint8Array, start: number, end: number): void;
  forgetAddress(words: ArrayLike<number>): void;
  /** Take back what was learned or forgotten since the last call; from the first one on it is noted. */
  takeBack(): void;
}

/** What a line of threshold.config is about: gid 0 every generator, sid 0 every rule of it. */
export interface OverrideTarget {
  readonly gid: number;
  readonly sid: number;
  /** Where the line stands, for messages. */
  readonly file: string;
  readonly line: number;
}

/** `suppress gen_id 1, sig_id 1580010, track by_src, ip 192.0.2.0/24` */
export interface Suppression extends OverrideTarget {
  /** Undefined: every finding of the rule. */
  readonly track: SuppressionTrack | undefined;
  /** by_src, by_dst, by_either. */
  readonly addresses: AddressMatch | undefined;
  /** by_from_jid, by_to_jid, by_domain, by_room: canonical JIDs or domains; a domain stands for all below it. */
  readonly values: readonly string[];
}

export type SuppressionTrack =
  'by_src' | 'by_dst' | 'by_either' | 'by_from_jid' | 'by_to_jid' | 'by_domain' | 'by_room';

/** `rate_filter`: after `count` firings in `seconds` the action changes for `timeout` seconds. */
export interface RateFilter extends OverrideTarget, FiringRate {
  readonly newAction: 'alert' | 'pass';
  readonly timeout: number;
}

/** `threshold` or `event_filter` of threshold.config: replaces the rule's own. */
export interface ThresholdOverride extends OverrideTarget {
  readonly threshold: Threshold;
}

/** threshold.config, read and checked. */
export interface RuleOverrides {
  readonly suppressions: readonly Suppression[];
  readonly thresholds: readonly ThresholdOverride[];
  readonly rateFilters: readonly RateFilter[];
}

/** What a line of enable.conf, disable.conf or modify.conf did to a rule. */
export interface RuleChange {
  readonly kind: 'enable' | 'disable' | 'modify';
  readonly file: string;
  readonly line: number;
}

/** A rule that is not in force. */
export interface DisabledRule {
  /** As far as it can be read: a rule may be disabled because it cannot. */
  readonly rule: Rule;
  /** The line of disable.conf; undefined for a rule behind a `#`. */
  readonly by: RuleChange | undefined;
}

/** A rule left out because its `requires` names something this sensor does not have: no mistake. */
export interface SkippedRule {
  readonly file: string;
  readonly line: number;
  readonly sid: number | undefined;
  readonly reason: string;
}

/** Everything detect/ needs. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  readonly datasets: ReadonlyMap<string, Dataset>;
  /** Datasets that are kept over restarts, by the name of their file. */
  readonly savedDatasets: ReadonlyMap<string, Dataset>;
  /** Every pcre of the rules, compiled: detect/ verifies with them. */
  readonly expressions: ExpressionStore;
  readonly problems: readonly RuleProblem[];
  readonly overrides: RuleOverrides;
  /** Rules that were refused; each has at least one error in `problems`, unless those were cut. */
  readonly failed: number;
  /** Rules that are not in force: behind a `#`, or taken out by disable.conf. */
  readonly disabled: number;
  /** Those rules, where `LoadOptions.keepDisabled` asks for them. */
  readonly disabledRules: readonly DisabledRule[];
  /** What enable.conf, disable.conf and modify.conf did: `gid:sid` -> in the order it was done. */
  readonly changes: ReadonlyMap<string, readonly RuleChange[]>;
  /** Rules whose `requires` is not met. */
  readonly skipped: readonly SkippedRule[];
  /** SHA-256 (hex) over the text of all rules and overrides: sets with one hash act alike. */
  readonly hash: string;
}
