/** Thresholds of the services detectors (correlation/watches: jid-enum, harvest, muc-*, amplify, nuisance). */
import { threshold, type ThresholdInfo } from './threshold.ts';

const ENUMERATION = 'threats.md section 2d';
const ROOMS = 'threats.md section 2e';
const MUC_LIMITS = 'Prosody and Metronome muc_limits';

const RECONNAISSANCE = {
  enumerationTargets: threshold('service.enumeration_targets', 30, 'items', {
    reason: 'Different accounts one sender turns to within enumeration_seconds.',
    source: `${ENUMERATION}, jid-enum; RFC 6120 section 13.11`,
    events: ['service.jid_enumeration'],
  }),
  enumerationPercent: threshold('service.enumeration_percent', 50, 'percent', {
    reason: 'Share of them that do not exist: old address lists are better than that.',
    source: `${ENUMERATION}, jid-enum`,
    events: ['service.jid_enumeration'],
  }),
  enumerationSeconds: threshold('service.enumeration_seconds', 600, 'seconds', {
    reason: 'Window of enumeration_targets.',
    source: `${ENUMERATION}, jid-enum`,
    events: ['service.jid_enumeration'],
  }),
  harvestBurst: threshold('service.harvest_burst', 200, 'items', {
    reason:
      'Different addresses one sender may ask at once: a client that logs in asks all it knows.',
    source: `${ENUMERATION}, harvest`,
    events: ['service.harvest_walk', 'service.harvest_profiles', 'service.harvest_software'],
  }),
  harvestPerMinute: threshold('service.harvest_per_minute', 60, 'items', {
    reason: 'Further addresses a minute after the burst.',
    source: `${ENUMERATION}, harvest`,
    events: ['service.harvest_walk', 'service.harvest_profiles', 'service.harvest_software'],
  }),
  harvestSearches: threshold('service.harvest_searches', 5, 'items', {
    reason: 'Different searches for one letter, or a wildcard, within harvest_search_seconds.',
    source: `${ENUMERATION}, harvest; XEP-0055`,
    events: ['service.harvest_search'],
  }),
  harvestSearchSeconds: threshold('service.harvest_search_seconds', 600, 'seconds', {
    reason: 'Window of harvest_searches.',
    source: `${ENUMERATION}, harvest`,
    events: ['service.harvest_search'],
  }),
} as const;

const ENTERING = {
  mucJoins: threshold('service.muc_joins', 20, 'items', {
    reason: 'Newcomers that enter one room within a minute.',
    source: `${ROOMS}, muc-join-flood; ${MUC_LIMITS}: 0.5 events a second`,
    events: ['service.muc_join_flood'],
  }),
  mucJoinSeconds: threshold('service.muc_join_seconds', 60, 'seconds', {
    reason: 'Window of muc_joins and muc_nick_changes.',
    source: `${ROOMS}, muc-join-flood`,
    events: ['service.muc_join_flood', 'service.muc_nick_changes'],
  }),
  mucKnownSeconds: threshold('service.muc_known_seconds', 30 * 86_400, 'seconds', {
    reason: 'Who was in a room so recently is no newcomer: after a restart all enter at once.',
    source: `${ROOMS}, muc-join-flood: server restart`,
    events: ['service.muc_join_flood', 'service.muc_room_hopping'],
  }),
  mucRooms: threshold('service.muc_rooms', 30, 'items', {
    reason: 'Rooms one account enters for the first time within muc_rooms_seconds.',
    source: `${ROOMS}, muc-join-flood; ejabberd max_user_conferences 100`,
    events: ['service.muc_room_hopping'],
  }),
  mucRoomsBookmarked: threshold('service.muc_rooms_bookmarked', 100, 'items', {
    reason: 'The same for a client that asked for its bookmarks: it enters all of them.',
    source: 'ejabberd max_user_conferences 100; XEP-0402',
    events: ['service.muc_room_hopping'],
  }),
  mucRoomsSeconds: threshold('service.muc_rooms_seconds', 600, 'seconds', {
    reason: 'Window of muc_rooms.',
    source: `${ROOMS}, muc-join-flood`,
    events: ['service.muc_room_hopping'],
  }),
  mucNickChars: threshold('service.muc_nick_chars', 23, 'items', {
    reason: 'Characters of the longest ordinary nickname.',
    source: `${MUC_LIMITS}: nick 23`,
    events: ['service.muc_nick_long'],
  }),
  mucNickChanges: threshold('service.muc_nick_changes', 5, 'items', {
    reason: 'Changes of nickname within muc_join_seconds that are ordinary.',
    source: `${ROOMS}, muc-join-flood`,
    events: ['service.muc_nick_changes'],
  }),
} as const;

