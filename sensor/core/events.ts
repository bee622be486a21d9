/**
 * The event catalogue: every anomaly that traffic can show has one dotted name here
 * (`room.subject.what`), a counter, and may be named by a rule (`xmpp.event:xml.dtd;`).
 *
 * Traffic never throws across a room: it raises one of these instead. `id` is the position in
 * the table and is stable within one process only; names are the contract.
 */

/** Where in EVE's `anomaly.type` an event belongs. */
export type EventLayer = 'decode' | 'stream' | 'applayer' | 'sensor';

export interface EventInfo {
  readonly name: string;
  readonly layer: EventLayer;
  /** One sentence for analysts: what was seen. */
  readonly text: string;
}

function event(name: string, layer: EventLayer, text: string): EventInfo {
  return { name, layer, text };
}

export const EVENTS: readonly EventInfo[] = [
  event('none', 'sensor', 'No event'),
  // decode/
  event('decoder.link.unsupported', 'decode', 'Link type the sensor cannot read'),
  event('decoder.too_many_layers', 'decode', 'More headers in headers than the sensor follows'),
  event('decoder.ethernet.truncated', 'decode', 'Frame shorter than an Ethernet header'),
  event('decoder.vlan.truncated', 'decode', 'Frame ends inside a VLAN tag'),
  event('decoder.vlan.too_many', 'decode', 'More VLAN tags than the sensor follows'),
  event('decoder.sll.truncated', 'decode', 'Frame shorter than a Linux cooked header'),
  event('decoder.null.truncated', 'decode', 'Frame shorter than a BSD loopback header'),
  event('decoder.ip.bad_version', 'decode', 'Network header is neither IPv4 nor IPv6'),
  event('decoder.ipv4.truncated', 'decode', 'Frame ends inside the IPv4 header'),
  event('decoder.ipv4.bad_header_length', 'decode', 'IPv4 header length below 20 bytes'),
  event(
    'decoder.ipv4.bad_total_length',
    'decode',
    'IPv4 total length below its header or above the frame',
  ),
  event('decoder.ipv4.fragment', 'decode', 'IPv4 fragment'),
  event('decoder.ipv6.truncated', 'decode', 'Frame ends inside the IPv6 header'),
  event('decoder.ipv6.ext_truncated', 'decode', 'Frame ends inside an IPv6 extension header'),
  event(
    'decoder.ipv6.too_many_ext',
    'decode',
    'More IPv6 extension headers than the sensor follows',
  ),
  event('decoder.ipv6.bad_payload_length', 'decode', 'IPv6 payload length above the frame'),
  event('decoder.ipv6.fragment', 'decode', 'IPv6 fragment'),
  event('decoder.tcp.truncated', 'decode', 'Packet ends inside the TCP header'),
  event('decoder.tcp.bad_offset', 'decode', 'TCP data offset below 5 or beyond the packet'),
  event('decoder.tcp.bad_option', 'decode', 'TCP option with a wrong length'),
  event('decoder.tcp.bad_checksum', 'decode', 'TCP checksum does not match'),
  event('decoder.ipv4.bad_checksum', 'decode', 'IPv4 header checksum does not match'),
  event('decoder.payload_truncated', 'decode', 'Snap length cut the TCP payload short'),
  // flow/ and reassembly/
  event('flow.table_full', 'sensor', 'Flow table full: the oldest idle flow was evicted'),
  event('flow.memcap', 'sensor', 'Flow memory cap reached: new flows are not followed'),
  event('flow.syn_with_data', 'stream', 'SYN segment carries data'),
  event(
    'flow.syn_isn_changed',
    'stream',
    'SYN or SYN-ACK repeated with another initial sequence number',
  ),
  event('flow.split_handshake', 'stream', 'Connection opened by a split or simultaneous handshake'),
  event('flow.rst_out_of_window', 'stream', 'RST outside the receive window was ignored'),
  event('flow.rst_with_data', 'stream', 'RST segment carries data'),
  event('flow.data_after_rst', 'stream', 'Data after an accepted RST'),
  event('flow.data_after_fin', 'stream', 'Data beyond the FIN of its direction'),
  event('flow.data_out_of_window', 'stream', 'Data far outside the receive window was ignored'),
  event('flow.urgent_data', 'stream', 'Urgent pointer set on XMPP data'),
  event('flow.ttl_changed', 'stream', 'TTL of one direction changed within the flow'),
  event('flow.data_without_ack', 'stream', 'Data segment without the ACK flag was ignored'),
  event('reassembly.gap', 'stream', 'Bytes of the stream never came'),
  event(
    'reassembly.overlap_diff_data',
    'stream',
    'Two segments claim the same bytes with different content',
  ),
  event('reassembly.too_many_holes', 'stream', 'More open holes than a half may keep'),
  event('reassembly.memcap', 'sensor', 'Out-of-order data above its memory cap was dropped'),
  event('flow.ack_unseen_data', 'stream', 'Peer acknowledged bytes the sensor never saw'),
  // transport/
  event('transport.tls_direct', 'applayer', 'TLS from the first byte on an XMPP port'),
  event('transport.starttls_done', 'applayer', 'STARTTLS succeeded, inspection ends'),
  event('transport.not_xmpp_on_xmpp_port', 'applayer', 'Another protocol on an XMPP port'),
  event('transport.xmpp_on_odd_port', 'applayer', 'XMPP on a port that is not an XMPP port'),
  event('transport.compressed', 'applayer', 'Stream compression (XEP-0138) hides the stream'),
  // xml/ : well-formedness, RFC 6120 section 11
  event('xml.dtd', 'applayer', 'Document type declaration'),
  event('xml.dtd_external', 'applayer', 'Document type declaration with an external identifier'),
  event('xml.entity_decl', 'applayer', 'Entity declaration'),
  event('xml.entity_bomb', 'applayer', 'Entity declarations that expand without bound'),
  event('xml.entity_ref', 'applayer', 'Reference to an entity that XMPP does not know'),
  event('xml.entity_ref_html', 'applayer', 'Reference to an HTML entity'),
  event('xml.comment', 'applayer', 'XML comment'),
  event('xml.pi', 'applayer', 'Processing instruction'),
  event('xml.decl_midstream', 'applayer', 'XML declaration inside a running stream'),
  event('xml.decl_repeated', 'applayer', 'XML declaration repeated before a new stream header'),
  event('utf8.overlong', 'applayer', 'Overlong UTF-8 sequence'),
  event('utf8.surrogate', 'applayer', 'UTF-8 encoded surrogate'),
  event('utf8.out_of_range', 'applayer', 'UTF-8 sequence above U+10FFFF or byte F5 to FF'),
  event('utf8.stray_continuation', 'applayer', 'UTF-8 continuation byte without a lead byte'),
  event('utf8.truncated', 'applayer', 'UTF-8 sequence cut short'),
  event('utf8.stray_high_byte', 'applayer', 'Single high byte in text, probably Latin-1 or CP1251'),
  event('utf8.delimiter_eaten', 'applayer', 'UTF-8 lead byte followed by an XML delimiter'),
  event('xml.bom', 'applayer', 'UTF-8 byte order mark'),
  event('xml.encoding_utf16', 'applayer', 'Stream is encoded in UTF-16'),
  event('xml.encoding_utf32', 'applayer', 'Stream is encoded in UTF-32'),
  event('xml.encoding_declared', 'applayer', 'XML declaration names an encoding other than UTF-8'),
  event('xml.version', 'applayer', 'XML version other than 1.0'),
  event('xml.standalone', 'applayer', 'XML declaration says standalone=no'),
  event('xml.ctrl_char', 'applayer', 'Control character XML does not allow'),
  event('xml.ctrl_charref', 'applayer', 'Reference to a character XML does not allow'),
  event('xml.nul_separator', 'applayer', 'NUL byte directly after a stanza'),
  event('xml.charref_obfuscation', 'applayer', 'Plain letters hidden as character references'),
  event('xml.dup_attr', 'applayer', 'Attribute given twice on one element'),
  event('xml.unbound_prefix', 'applayer', 'Namespace prefix that is not bound'),
  event('xml.ns_separator', 'applayer', 'Namespace name with a separator or control character'),
  event('xml.ns_space', 'applayer', 'Namespace name with a space'),
  event('xml.ns_rebind', 'applayer', 'Reserved or stream namespace bound anew'),
  event('xml.mismatched_tag', 'applayer', 'End tag does not match its start tag'),
  event('xml.unquoted_attr', 'applayer', 'Attribute value without quotes'),
  event('xml.lt_in_attr', 'applayer', 'Less-than sign inside an attribute value'),
  event('xml.bad_name', 'applayer', 'Name with a character XML does not allow'),
  event('xml.bad_syntax', 'applayer', 'Markup that is not well-formed'),
  event('xml.second_root', 'applayer', 'Content after the root element'),
  event('xml.text_outside_root', 'applayer', 'Text before or after the root element'),
  event('xml.text_between', 'applayer', 'Text between first-level elements'),
  event('xml.cdata_end_in_text', 'applayer', 'The sequence ]]> in text'),
  event('xml.depth_32', 'applayer', 'Elements nested deeper than 32'),
  event('xml.depth_64', 'applayer', 'Elements nested deeper than 64'),
  event('xml.depth_128', 'applayer', 'Elements nested deeper than 128'),
  event('xml.depth_1024', 'applayer', 'Elements nested deeper than 1024'),
  event('xml.stanza_64k', 'applayer', 'First-level element larger than 64 KiB'),
  event('xml.stanza_256k', 'applayer', 'First-level element larger than 256 KiB'),
  event('xml.stanza_512k', 'applayer', 'First-level element larger than 512 KiB'),
  event('xml.stanza_1m', 'applayer', 'First-level element larger than 1 MiB'),
  event('xml.attr_count', 'applayer', 'Element with more than 64 attributes'),
  event('xml.attr_size', 'applayer', 'Attribute value larger than 8 KiB'),
  event('xml.name_size', 'applayer', 'Name larger than 1 KiB'),
  event('xml.xmlns_count', 'applayer', 'More than 50 namespace declarations in one stanza'),
  event('xml.ws_in_tag', 'applayer', 'More than 4 KiB of white space inside a tag'),
  event(
    'xml.ws_between',
    'applayer',
    'More than 64 KiB of white space between stanzas in a minute',
  ),
  event('xml.tape_full', 'sensor', 'Stanza has more tokens than the sensor keeps'),
  event('xml.resync', 'applayer', 'Reader lost its place and went on at the next stanza'),
  // xmpp/
  event('xmpp.stream_reopen', 'applayer', 'Second stream header on an open stream'),
  event('xmpp.restart_host_swap', 'applayer', 'Stream restart names another host'),
  event('xmpp.stanza_preauth', 'applayer', 'Stanza before authentication'),
  event('xmpp.nested_stanza', 'applayer', 'Stanza inside a stanza outside any known wrapper'),
  event('xmpp.stream_ns_nested', 'applayer', 'Stream or security element inside a stanza'),
  event('xmpp.redirect', 'applayer', 'Server sends the client to another host'),
  event('xmpp.preauth_bloat', 'applayer', 'More data before authentication than a login needs'),
  event('xmpp.never_ending_element', 'applayer', 'Element stays open while data keeps coming'),
  event('xmpp.stream_header_bad', 'applayer', 'Stream header breaks RFC 6120'),
  event('xmpp.stanza_out_of_stream', 'applayer', 'Stanza outside an open stream'),
  event('xmpp.jid_malformed', 'applayer', 'Malformed JID'),
  event('xmpp.sasl_plain_clear', 'applayer', 'Password sent in clear by SASL PLAIN or LOGIN'),
  event('xmpp.sasl_plain_clear_success', 'applayer', 'Password sent in clear and accepted'),
  event('xmpp.legacy_auth_password', 'applayer', 'Password sent in clear by jabber:iq:auth'),
  event('xmpp.legacy_auth_digest', 'applayer', 'Password digest sent by jabber:iq:auth'),
  event('xmpp.plaintext_session', 'applayer', 'Session established without TLS'),
  event('xmpp.component_handshake', 'applayer', 'Component handshake in clear'),
  event('xmpp.many_recipients', 'applayer', 'Stanza addressed to more than 20 recipients'),
  event('xmpp.reply_elsewhere', 'applayer', 'Replies are led to an address of another domain'),
  event('xmpp.sasl_authzid', 'applayer', 'Login asks to act as another user'),
  event('xmpp.bound_other_user', 'applayer', 'Session is bound to another user than logged in'),
  event('xmpp.scram_weak', 'applayer', 'SCRAM with few iterations or a short salt'),
  // detect/detectors/
  event('spim.lexicon', 'applayer', 'Text scores as advertising by the lexicon'),
  event('spim.obfuscation', 'applayer', 'Text is disguised to escape filters'),
  event('spim.stranger', 'applayer', 'First message of somebody the addressee does not know'),
  event('spim.fanout', 'applayer', 'One account writes to many strangers'),
  event(
    'spim.fanout_high',
    'applayer',
    'One account writes to very many people for the first time',
  ),
  event('spim.fanout_address', 'applayer', 'Very many strangers are written to from one address'),
  event('spim.fanout_domain', 'applayer', 'Accounts of one domain write to very many strangers'),
  event('spim.near_duplicate', 'applayer', 'Nearly the same text goes to many strangers'),
  event('spim.shared_link', 'applayer', 'The same link goes to many strangers'),
  event('spim.shared_domain', 'applayer', 'Many strangers begin with links to the same host'),
  event('spim.domain_surge', 'applayer', 'Many new accounts of one domain write to strangers'),
  event('spim.subscribe_flood', 'applayer', 'One account asks many for their presence'),
  event('spim.subscribe_victim', 'applayer', 'Many strangers ask one account for its presence'),
  event(
    'spim.subscribe_cycle',
    'applayer',
    'Subscription asked for and taken back, again and again',
  ),
  event('spim.target_flood', 'applayer', 'One account is flooded by strangers'),
  event('spim.offline_fill', 'applayer', 'Messages of strangers fill the store of an absent user'),
  event('spim.invitations', 'applayer', 'Many strangers are invited to a room'),
  event('spim.hit_and_run', 'applayer', 'Room joined, advertisement dropped, room left'),
  event('spim.room_hopping', 'applayer', 'Newcomer says the same in several rooms'),
  event('spim.name_family', 'applayer', 'New senders whose names were made by one pattern'),
  event('spim.encrypted_stranger', 'applayer', 'First contacts that no filter can read'),
  event('spim.reported', 'applayer', 'Several people report one account'),
  event('spim.reported_sender', 'applayer', 'Message of an account that several people reported'),
  event('spim.server_verdict', 'applayer', 'Several domains reject one sender as abusive'),
  event('spim.score', 'applayer', 'Signs of spam add up'),
  event('spoof.roster_push', 'applayer', 'Roster change that somebody else sent'),
  event(
    'spoof.roster_remote',
    'applayer',
    'Roster change between a server and a gateway elsewhere',
  ),
  event('spoof.carbon', 'applayer', 'Carbon copy that does not come from the own account'),
  event('spoof.archive', 'applayer', 'Archive result from somebody whose archive was not asked'),
  event('spoof.archive_query', 'applayer', 'Archive result for a query that was not made'),
  event('spoof.private_node', 'applayer', 'Event of a private node that somebody else sent'),
  event('spoof.iq_answer', 'applayer', 'Answer with data from another than was asked'),
  event('spoof.iq_answer_other', 'applayer', 'Answer from another than was asked'),
  event('spoof.iq_unasked', 'applayer', 'Answer with data that nobody asked for'),
  event('spoof.stanza_id', 'applayer', 'Stanza id in the name of somebody else'),
  event('spoof.occupant_id', 'applayer', 'Occupant id that the room did not give'),
  event('spoof.muc_status', 'applayer', 'Client sends the status codes of a room'),
  event(
    'spoof.account_info',
    'applayer',
    'Client vouches for its own account in the name of its server',
  ),
  event('spoof.delay', 'applayer', 'Delivery delay noted in the name of somebody else'),
  event(
    'spoof.correction',
    'applayer',
    'Message corrected or retracted by another than its author',
  ),
  event('spoof.moderation', 'applayer', 'Message moderated by another than the room'),
  event('spoof.c2s_from', 'applayer', 'Client sends in the name of another account'),
  event('spoof.from_relayed', 'applayer', 'Server passed on a stanza with a forged sender'),
  event('service.ibb_unknown', 'applayer', 'In-band data for a session nobody opened'),
  event('service.ibb_sequence', 'applayer', 'In-band data out of sequence'),
  event('service.ibb_block', 'applayer', 'Block of in-band data larger than was agreed'),
  event('service.ibb_encoding', 'applayer', 'In-band data that is no base64'),
  event('service.socks_race', 'applayer', 'Third party connects for a bytestream of two others'),
  event('service.socks_request', 'applayer', 'File proxy asked for something it is not made for'),
  event('service.socks_unexplained', 'applayer', 'Bytestream that no offer explains'),
  event('service.socks_idle', 'applayer', 'Many connections to a file proxy that carry nothing'),
  event('c2.bot_grammar', 'applayer', 'Commands that another account answers at once'),
  event('c2.mass_control', 'applayer', 'One command to many accounts'),
  event('c2.beacon', 'applayer', 'Small stanzas at a regular beat'),
  event('c2.hidden_copy', 'applayer', 'Copy of every message to a third account'),
  event('c2.shared_account', 'applayer', 'One account used from many addresses'),
  event(
    'c2.fresh_account',
    'applayer',
    'Account registered at an external server and used at once',
  ),
  event('c2.no_chat_host', 'applayer', 'Host that should not chat opens an XMPP session'),
  event('policy.new_client', 'applayer', 'Client software not seen at this domain before'),
  event('policy.e2ee', 'applayer', 'Conversation is encrypted end to end'),
  // correlation/: logins and transport security
  event('auth.brute_force', 'applayer', 'Passwords are guessed from one address'),
  event('auth.brute_force_target', 'applayer', 'Passwords of one account are guessed'),
  event('auth.repeated_failure', 'applayer', 'Client fails to log in again and again'),
  event('auth.success_after_failures', 'applayer', 'Login succeeds after passwords were guessed'),
  event('auth.spray', 'applayer', 'One source fails to log in as many users'),
  event('auth.spray_password', 'applayer', 'One password is tried for many users'),
  event('auth.mechanisms_weakened', 'applayer', 'Server offers weaker logins than it did'),
  event('auth.client_downgraded', 'applayer', 'Client that used SCRAM sends its password in clear'),
  event('auth.nonce_reused', 'applayer', 'SCRAM nonce of a client was used before'),
  event('auth.token_issued', 'applayer', 'Server sends a login token in clear'),
  event('auth.legacy_after_sasl', 'applayer', 'jabber:iq:auth after a failed SASL login'),
  event('auth.resume_elsewhere', 'applayer', 'Session is resumed by somebody else than its owner'),
  event('auth.resume_preauth', 'applayer', 'Session is resumed before the login'),
  event('auth.resume_guessing', 'applayer', 'Many sessions that do not exist are to be resumed'),
  event('auth.ack_surplus', 'applayer', 'Client confirms more stanzas than it was sent'),
  event('auth.bind_churn', 'applayer', 'Account is bound to many resources or again and again'),
  event('auth.session_contest', 'applayer', 'Two places take an account from each other'),
  event('auth.sync_from_new_place', 'applayer', 'New client in a new place copies the account'),
  event('auth.account_takeover', 'applayer', 'Account is copied after its password was guessed'),
  event('service.registration_flood', 'applayer', 'Many accounts are registered'),
  event('service.registration_series', 'applayer', 'Registered accounts have names of one pattern'),
  event('policy.starttls_stripped', 'applayer', 'Server that offered STARTTLS no longer does'),
  event(
    'policy.starttls_required_stripped',
    'applayer',
    'Server that demanded STARTTLS does not offer it',
  ),
  event('policy.starttls_inject', 'applayer', 'Text where only TLS may stand'),
  event('policy.starttls_space', 'applayer', 'White space where only TLS may stand'),
  event('policy.clear_after_tls_failure', 'applayer', 'Login in clear right after TLS failed'),
  event('policy.path_attack', 'applayer', 'Password in clear on a stream that was weakened'),
  // correlation/: what two readers make of the same bytes
  event('xml.parser_diff', 'applayer', 'Two parsers read different stanzas in the same bytes'),
  event('xml.parser_diff_limit', 'applayer', 'More ill-formed XML than is read a second time'),
  event('xml.leg_mismatch', 'applayer', 'Stanza reached its recipient changed'),
  event('xml.leg_nested', 'applayer', 'Stanza reached its recipient with another stanza in it'),
  event(
    'xml.smuggling',
    'applayer',
    'Ill-formed stanza, then a stanza in a stanza at its recipient',
  ),
  event('service.held_logins', 'applayer', 'One source holds many connections open before login'),
  // detect/
  event('detect.match_limit', 'sensor', 'Stanza has more matches, regions or links than are kept'),
  event('detect.work_limit', 'sensor', 'Stanza needs more matching work than one stanza may cost'),
  event('detect.dataset_full', 'sensor', 'List that rules fill has no room for another value'),
  // sensor health
  event('sensor.worker_restarted', 'sensor', 'A capture worker died and was restarted'),
  event('sensor.shed', 'sensor', 'Overload: packets were skipped'),
  event('sensor.degraded', 'sensor', 'A limit was reached: inspection is reduced'),
];

const IDS = new Map<string, number>(EVENTS.map((info, id) => [info.name, id]));

/** Numeric id of an event name; throws for a name that is not in the table (programmer error). */
export function eventId(name: string): number {
  const id = IDS.get(name);
  if (id === undefined) throw new RangeError(`No event is called ${name}`);
  return id;
}

/** Numeric id of an event name, or undefined when the catalogue has no such event. */
export function findEventId(name: string): number | undefined {
  return IDS.get(name);
}

/** Dotted name of an event id; 'none' for an id outside the table. */
export function eventName(id: number): string {
  return EVENTS[id]?.name ?? 'none';
}
