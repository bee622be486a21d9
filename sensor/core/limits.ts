/**
 * Every buffer has a limit; every limit has a name, a default, a unit, a reason and a stated
 * action. The configuration may change `default` by name (`limits: { xml.stanza_bytes: ... }`). Large
 * families have a file of their own in limits/.
 */
import { CORRELATION_LIMITS } from './limits/correlation.ts';
import { DLP_LIMITS } from './limits/dlp.ts';
import { FILES_LIMITS } from './limits/files.ts';
import { HTTP_LIMITS } from './limits/http.ts';
import { limit } from './limits/limit.ts';
import { WEBHOOK_LIMITS } from './limits/webhook.ts';
import { PACKETS_LIMITS } from './limits/packets.ts';

export type { LimitInfo } from './limits/limit.ts';

export const LIMITS = {
  captureDispatchMs: limit(
    'capture.dispatch_ms',
    20,
    'milliseconds',
    'remaining packets of the dispatch are skipped and counted as shed',
  ),
  captureRingBytes: limit(
    'capture.ring_bytes',
    32 * 1024 * 1024,
    'bytes',
    'kernel drops packets, counted as kernel drops',
  ),
  captureSnaplen: limit(
    'capture.snaplen',
    65535,
    'bytes',
    'payload is cut; decoder.payload_truncated',
  ),
  captureRecordBytes: limit(
    'capture.record_bytes',
    1024 * 1024,
    'bytes',
    'the capture file counts as damaged there: reading it ends with a problem',
  ),
  captureFileInterfaces: limit(
    'capture.file_interfaces',
    4096,
    'items',
    'the capture file counts as damaged there: reading it ends with a problem',
  ),
  captureZstdBlockMs: limit(
    'capture.zstd_block_ms',
    2000,
    'milliseconds',
    'the compressed file is not read further: reading it ends with a problem',
  ),
  captureZstdWindowBytes: limit(
    'capture.zstd_window_bytes',
    128 * 1024 * 1024,
    'bytes',
    'the compressed file is not read further: reading it ends with a problem',
  ),
  flowTableFlows: limit(
    'flow.flows',
    262144,
    'items',
    'least recently used flow is evicted; flow.table_full',
  ),
  flowMemcapBytes: limit(
    'flow.memcap_bytes',
    96 * 1024 * 1024,
    'bytes',
    'new flows are not followed; flow.memcap',
  ),
  reassemblyMemcapBytes: limit(
    'reassembly.memcap_bytes',
    64 * 1024 * 1024,
    'bytes',
    'out-of-order data is dropped and becomes a gap; reassembly.memcap',
  ),
  reassemblyHalfBytes: limit(
    'reassembly.half_bytes',
    4 * 1024 * 1024,
    'bytes',
    'oldest hole is given up as a gap',
  ),
  reassemblyHalfHoles: limit(
    'reassembly.half_holes',
    256,
    'items',
    'oldest hole is given up as a gap; reassembly.too_many_holes',
  ),
  reassemblyHistoryBytes: limit(
    'reassembly.history_bytes',
    16 * 1024 * 1024,
    'bytes',
    'oldest delivered bytes are forgotten: a later copy of them is not compared',
  ),
  flowTimeoutNewSeconds: limit(
    'flow.timeout_new_seconds',
    60,
    'seconds',
    'flow ends with reason timeout',
  ),
  flowTimeoutEstablishedSeconds: limit(
    'flow.timeout_established_seconds',
    7200,
    'seconds',
    'flow ends with reason timeout',
  ),
  flowTimeoutClosedSeconds: limit(
    'flow.timeout_closed_seconds',
    30,
    'seconds',
    'flow leaves the table',
  ),
  flowTimeoutClosingSeconds: limit(
    'flow.timeout_closing_seconds',
    10,
    'seconds',
    'flow ends: reset, or closed by one side and silent since',
  ),
  flowAckGraceMilliseconds: limit(
    'flow.ack_grace_ms',
    50,
    'milliseconds',
    'bytes the peer acknowledged and the sensor still lacks are given up as a gap',
  ),
  flowOneSidedHoleSeconds: limit(
    'flow.one_sided_hole_seconds',
    10,
    'seconds',
    'hole in a flow of which one direction is captured is given up as a gap',
  ),
  transportProbeBytes: limit('transport.probe_bytes', 4096, 'bytes', 'half is judged not XMPP'),
  transportProbeFlows: limit(
    'transport.probe_flows',
    2048,
    'items',
    'undecided flow waiting longest is judged by what it has said',
  ),
  transportMidstreamBytes: limit(
    'transport.midstream_bytes',
    1024 * 1024,
    'bytes',
    'flow picked up inside a stanza is judged not XMPP',
  ),
  transportSocksFlows: limit(
    'transport.socks_flows',
    4096,
    'items',
    'connection whose request was awaited longest is not read, else the new one; counter files_not_followed',
  ),
  transportHttpFlows: limit(
    'transport.http_flows',
    2048,
    'items',
    'connection nothing was wanted of, silent for longest, is read no more, else the new one is not; counter files_not_followed',
  ),
  transportHttpHeadBytes: limit(
    'transport.http_head_bytes',
    16384,
    'bytes',
    'HTTP connection is not read, or not until its next message; counter openings_lost',
  ),
  transportHttpPipelined: limit(
    'transport.http_pipelined',
    64,
    'items',
    'of an HTTP connection with more unanswered requests no responses are read any more; counter openings_lost',
  ),
  transportHttpUnpacked: limit(
    'transport.http_unpacked',
    64,
    'items',
    'further packed body of HTTP is not unpacked; counter bodies_not_unpacked',
  ),
  transportHttpUnpackedBytes: limit(
    'transport.http_unpacked_bytes',
    64 * 1024 * 1024,
    'bytes',
    'packed body of HTTP is not unpacked further; counter bodies_not_unpacked',
  ),
  xmlStanzaBytes: limit(
    'xml.stanza_bytes',
    1024 * 1024,
    'bytes',
    'rest of the element is checked but not kept; xml.stanza_1m',
  ),
  xmlDepth: limit(
    'xml.depth',
    256,
    'items',
    'deeper elements are checked but not kept; xml.depth_128, xml.depth_1024',
  ),
  xmlAttributes: limit(
    'xml.attributes',
    512,
    'items',
    'further attributes are checked but not kept; xml.attr_count',
  ),
  xmlTokens: limit(
    'xml.tokens',
    32768,
    'items',
    'further tokens of the stanza are not kept; xml.tape_full',
  ),
  xmlBindings: limit(
    'xml.bindings',
    128,
    'items',
    'further namespace declarations in scope are checked but not kept; xml.xmlns_count',
  ),
  xmlOddRoots: limit(
    'xml.odd_roots',
    1024,
    'items',
    'unusual namespaces of further stream headers are not kept, prefixes are not judged',
  ),
  xmlSlots: limit(
    'xml.slots',
    64,
    'items',
    'least recently used unfinished stanza moves out of the tokenizer',
  ),
  xmlSavedBytes: limit(
    'xml.saved_bytes',
    64 * 1024 * 1024,
    'bytes',
    'unfinished stanza is given up; xml.resync',
  ),
  rulesFileBytes: limit(
    'rules.file_bytes',
    64 * 1024 * 1024,
    'bytes',
    'rule or configuration file is refused',
  ),
  rulesRuleChars: limit('rules.rule_chars', 65536, 'items', 'rule is refused'),
  rulesRules: limit('rules.rules', 100000, 'items', 'further rules are refused'),
  rulesProblems: limit('rules.problems', 1000, 'items', 'further problems are only counted'),
  rulesDatasetLines: limit(
    'rules.dataset_lines',
    2000000,
    'items',
    'dataset and the rules that name it are refused',
  ),
  rulesDatasetBytes: limit(
    'rules.dataset_bytes',
    256 * 1024 * 1024,
    'bytes',
    'dataset without a memcap of its own, and the rules that name it, are refused',
  ),
  rulesLearnedBytes: limit(
    'rules.learned_bytes',
    16 * 1024 * 1024,
    'bytes',
    'further values of a dataset that rules fill are not added; detect.dataset_full',
  ),
  rulesOverrides: limit(
    'rules.overrides',
    10000,
    'items',
    'further lines of threshold.config are refused',
  ),
  xmppRegions: limit(
    'xmpp.regions',
    8192,
    'items',
    'further text of the stanza is not matched; counter xmpp_stanzas_capped',
  ),
  detectMatchesPerStanza: limit(
    'detect.matches_per_stanza',
    262144,
    'items',
    'further matches of the stanza are ignored; detect.match_limit',
  ),
  detectRegionsPerStanza: limit(
    'detect.regions_per_stanza',
    16384,
    'items',
    'further regions of the stanza are not searched; detect.match_limit',
  ),
  detectWorkPerStanza: limit(
    'detect.work_per_stanza',
    16 * 1024 * 1024,
    'bytes',
    'remaining rules of the stanza are not verified; detect.work_limit',
  ),
  detectSpansPerTerm: limit(
    'detect.spans_per_term',
    65536,
    'items',
    'further places of one term in one region are not followed; detect.work_limit',
  ),
  detectUrlsPerStanza: limit(
    'detect.urls_per_stanza',
    256,
    'items',
    'further links of the stanza are not looked up; detect.match_limit',
  ),
  detectStreamWindowBytes: limit(
    'detect.stream_window_bytes',
    8192,
    'bytes',
    'a match of a stream rule that spans more is not found',
  ),
  detectStreamMemoryBytes: limit(
    'detect.stream_memory_bytes',
    64 * 1024 * 1024,
    'bytes',
    'window unused for longest begins anew: matches across that point are missed; counter detectStreamWindowsLost',
  ),
  detectStreamRulesPerWindow: limit(
    'detect.stream_rules_per_window',
    256,
    'items',
    'further rules that begin to match in the window are ignored; detect.match_limit',
  ),
  detectStreamWork: limit(
    'detect.stream_work',
    1024 * 1024,
    'bytes',
    'remaining stream rules are not verified on this piece of the stream; detect.work_limit',
  ),
  detectFileWork: limit(
    'detect.file_work',
    64 * 1024 * 1024,
    'bytes',
    'remaining rules are not verified on this file, its record says so; detect.work_limit',
  ),
  detectFileFoldBytes: limit(
    'detect.file_fold_bytes',
    1024 * 1024,
    'bytes',
    'further text of the file is searched as it is written, disguises are not undone',
  ),
  detectFilePlaces: limit(
    'detect.file_places',
    65536,
    'items',
    'further places in the text of the file are counted, and none of its text is shown',
  ),
  detectFlowBits: limit(
    'detect.flow_bits',
    262144,
    'items',
    'bits of the flow that was marked longest ago are forgotten; counter bits_forgotten',
  ),
  detectXbits: limit(
    'detect.xbits',
    65536,
    'items',
    'xbit set longest ago is forgotten; counter bits_forgotten',
  ),
  alertExcerptChars: limit('alert.excerpt_chars', 512, 'items', 'excerpt is cut around the match'),
  alertQueue: limit(
    'alert.queue',
    10000,
    'items',
    'repeats of signature and flow are folded into a count',
  ),
  alertThresholdKeys: limit(
    'alert.threshold_keys',
    65536,
    'items',
    'least recently used count of a threshold, detection_filter or rate_filter is forgotten; counter rates_forgotten',
  ),
  alertDedupeStanzas: limit(
    'alert.dedupe_stanzas',
    65536,
    'items',
    'least recently used stanza is forgotten',
  ),
  alertIncidents: limit(
    'alert.incidents',
    8192,
    'items',
    'attack that grew longest ago is told a last time: when it goes on, it is a new alert; counter incidents_evicted',
  ),
  alertIncidentContributors: limit(
    'alert.incident_contributors',
    262144,
    'items',
    'further contributors of the open attacks are neither named nor counted',
  ),
  storeQueue: limit(
    'store.queue',
    100000,
    'items',
    'records other than alerts are dropped and counted',
  ),
  storeQuestions: limit('store.questions', 128, 'items', 'the question is refused: STORE_BUSY'),
  storeQuestionMs: limit(
    'store.question_ms',
    15000,
    'milliseconds',
    'the question is given up, and its thread started again where it does not stop: STORE_SLOW',
  ),
  storeCacheBytes: limit(
    'store.cache_bytes',
    192 * 1024 * 1024,
    'bytes',
    'packs of alerts that were used longest ago are read again when a question needs them',
  ),
  storeTriageAlerts: limit(
    'store.triage_alerts',
    100000,
    'items',
    'a change of more alerts at once is refused: USAGE',
  ),
  storeCommentChars: limit(
    'store.comment_chars',
    4000,
    'items',
    'the longer comment is refused: USAGE',
  ),
  alertBatchRecords: limit(
    'alert.batch_records',
    512,
    'items',
    'batch is sent, or waits in alert.queue while the supervisor has given no credit',
  ),
  alertBatchesInFlight: limit(
    'alert.batches_in_flight',
    8,
    'items',
    'records wait in alert.queue until the supervisor acknowledges a batch',
  ),
  evePendingBytes: limit(
    'eve.pending_bytes',
    16 * 1024 * 1024,
    'bytes',
    'lines other than alerts are dropped and counted, at twice the limit alerts too',
  ),
  ...CORRELATION_LIMITS,
  ...FILES_LIMITS,
  ...DLP_LIMITS,
  metricsCampaigns: limit(
    'metrics.campaigns',
    4096,
    'items',
    'campaign that grew longest ago counts as a new one when it goes on',
  ),
  ...WEBHOOK_LIMITS,
  ...PACKETS_LIMITS,
  ...HTTP_LIMITS,
} as const;

export type LimitName = keyof typeof LIMITS;

/** Limit values in force: defaults overlaid with what the configuration says. */
export type LimitValues = Readonly<Record<LimitName, number>>;

export function defaultLimits(): LimitValues {
  const values: Partial<Record<LimitName, number>> = {};
  for (const [key, info] of Object.entries(LIMITS)) values[key as LimitName] = info.default;
  return values as Record<LimitName, number>;
}
