/**
 * Every buffer has a limit; every limit has a name, a default, a unit, a reason and a stated
 * action. The configuration may change `default` by name (`limits: { xml.stanza_bytes: ... }`).
 * Length: it is one table, a few lines for each buffer of the sensor.
 */

export interface LimitInfo {
  readonly name: string;
  readonly default: number;
  readonly unit: 'bytes' | 'items' | 'seconds' | 'milliseconds';
  /** What happens when it is reached, and which event or counter says so. */
  readonly action: string;
}

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
    'opening of a further SOCKS5 connection is not read',
  ),
  correlationRoomNameEntries: limit(
    'correlation.room_name_entries',
    16384,
    'items',
    'room heard of longest ago is forgotten, private messages in it count twice; counter state_evictions',
  ),
  correlationSightingEntries: limit(
    'correlation.sighting_entries',
    131072,
    'items',
    'stanza seen longest ago is forgotten, its copies count again; counter state_evictions',
  ),
  correlationContactEntries: limit(
    'correlation.contact_entries',
    262144,
    'items',
    'pair that met longest ago is forgotten; counter state_evictions',
  ),
  correlationRosterEntries: limit(
    'correlation.roster_entries',
    262144,
    'items',
    'roster entry learned longest ago is forgotten; counter state_evictions',
  ),
  correlationRosterOwners: limit(
    'correlation.roster_owners',
    32768,
    'items',
    'account whose roster was seen longest ago counts as one without; counter state_evictions',
  ),
  correlationRosterPerOwner: limit(
    'correlation.roster_per_owner',
    4096,
    'items',
    'further entries of the roster are not learned',
  ),
  correlationSenderEntries: limit(
    'correlation.sender_entries',
    65536,
    'items',
    'sender silent for longest is forgotten; counter state_evictions',
  ),
  correlationSoftwareEntries: limit(
    'correlation.software_entries',
    32768,
    'items',
    'account or server heard of longest ago is forgotten; counter state_evictions',
  ),
  correlationIbbEntries: limit(
    'correlation.ibb_entries',
    16384,
    'items',
    'in-band bytestream unused for longest is forgotten; counter state_evictions',
  ),
  correlationCommandEntries: limit(
    'correlation.command_entries',
    16384,
    'items',
    'pair whose commands are longest ago is forgotten; counter state_evictions',
  ),
  correlationBeaconEntries: limit(
    'correlation.beacon_entries',
    65536,
    'items',
    'series of stanzas unused for longest is forgotten; counter state_evictions',
  ),
  correlationAccountEntries: limit(
    'correlation.account_entries',
    32768,
    'items',
    'account whose login is longest ago is forgotten; counter state_evictions',
  ),
  correlationClientEntries: limit(
    'correlation.client_entries',
    8192,
    'items',
    'client software not seen for longest is forgotten; counter state_evictions',
  ),
  correlationE2eeEntries: limit(
    'correlation.e2ee_entries',
    32768,
    'items',
    'encrypted conversation unused for longest is forgotten; counter state_evictions',
  ),
  correlationBytestreamEntries: limit(
    'correlation.bytestream_entries',
    16384,
    'items',
    'offered bytestream unused for longest is forgotten; counter state_evictions',
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
  correlationParserDiffStanzaBytes: limit(
    'correlation.parser_diff_stanza_bytes',
    64 * 1024,
    'bytes',
    'rest of the suspicious element is not read a second time; xml.parser_diff_limit',
  ),
  correlationParserDiffFlowBytes: limit(
    'correlation.parser_diff_flow_bytes',
    256 * 1024,
    'bytes',
    'further suspicious elements of the flow are not read a second time that minute; xml.parser_diff_limit',
  ),
  correlationParserDiffBytes: limit(
    'correlation.parser_diff_bytes',
    1024 * 1024,
    'bytes',
    'further suspicious elements are not read a second time that second; xml.parser_diff_limit',
  ),
  correlationLegEntries: limit(
    'correlation.leg_entries',
    16384,
    'items',
    'stanza sent longest ago is not compared with its delivery; counter state_evictions',
  ),
  correlationHeldLoginEntries: limit(
    'correlation.held_login_entries',
    8192,
    'items',
    'source whose held connections are longest ago is forgotten; counter state_evictions',
  ),
  correlationContentEntries: limit(
    'correlation.content_entries',
    16384,
    'items',
    'text of strangers whose last copy is longest ago is forgotten; counter state_evictions',
  ),
  correlationContentBytes: limit(
    'correlation.content_bytes',
    4096,
    'bytes',
    'the rest of a long text does not count for its fingerprint',
  ),
  correlationLinkEntries: limit(
    'correlation.link_entries',
    16384,
    'items',
    'link that strangers sent longest ago is forgotten; counter state_evictions',
  ),
  correlationCampaigns: limit(
    'correlation.campaigns',
    512,
    'items',
    'wave of messages that grew longest ago is told and forgotten',
  ),
  correlationRegisteredEntries: limit(
    'correlation.registered_entries',
    16384,
    'items',
    'account registered longest ago counts as one of long standing; counter state_evictions',
  ),
  correlationSourceEntries: limit(
    'correlation.source_entries',
    8192,
    'items',
    'account, address or domain that wrote to strangers longest ago is forgotten; counter state_evictions',
  ),
  correlationSurgeEntries: limit(
    'correlation.surge_entries',
    4096,
    'items',
    'domain whose accounts wrote to strangers longest ago is forgotten; counter state_evictions',
  ),
  correlationRequestEntries: limit(
    'correlation.request_entries',
    8192,
    'items',
    'account with subscription requests or invitations longest ago is forgotten; counter state_evictions',
  ),
  correlationVictimEntries: limit(
    'correlation.victim_entries',
    4096,
    'items',
    'addressee of strangers unused for longest is forgotten; counter state_evictions',
  ),
  correlationOnlineEntries: limit(
    'correlation.online_entries',
    65536,
    'items',
    'account whose presence changed longest ago is of unknown presence; counter state_evictions',
  ),
  correlationVisitEntries: limit(
    'correlation.visit_entries',
    16384,
    'items',
    'visit to a room that began longest ago is forgotten; counter state_evictions',
  ),
  correlationNameEntries: limit(
    'correlation.name_entries',
    8192,
    'items',
    'beginning of names unused for longest is forgotten; counter state_evictions',
  ),
  correlationReportEntries: limit(
    'correlation.report_entries',
    16384,
    'items',
    'account reported longest ago is forgotten; counter state_evictions',
  ),
  correlationVerdictEntries: limit(
    'correlation.verdict_entries',
    8192,
    'items',
    'sender rejected longest ago is forgotten; counter state_evictions',
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
  correlationIqLedgerEntries: limit(
    'correlation.iq_ledger_entries',
    65536,
    'items',
    'least recently used question is forgotten: answers nobody asked for are not told in sessions that are older; counter state_evictions',
  ),
  correlationArchiveQueryEntries: limit(
    'correlation.archive_query_entries',
    32768,
    'items',
    'least recently used query is forgotten: results nobody queried are not told in sessions that are older; counter state_evictions',
  ),
  correlationMessageAuthorEntries: limit(
    'correlation.message_author_entries',
    131072,
    'items',
    'least recently used message id is forgotten: who corrects that message is not judged; counter state_evictions',
  ),
  correlationNickChangeEntries: limit(
    'correlation.nick_change_entries',
    16384,
    'items',
    'least recently used nickname change is forgotten: messages under the earlier nickname count as those of another; counter state_evictions',
  ),
  correlationForgedSenderEntries: limit(
    'correlation.forged_sender_entries',
    4096,
    'items',
    'least recently used forgery is forgotten: that a server passes it on is not told; counter state_evictions',
  ),
  correlationServerFeatureEntries: limit(
    'correlation.server_feature_entries',
    4096,
    'items',
    'least recently used server is forgotten: what it offers next is its baseline; counter state_evictions',
  ),
  correlationLoginSourceEntries: limit(
    'correlation.login_source_entries',
    16384,
    'items',
    'least recently used address (network, client) is forgotten with its failed logins and registrations; counter state_evictions',
  ),
  correlationLoginUserEntries: limit(
    'correlation.login_user_entries',
    32768,
    'items',
    'least recently used account (with its address or client) is forgotten with its logins; counter state_evictions',
  ),
  correlationLoginSecretEntries: limit(
    'correlation.login_secret_entries',
    16384,
    'items',
    'least recently used password, nonce or resumption id is forgotten; counter state_evictions',
  ),
  correlationDialbackEntries: limit(
    'correlation.dialback_entries',
    65536,
    'items',
    'least recently used pair of domains, question or key is forgotten: streams that are older are not judged; counter state_evictions',
  ),
  correlationComponentEntries: limit(
    'correlation.component_entries',
    1024,
    'items',
    'least recently used component is forgotten: that its domain is claimed twice is not told; counter state_evictions',
  ),
  correlationEnumerationEntries: limit(
    'correlation.enumeration_entries',
    65536,
    'items',
    'least recently used account that was tried out is forgotten: when tried again it counts again; counter state_evictions',
  ),
  correlationServiceSenderEntries: limit(
    'correlation.service_sender_entries',
    16384,
    'items',
    'least recently used sender is forgotten: what it does to services counts from the start; counter state_evictions',
  ),
  correlationOccupantEntries: limit(
    'correlation.occupant_entries',
    65536,
    'items',
    'least recently used occupant is forgotten: when it enters its room again it is a newcomer; counter state_evictions',
  ),
  correlationRoomEntries: limit(
    'correlation.room_entries',
    16384,
    'items',
    'least recently used room is forgotten: its owners are learned anew; counter state_evictions',
  ),
  correlationNuisanceEntries: limit(
    'correlation.nuisance_entries',
    32768,
    'items',
    'least recently used sender and what it repeats is forgotten: it counts from the start; counter state_evictions',
  ),
  filesInspectSeconds: limit(
    'files.inspect_seconds',
    10,
    'seconds',
    'inspection of the file is given up, the next goes on in a new thread; counter files_inspect_failed',
  ),
  filesInspectJobs: limit(
    'files.inspect_jobs',
    256,
    'items',
    'further file is not inspected; counter files_inspect_refused',
  ),
  filesInspectBytes: limit(
    'files.inspect_bytes',
    64 * 1024 * 1024,
    'bytes',
    'further file is not inspected while so much waits; counter files_inspect_refused',
  ),
  filesInspectHeapBytes: limit(
    'files.inspect_heap_bytes',
    384 * 1024 * 1024,
    'bytes',
    'thread of the inspector ends and starts anew, its file is not inspected; counter files_inspect_failed',
  ),
  filesMembers: limit(
    'files.members',
    512,
    'items',
    'further members of archives and documents are not looked at; the record of the file says so',
  ),
  filesMemberBytes: limit(
    'files.member_bytes',
    32 * 1024,
    'bytes',
    'rules on bytes see the beginning of the member only (its text is searched whole)',
  ),
  filesDepth: limit('files.depth', 5, 'items', 'archives nested deeper are not opened; file.bomb'),
  filesUnpackedBytes: limit(
    'files.unpacked_bytes',
    64 * 1024 * 1024,
    'bytes',
    'rest is not unpacked; the record of the file says so, beyond files.ratio also file.bomb',
  ),
  filesTextBytes: limit(
    'files.text_bytes',
    16 * 1024 * 1024,
    'bytes',
    'further text of the file is not searched; the record of the file says so',
  ),
  filesRatio: limit(
    'files.ratio',
    100,
    'items',
    'file that unpacks to files.unpacked_bytes and to so many times its size is told as file.bomb',
  ),
  filesOpen: limit(
    'files.open',
    4096,
    'items',
    'file without bytes for longest ends as unfinished; counter files_forgotten',
  ),
  filesContentBytes: limit(
    'files.content_bytes',
    8 * 1024 * 1024,
    'bytes',
    'the rest of the file is hashed and counted, not looked into; its record says so',
  ),
  filesMemoryBytes: limit(
    'files.memory_bytes',
    256 * 1024 * 1024,
    'bytes',
    'bytes of files are hashed and counted, not looked into; counter files_not_kept',
  ),
  filesRecent: limit(
    'files.recent',
    16384,
    'items',
    'file told longest ago is forgotten: seen again on another way it is told twice',
  ),
  filesIbbStreams: limit(
    'files.ibb_streams',
    16384,
    'items',
    'in-band bytestream unused for longest is forgotten, its file ends as unfinished; counter state_evictions',
  ),
  filesIbbHeldBytes: limit(
    'files.ibb_held_bytes',
    16 * 1024 * 1024,
    'bytes',
    'blocks that came before a missing one no longer wait for it: it is a gap',
  ),
  filesIdleSeconds: limit(
    'files.idle_seconds',
    900,
    'seconds',
    'in-band bytestream without a block for so long ends as unfinished',
  ),
} as const;

export type LimitName = keyof typeof LIMITS;

function limit(name: string, value: number, unit: LimitInfo['unit'], action: string): LimitInfo {
  return { name, default: value, unit, action };
}

/** Limit values in force: defaults overlaid with what the configuration says. */
export type LimitValues = Readonly<Record<LimitName, number>>;

export function defaultLimits(): LimitValues {
  const values: Partial<Record<LimitName, number>> = {};
  for (const [key, info] of Object.entries(LIMITS)) values[key as LimitName] = info.default;
  return values as Record<LimitName, number>;
}