const TALKING = {
  mucMessages: threshold('service.muc_messages', 10, 'items', {
    reason: 'Messages one occupant may send to a room within muc_message_seconds.',
    source: `${ROOMS}, muc-msg-flood; ${MUC_LIMITS}: burst 6`,
    events: ['service.muc_message_flood'],
  }),
  mucMessageSeconds: threshold('service.muc_message_seconds', 10, 'seconds', {
    reason: 'Window of muc_messages.',
    source: `${ROOMS}, muc-msg-flood`,
    events: ['service.muc_message_flood'],
  }),
  mucLines: threshold('service.muc_lines', 23, 'items', {
    reason: 'Lines of the longest ordinary message.',
    source: `${MUC_LIMITS}: 23 lines`,
    events: ['service.muc_message_size'],
  }),
  mucBytes: threshold('service.muc_bytes', 5664, 'bytes', {
    reason: 'Bytes of the longest ordinary message.',
    source: `${MUC_LIMITS}: 5,664 bytes`,
    events: ['service.muc_message_size'],
  }),
  mucRepeats: threshold('service.muc_repeats', 3, 'items', {
    reason: 'Times one occupant says the same in a room, or rooms it says the same in.',
    source: `${ROOMS}, muc-msg-flood`,
    events: ['service.muc_repeat', 'service.muc_cross_post'],
  }),
  mucRepeatSeconds: threshold('service.muc_repeat_seconds', 60, 'seconds', {
    reason: 'Window of muc_repeats: people say hello again later.',
    source: `${ROOMS}, muc-msg-flood, names no window: own choice`,
    events: ['service.muc_repeat', 'service.muc_cross_post'],
  }),
  mucRepeatBytes: threshold('service.muc_repeat_bytes', 16, 'bytes', {
    reason: 'Shorter texts are said again by everybody: thanks, good night.',
    source: 'threats.md section 0.1, canned bodies',
    events: ['service.muc_repeat', 'service.muc_cross_post'],
  }),
} as const;

const RULING = {
  mucRemovals: threshold('service.muc_removals', 5, 'items', {
    reason: 'People thrown out within muc_removal_seconds by somebody who is no owner of old.',
    source: `${ROOMS}, muc-takeover: mass ban`,
    events: ['service.muc_purge'],
  }),
  mucRemovalSeconds: threshold('service.muc_removal_seconds', 60, 'seconds', {
    reason: 'Window of muc_removals.',
    source: `${ROOMS}, muc-takeover`,
    events: ['service.muc_purge'],
  }),
  mucSettledSeconds: threshold('service.muc_settled_seconds', 86_400, 'seconds', {
    reason: 'Whom a newcomer made owner is an owner of old after so long.',
    source: `${ROOMS}, muc-takeover: baseline of owners`,
    events: [
      'service.muc_grant',
      'service.muc_purge',
      'service.muc_destroyed',
      'service.muc_opened',
    ],
  }),
} as const;

const FLOODS = {
  publishes: threshold('service.publishes', 100, 'items', {
    reason: 'Items one account may publish within publish_seconds: ten a second.',
    source: `${ROOMS}, amplify`,
    events: ['service.publish_flood'],
  }),
  publishSeconds: threshold('service.publish_seconds', 10, 'seconds', {
    reason: 'Window of publishes: a client that moves its bookmarks is quicker than a second.',
    source: `${ROOMS}, amplify`,
    events: ['service.publish_flood'],
  }),
  creations: threshold('service.creations', 20, 'items', {
    reason: 'Rooms or nodes one account may create within creation_seconds.',
    source: `${ROOMS}, amplify; XEP-0205`,
    events: ['service.creation_storm'],
  }),
  creationSeconds: threshold('service.creation_seconds', 60, 'seconds', {
    reason: 'Window of creations.',
    source: `${ROOMS}, amplify`,
    events: ['service.creation_storm'],
  }),
  pings: threshold('service.pings', 20, 'items', {
    reason: 'Pings of one sender to one address within ping_seconds: two a second.',
    source: `${ROOMS}, nuisance-flood; keepalives come every half minute`,
    events: ['service.ping_flood'],
  }),
  pingSeconds: threshold('service.ping_seconds', 10, 'seconds', {
    reason: 'Window of pings.',
    source: `${ROOMS}, nuisance-flood`,
    events: ['service.ping_flood'],
  }),
  attentions: threshold('service.attentions', 3, 'items', {
    reason: 'Calls for attention one may send another within a minute.',
    source: `${ROOMS}, nuisance-flood; XEP-0224 section 6`,
    events: ['service.attention_flood'],
  }),
  attentionSeconds: threshold('service.attention_seconds', 60, 'seconds', {
    reason: 'Window of attentions.',
    source: `${ROOMS}, nuisance-flood`,
    events: ['service.attention_flood'],
  }),
  calls: threshold('service.calls', 10, 'items', {
    reason: 'People one account calls within call_seconds.',
    source: `${ROOMS}, nuisance-flood`,
    events: ['service.call_flood'],
  }),
  callSeconds: threshold('service.call_seconds', 3600, 'seconds', {
    reason: 'Window of calls.',
    source: `${ROOMS}, nuisance-flood`,
    events: ['service.call_flood'],
  }),
  states: threshold('service.states', 60, 'items', {
    reason: 'Chat states and receipts from one to another within state_seconds: nobody types so.',
    source: `${ROOMS}, nuisance-flood, names no number: own choice`,
    events: ['service.state_loop'],
  }),
  stateSeconds: threshold('service.state_seconds', 30, 'seconds', {
    reason: 'Window of states.',
    source: `${ROOMS}, nuisance-flood`,
    events: ['service.state_loop'],
  }),
  errorAnswers: threshold('service.error_answers', 3, 'items', {
    reason: 'Errors that answer errors between two addresses within error_seconds.',
    source: `${ROOMS}, nuisance-flood; RFC 6120 section 8.3.1 forbids the first`,
    events: ['service.error_loop'],
  }),
  errorSeconds: threshold('service.error_seconds', 60, 'seconds', {
    reason: 'Window of error_answers.',
    source: `${ROOMS}, nuisance-flood`,
    events: ['service.error_loop'],
  }),
} as const;

export const SERVICES_THRESHOLDS = {
  ...RECONNAISSANCE,
  ...ENTERING,
  ...TALKING,
  ...RULING,
  ...FLOODS,
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
