/** Thresholds of the SPIM detectors (correlation/watches: spim-*). */
import { threshold, type ThresholdInfo } from './threshold.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const CATALOGUE = 'threats.md section 3';

const FANOUT = {
  spimFanoutBurst: threshold('spim.fanout_burst', 10, 'items', {
    reason: 'Strangers of other domains one account writes to within fanout_burst_seconds.',
    source: `${CATALOGUE}, spim-fanout; XEP-0205`,
    events: ['spim.fanout'],
  }),
  spimFanoutBurstSeconds: threshold('spim.fanout_burst_seconds', 60, 'seconds', {
    reason: 'Window of fanout_burst: nobody types so fast.',
    source: `${CATALOGUE}, spim-fanout`,
    events: ['spim.fanout'],
  }),
  spimFanout: threshold('spim.fanout', 30, 'items', {
    reason: 'Strangers of other domains one account writes to within fanout_seconds.',
    source: `${CATALOGUE}, spim-fanout`,
    events: ['spim.fanout'],
  }),
  spimFanoutSeconds: threshold('spim.fanout_seconds', HOUR, 'seconds', {
    reason: 'Window of fanout, fanout_high, fanout_address and fanout_domain.',
    source: `${CATALOGUE}, spim-fanout`,
    events: ['spim.fanout', 'spim.fanout_high', 'spim.fanout_address', 'spim.fanout_domain'],
  }),
  spimFanoutHigh: threshold('spim.fanout_high', 100, 'items', {
    reason: 'People one account writes to for the first time, those of its own domain included.',
    source: `${CATALOGUE}, spim-fanout`,
    events: ['spim.fanout_high'],
  }),
  spimFanoutAddress: threshold('spim.fanout_address', 100, 'items', {
    reason: 'Strangers written to from one client address: an office behind NAT stays below.',
    source: `${CATALOGUE}, spim-fanout by source address: the tier of one account that is high`,
    events: ['spim.fanout_address'],
  }),
  spimFanoutDomain: threshold('spim.fanout_domain', 200, 'items', {
    reason: 'Strangers that the accounts of one domain write to and that do not answer.',
    source: 'yax.im 2017: 46,996 messages from 282 servers in two weeks, 3.3 an account',
    events: ['spim.fanout_domain'],
  }),
  spimAnsweredPercent: threshold('spim.answered_percent', 20, 'percent', {
    reason: 'Where so many strangers are answered, people have begun to talk: no spam.',
    source: `${CATALOGUE}, spim-domain-surge: check reply ratio`,
    events: ['spim.fanout_domain', 'spim.domain_surge', 'spim.target_flood'],
  }),
} as const;

