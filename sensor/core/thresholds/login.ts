/**
 * Thresholds of the login detectors (correlation/watches: sasl-brute, sasl-spray, sasl-weak, sm-hijack, bind-churn,
 * ato-sync, ibr-flood).
 */
import { threshold, type ThresholdInfo } from './threshold.ts';

const GUESSING = ['auth.brute_force', 'auth.success_after_failures'];

export const LOGIN_THRESHOLDS = {
  loginBurst: threshold('login.burst', 5, 'items', {
    reason: 'Failed logins of one address within burst_seconds that are guessing, not typing.',
    source: 'threats.md sasl-brute; Prosody mod_limit_auth: 5 in 30 s',
    events: GUESSING,
  }),
  loginBurstSeconds: threshold('login.burst_seconds', 30, 'seconds', {
    reason: 'Window of burst.',
    source: 'Prosody mod_limit_auth',
    events: GUESSING,
  }),
  loginFailures: threshold('login.failures', 20, 'items', {
    reason: 'Failed logins of one address within failure_seconds: guessing that takes its time.',
    source: 'threats.md sasl-brute; ejabberd mod_fail2ban: 20, then an hour of ban',
    events: GUESSING,
  }),
  loginFailureSeconds: threshold('login.failure_seconds', 3600, 'seconds', {
    reason: 'Window of failures, target_failures, repeats and of a success that follows them.',
    source: 'ejabberd mod_fail2ban',
    events: [...GUESSING, 'auth.brute_force_target', 'auth.repeated_failure'],
  }),
  loginTargetFailures: threshold('login.target_failures', 10, 'items', {
    reason: 'Failed logins of one account, from anywhere, within failure_seconds.',
    source: 'threats.md sasl-brute',
    events: ['auth.brute_force_target', 'auth.success_after_failures'],
  }),
  loginMistakes: threshold('login.mistakes', 3, 'items', {
    reason:
      'Failures in failure_seconds of a user who has logged in from that address before: typing, behind one NAT as well.',
    source: 'RFC 6120 section 6.4.5: servers let clients retry 2 to 5 times',
    events: [...GUESSING, 'auth.spray'],
  }),
  loginReconnectSeconds: threshold('login.reconnect_seconds', 5, 'seconds', {
    reason:
      'A client with a wrong password saved fails once per connection and waits at least this long: a repeat, no guess.',
    source: 'threats.md sasl-brute: cap per user',
    events: GUESSING,
  }),
  loginRepeats: threshold('login.repeats', 20, 'items', {
    reason: 'Repeats of one user at one address within failure_seconds that are worth telling.',
    source: 'The hourly count of login.failures, for what is more often a forgotten device',
    events: ['auth.repeated_failure'],
  }),
  sprayUsers: threshold('login.spray_users', 10, 'items', {
    reason: 'Different users one source fails to log in as within spray_seconds.',
    source: 'threats.md sasl-spray',
    events: ['auth.spray'],
  }),
  spraySeconds: threshold('login.spray_seconds', 600, 'seconds', {
    reason: 'Window of spray_users.',
    source: 'threats.md sasl-spray',
    events: ['auth.spray'],
  }),
  sprayPasswordUsers: threshold('login.spray_password_users', 10, 'items', {
    reason: 'Different users the same wrong password is sent for within spray_password_seconds.',
    source: 'threats.md sasl-spray; ATT&CK T1110.003',
    events: ['auth.spray_password'],
  }),
  sprayPasswordSeconds: threshold('login.spray_password_seconds', 3600, 'seconds', {
    reason: 'Window of spray_password_users: spraying from many addresses is slower.',
    source: 'ATT&CK T1110.003',
    events: ['auth.spray_password'],
  }),
  resumeGuesses: threshold('login.resume_guesses', 5, 'items', {
    reason:
      'Sessions never seen that one client asks to resume, and is refused, within resume_seconds.',
    source: 'threats.md sm-hijack',
    events: ['auth.resume_guessing'],
  }),
  resumeSeconds: threshold('login.resume_seconds', 600, 'seconds', {
    reason: 'Window of resume_guesses.',
    source: 'Prosody mod_smacks keeps a session for 10 minutes',
    events: ['auth.resume_guessing'],
  }),
  ackSurplus: threshold('login.ack_surplus', 5, 'items', {
    reason:
      'Stanzas confirmed above those seen: a capture may order two directions wrongly by a few.',
    source: 'XEP-0198 section 4: handled-count-too-high',
    events: ['auth.ack_surplus'],
  }),
  bindResources: threshold('login.bind_resources', 10, 'items', {
    reason: 'Sessions of one account at the same time.',
    source: 'ejabberd max_user_sessions: 10',
    events: ['auth.bind_churn'],
  }),
  bindsPerMinute: threshold('login.binds_per_minute', 10, 'items', {
    reason: 'Resources one account binds within a minute.',
    source: 'threats.md bind-churn',
    events: ['auth.bind_churn'],
  }),
  bindRefusals: threshold('login.bind_refusals', 3, 'items', {
    reason: 'Binds refused for want of room within contest_seconds.',
    source: 'XEP-0205: resource-limit-exceeded',
    events: ['auth.bind_churn'],
  }),
  contestTurns: threshold('login.contest_turns', 4, 'items', {
    reason:
      'Times an account changes hands by a conflict between two clients within contest_seconds.',
    source: 'threats.md bind-churn: conflict ping-pong',
    events: ['auth.session_contest'],
  }),
  contestSeconds: threshold('login.contest_seconds', 600, 'seconds', {
    reason: 'Window of contest_turns and bind_refusals.',
    source: 'threats.md bind-churn',
    events: ['auth.session_contest', 'auth.bind_churn'],
  }),
  syncSeconds: threshold('login.sync_seconds', 300, 'seconds', {
    reason: 'Who copies an account does it right after the login.',
    source: 'threats.md ato-sync',
    events: ['auth.sync_from_new_place', 'auth.account_takeover'],
  }),
  syncItems: threshold('login.sync_items', 1000, 'items', {
    reason: 'Archived messages asked for in one go or page by page: more than catching up.',
    source: 'threats.md ato-sync; Prosody answers with pages of 50',
    events: ['auth.sync_from_new_place'],
  }),
  takeoverSeconds: threshold('login.takeover_seconds', 86400, 'seconds', {
    reason: 'How long an account counts as suspect once its password was guessed.',
    source: 'threats.md section 7: within 24 hours',
    events: ['auth.account_takeover'],
  }),
  registrations: threshold('login.registrations', 3, 'items', {
    reason: 'Accounts one address outside the site registers within registration_seconds.',
    source: 'threats.md ibr-flood; ejabberd and MongooseIM allow one in 600 s',
    events: ['service.registration_flood'],
  }),
  registrationSeconds: threshold('login.registration_seconds', 3600, 'seconds', {
    reason: 'Window of all counts of registrations.',
    source: 'threats.md ibr-flood',
    events: ['service.registration_flood', 'service.registration_series'],
  }),
  registrationsServer: threshold('login.registrations_server', 30, 'items', {
    reason:
      'Accounts registered at one server, or by one address of the site (a classroom), within registration_seconds.',
    source: 'threats.md ibr-flood; a spammer used 740 addresses in two days',
    events: ['service.registration_flood'],
  }),
  registrationSeries: threshold('login.registration_series', 5, 'items', {
    reason:
      'Accounts with numbered or random names, or with the same password, within registration_seconds.',
    source: 'threats.md ibr-flood, spim-jidgen',
    events: ['service.registration_series'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