const CONTENT = {
  spimContentSeconds: threshold('spim.content_seconds', HOUR, 'seconds', {
    reason: 'How long a text or link is remembered after its last copy, and the window of copies.',
    source: `${CATALOGUE}, spim-neardup`,
    events: ['spim.near_duplicate', 'spim.shared_link', 'spim.shared_domain'],
  }),
  spimShortChars: threshold('spim.short_chars', 20, 'items', {
    reason: 'Shorter texts are said by everybody ("ok", "good morning").',
    source: `${CATALOGUE}, spim-neardup`,
    events: ['spim.near_duplicate'],
  }),
  spimLongChars: threshold('spim.long_chars', 100, 'items', {
    reason: 'Texts from this length on are not written twice by chance.',
    source: 'Tigase same-long-body',
    events: ['spim.near_duplicate'],
  }),
  spimCopies: threshold('spim.copies', 20, 'items', {
    reason: 'Copies of a long text to strangers.',
    source: 'Tigase same-long-body',
    events: ['spim.near_duplicate'],
  }),
  spimCopySenders: threshold('spim.copy_senders', 5, 'items', {
    reason: 'Accounts that send nearly the same long text to strangers.',
    source: `${CATALOGUE}, spim-neardup`,
    events: ['spim.near_duplicate'],
  }),
  spimCopyRecipients: threshold('spim.copy_recipients', 8, 'items', {
    reason: 'Strangers of other domains that get nearly the same long text.',
    source: `${CATALOGUE}, spim-neardup`,
    events: ['spim.near_duplicate'],
  }),
  spimShortRecipients: threshold('spim.short_recipients', 8, 'items', {
    reason: 'Strangers that get, or accounts that send, nearly the same short text.',
    source: `${CATALOGUE}, spim-neardup`,
    events: ['spim.near_duplicate'],
  }),
  spimDistance: threshold('spim.distance', 3, 'items', {
    reason:
      'Bits of 64 in which the SimHash of nearly equal texts differs; above 3 some are missed.',
    source: `${CATALOGUE}, spim-neardup; Manku, Jain, Das Sarma 2007`,
    events: ['spim.near_duplicate'],
  }),
  spimLinkSenders: threshold('spim.link_senders', 5, 'items', {
    reason: 'Accounts that send the same link to strangers.',
    source: `${CATALOGUE}: aggregate on content fingerprint and URL; numbers of spim-neardup`,
    events: ['spim.shared_link'],
  }),
  spimLinkRecipients: threshold('spim.link_recipients', 8, 'items', {
    reason: 'Strangers of other domains that get the same link.',
    source: `${CATALOGUE}: aggregate on content fingerprint and URL; numbers of spim-neardup`,
    events: ['spim.shared_link'],
  }),
  spimLinkDomainSenders: threshold('spim.link_domain_senders', 10, 'items', {
    reason: 'Accounts whose first words to strangers link to the same host, large providers apart.',
    source: 'Twice the number for one link, since a host has many pages',
    events: ['spim.shared_domain'],
  }),
  spimCampaignSeconds: threshold('spim.campaign_seconds', 60, 'seconds', {
    reason: 'How often a growing campaign is written down.',
    source: 'A minute is what an analyst waits',
    events: ['spim.near_duplicate', 'spim.shared_link', 'spim.shared_domain'],
  }),
} as const;

const SENDERS = {
  spimSurgeSenders: threshold('spim.surge_senders', 10, 'items', {
    reason: 'Accounts of a domain that were never seen, write to strangers and get no answer.',
    source: `${CATALOGUE}, spim-domain-surge; yax.im 2017: 3.3 messages an account`,
    events: ['spim.domain_surge'],
  }),
  spimSurgeSeconds: threshold('spim.surge_seconds', HOUR, 'seconds', {
    reason: 'Window of surge_senders.',
    source: `${CATALOGUE}, spim-domain-surge`,
    events: ['spim.domain_surge'],
  }),
  spimSurgeFactor: threshold('spim.surge_factor', 5, 'items', {
    reason: 'Times the usual number of new accounts (median of 14 days) a large domain may bring.',
    source: `${CATALOGUE}, spim-domain-surge`,
    events: ['spim.domain_surge'],
  }),
  spimFamilyNames: threshold('spim.family_names', 3, 'items', {
    reason: 'New senders whose names share a beginning and end at random.',
    source: `${CATALOGUE}, spim-jidgen; jabber.ru 2010: 40tman_rullezz_<random>`,
    events: ['spim.name_family'],
  }),
  spimFamilySeconds: threshold('spim.family_seconds', HOUR, 'seconds', {
    reason: 'Window of family_names.',
    source: `${CATALOGUE}, spim-jidgen`,
    events: ['spim.name_family'],
  }),
  spimEncryptedRecipients: threshold('spim.encrypted_recipients', 5, 'items', {
    reason: 'Strangers to whom the first word of one account is encrypted.',
    source: `${CATALOGUE}, spim-omemo-stranger`,
    events: ['spim.encrypted_stranger'],
  }),
  spimEncryptedSeconds: threshold('spim.encrypted_seconds', HOUR, 'seconds', {
    reason: 'Window of encrypted_recipients, and how long an unanswered request is remembered.',
    source: `${CATALOGUE}, spim-omemo-stranger`,
    events: ['spim.encrypted_stranger'],
  }),
  spimReporters: threshold('spim.reporters', 3, 'items', {
    reason: 'People who report an account before its messages count as those of a listed one.',
    source: `${CATALOGUE}, spim-report-seen: count distinct reporters`,
    events: ['spim.reported', 'spim.reported_sender'],
  }),
  spimReportSeconds: threshold('spim.report_seconds', 7 * DAY, 'seconds', {
    reason: 'How long a report counts.',
    source: 'threats.md section 7: temporary entry, 7 days',
    events: ['spim.reported', 'spim.reported_sender'],
  }),
  spimVerdictDomains: threshold('spim.verdict_domains', 3, 'items', {
    reason: 'Domains that reject one local sender as abusive: one alone may be too strict.',
    source: `${CATALOGUE}, spim-server-verdict`,
    events: ['spim.server_verdict'],
  }),
  spimVerdictSeconds: threshold('spim.verdict_seconds', DAY, 'seconds', {
    reason: 'Window of verdict_domains.',
    source: 'A spammed account is used for a day or two (record of 2020 in threats.md)',
    events: ['spim.server_verdict'],
  }),
} as const;

const REQUESTS = {
  spimSubscribeBurst: threshold('spim.subscribe_burst', 5, 'items', {
    reason: 'Requests one account may send within subscribe_burst_seconds.',
    source: 'ejabberd mod_pres_counter 5 in 60 s; Tigase 5 a minute',
    events: ['spim.subscribe_flood'],
  }),
  spimSubscribeBurstSeconds: threshold('spim.subscribe_burst_seconds', 60, 'seconds', {
    reason: 'Window of subscribe_burst.',
    source: 'ejabberd mod_pres_counter',
    events: ['spim.subscribe_flood'],
  }),
  spimSubscribe: threshold('spim.subscribe', 30, 'items', {
    reason: 'Requests one account may send within subscribe_seconds.',
    source: `${CATALOGUE}, spim-sub-flood`,
    events: ['spim.subscribe_flood'],
  }),
  spimSubscribeSeconds: threshold('spim.subscribe_seconds', HOUR, 'seconds', {
    reason: 'Window of subscribe, subscribe_senders and subscribe_cycles.',
    source: `${CATALOGUE}, spim-sub-flood`,
    events: ['spim.subscribe_flood', 'spim.subscribe_victim', 'spim.subscribe_cycle'],
  }),
  spimSubscribeSenders: threshold('spim.subscribe_senders', 20, 'items', {
    reason: 'Strangers that ask one account for its presence.',
    source: `${CATALOGUE}, spim-sub-flood; jabber.ru 2010`,
    events: ['spim.subscribe_victim'],
  }),
  spimSubscribeCycles: threshold('spim.subscribe_cycles', 3, 'items', {
    reason: 'Times the same account asks the same stranger and takes it back.',
    source: `${CATALOGUE}, spim-sub-flood: alternation; a client that repairs its roster does it once`,
    events: ['spim.subscribe_cycle'],
  }),
  spimInvitees: threshold('spim.invitees', 5, 'items', {
    reason: 'Strangers that one account, or one room, invites within invite_seconds.',
    source: `${CATALOGUE}, spim-muc-invite`,
    events: ['spim.invitations'],
  }),
  spimInviteSeconds: threshold('spim.invite_seconds', 600, 'seconds', {
    reason: 'Window of invitees.',
    source: `${CATALOGUE}, spim-muc-invite`,
    events: ['spim.invitations'],
  }),
  spimVisitSeconds: threshold('spim.visit_seconds', 120, 'seconds', {
    reason: 'A visit to a room that is over so soon was made to drop something.',
    source: `${CATALOGUE}, spim-muc-hitrun`,
    events: ['spim.hit_and_run', 'spim.room_hopping'],
  }),
  spimVisitMessages: threshold('spim.visit_messages', 3, 'items', {
    reason: 'Most messages of such a visit.',
    source: `${CATALOGUE}, spim-muc-hitrun`,
    events: ['spim.hit_and_run'],
  }),
  spimVisitChars: threshold('spim.visit_chars', 200, 'items', {
    reason: 'What one says on a first visit is shorter, or holds a link.',
    source: `${CATALOGUE}, spim-muc-hitrun: long text`,
    events: ['spim.hit_and_run'],
  }),
  spimVisitRooms: threshold('spim.visit_rooms', 2, 'items', {
    reason: 'Rooms in which a newcomer says the same.',
    source: `${CATALOGUE}, spim-muc-hitrun`,
    events: ['spim.room_hopping'],
  }),
  spimHopSeconds: threshold('spim.hop_seconds', 600, 'seconds', {
    reason: 'Window of visit_rooms.',
    source: 'A question asked in two rooms is asked again later, a bot goes on at once',
    events: ['spim.room_hopping'],
  }),
} as const;

const VICTIMS = {
  spimTargetStanzas: threshold('spim.target_stanzas', 60, 'items', {
    reason: 'Messages and requests of strangers one account gets within target_seconds.',
    source: `${CATALOGUE}, spim-target-flood; yax.im 2016: 94 a second`,
    events: ['spim.target_flood'],
  }),
  spimTargetSeconds: threshold('spim.target_seconds', 60, 'seconds', {
    reason: 'Window of target_stanzas.',
    source: `${CATALOGUE}, spim-target-flood`,
    events: ['spim.target_flood'],
  }),
  spimTargetSenders: threshold('spim.target_senders', 200, 'items', {
    reason: 'Strangers that write to one account within target_sender_seconds.',
    source: `${CATALOGUE}, spim-target-flood`,
    events: ['spim.target_flood'],
  }),
  spimTargetSenderSeconds: threshold('spim.target_sender_seconds', HOUR, 'seconds', {
    reason: 'Window of target_senders.',
    source: `${CATALOGUE}, spim-target-flood`,
    events: ['spim.target_flood'],
  }),
  spimOfflineMessages: threshold('spim.offline_messages', 100, 'items', {
    reason: 'Messages of strangers to an account that is away.',
    source: 'ejabberd keeps 100 messages of a user',
    events: ['spim.offline_fill'],
  }),
  spimOfflineBytes: threshold('spim.offline_bytes', 1024 * 1024, 'bytes', {
    reason: 'Bytes of such messages.',
    source: `${CATALOGUE}, spim-offline-fill; Openfire keeps 100 KiB of a user; xmpp.is 2017: 20 GB`,
    events: ['spim.offline_fill'],
  }),
  spimOfflineSeconds: threshold('spim.offline_seconds', HOUR, 'seconds', {
    reason: 'Window of offline_messages and offline_bytes.',
    source: `${CATALOGUE}, spim-offline-fill`,
    events: ['spim.offline_fill'],
  }),
} as const;

const SCORE_SOURCE = 'threats.md section 7, SPIM score';

const SCORE = {
  spimScore: threshold('spim.score', 60, 'points', {
    reason: 'Sum of the weights (spim_score of the rules that matched, facts below) that is told.',
    source: SCORE_SOURCE,
    events: ['spim.score'],
  }),
  spimScoreStranger: threshold('spim.score_stranger', 15, 'points', {
    reason: 'Weight of a sender of another domain whom the addressee does not know.',
    source: SCORE_SOURCE,
    events: ['spim.score'],
  }),
  spimScoreNew: threshold('spim.score_new', 10, 'points', {
    reason: 'Weight of a sender never seen before, or whose account is young.',
    source: `${SCORE_SOURCE}: sender age unknown; XEP-0489`,
    events: ['spim.score'],
  }),
  spimScoreAnswered: threshold('spim.score_answered', 60, 'points', {
    reason: 'Taken off when the addressee has written to the sender.',
    source: SCORE_SOURCE,
    events: ['spim.score'],
  }),
  spimScoreRoster: threshold('spim.score_roster', 80, 'points', {
    reason: 'Taken off when the sender is on the roster of the addressee.',
    source: SCORE_SOURCE,
    events: ['spim.score'],
  }),
  spimNewSeconds: threshold('spim.new_seconds', DAY, 'seconds', {
    reason: 'How long an account that was registered, or seen for the first time, counts as new.',
    source: 'Accounts of campaigns are used within hours of their registration (record of 2020)',
    events: ['spim.score', 'spim.fanout'],
  }),
} as const;

export const SPIM_THRESHOLDS = {
  ...FANOUT,
  ...CONTENT,
  ...SENDERS,
  ...REQUESTS,
  ...VICTIMS,
  ...SCORE,
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
