/**
 * `sasl-brute`: passwords are guessed, by one address or for one account, and what follows when a guess was right.
 *
 * A failure is a guess unless the same password was sent before, or it comes at the pace of a client that
 * reconnects with a wrong password saved: those repeats are counted apart. The first failure of a user counts only
 * once a second follows, and users who have logged in from the address before may make some mistakes: so an office
 * behind one address stays quiet.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import type { LoginOutcome, SecretKey } from '../../xmpp/index.ts';
import { isGuess } from '../failures.ts';
import { LoginParty } from '../login-party.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { RecentDistinct, RecentTimes } from '../recent.ts';
import type { LoginHistory } from '../tables/login-history.ts';
import type { Teller, Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const BRUTE_FORCE = eventId('auth.brute_force');
const BRUTE_FORCE_TARGET = eventId('auth.brute_force_target');
const REPEATED_FAILURE = eventId('auth.repeated_failure');
const SUCCESS_AFTER = eventId('auth.success_after_failures');

/** Users told apart for one address. */
const USERS = 16;
/** Conditions counted one by one; the last is for all others. */
const CONDITIONS = ['not-authorized', 'malformed-request', 'account-disabled', ''] as const;

/** What a failure was taken for. */
const KIND = { guess: 0, repeat: 1, mistake: 2 } as const;

export function watchSaslBrute(options: WatchOptions): Watch {
  return new SaslBruteWatch(options);
}

class SaslBruteWatch implements Watch {
  readonly name = 'sasl-brute';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #history: LoginHistory;
  readonly #party: LoginParty;
  readonly #sources: LruTable;
  readonly #guesses: RecentTimes;
  readonly #users: RecentDistinct;
  readonly #conditions: Column<Uint32Array>;
  readonly #sourceToldUsec: Column<Float64Array>;
  readonly #targets: LruTable;
  readonly #targetGuesses: RecentTimes;
  readonly #targetToldUsec: Column<Float64Array>;
  readonly #targetPassword: Column<Int32Array>;
  /** Account at an address: its failures since `#since`, and the latest of them. */
  readonly #pairs: LruTable;
  readonly #since: Column<Float64Array>;
  readonly #lastUsec: Column<Float64Array>;
  readonly #pairGuesses: Column<Uint32Array>;
  readonly #repeats: Column<Uint32Array>;
  readonly #password: Column<Int32Array>;

  constructor({ memory, limits, thresholds, tables, endpointsOf }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#history = tables.loginHistory;
    this.#party = new LoginParty(endpointsOf);
    const { loginFailureSeconds, loginBurst, loginFailures, loginTargetFailures } = thresholds;
    const sources = limits.correlationLoginSourceEntries;
    const users = limits.correlationLoginUserEntries;
    this.#sources = new LruTable(memory, 'brute_sources', sources, loginFailureSeconds);
    this.#guesses = new RecentTimes(this.#sources, Math.max(loginBurst, loginFailures));
    this.#users = new RecentDistinct(this.#sources, USERS);
    this.#conditions = this.#sources.uint32(CONDITIONS.length);
    this.#sourceToldUsec = this.#sources.float64();
    this.#targets = new LruTable(memory, 'brute_targets', users, loginFailureSeconds);
    this.#targetGuesses = new RecentTimes(this.#targets, loginTargetFailures);
    this.#targetToldUsec = this.#targets.float64();
    this.#targetPassword = this.#targets.int32(2);
    this.#pairs = new LruTable(memory, 'brute_pairs', users, loginFailureSeconds);
    this.#since = this.#pairs.float64();
    this.#lastUsec = this.#pairs.float64();
    this.#pairGuesses = this.#pairs.uint32();
    this.#repeats = this.#pairs.uint32();
    this.#password = this.#pairs.int32(2);
  }

  login(login: LoginOutcome, teller: Teller): void {
    const { kind, session } = login;
    const isLogin = kind !== 'registration' && kind !== 'password_change';
    const party = this.#party.ofLogin(login);
    if (!isLogin || session.connection === 's2s' || !party.isPlaced) return;
    if (login.succeeded) this.#onSuccess(login, teller);
    else if (isGuess(login.condition)) this.#onFailure(login, teller);
  }

  #onFailure(login: LoginOutcome, teller: Teller): void {
    const { tsUsec } = login;
    const { pair, address } = this.#party;
    const slot = this.#pairs.claim(pair.high, pair.low, tsUsec);
    const taken = this.#kindOf(slot, login);
    const source = this.#sources.claim(address.high, address.low, tsUsec);
    const at = CONDITIONS.findIndex((one) => one === login.condition || one === '');
    const place = source * CONDITIONS.length + at;
    const counts = this.#conditions.values;
    counts[place] = (counts[place] as number) + 1;
    if (taken === KIND.mistake) return;
    if (taken === KIND.repeat) {
      this.#onRepeat(slot, login, teller);
      return;
    }
    this.#countGuess(source, slot, login);
    this.#judgeSource(source, login, teller);
    this.#judgeTarget(login, teller);
  }

  #kindOf(slot: number, { tsUsec, passwordKey, earlier, kind }: LoginOutcome): number {
    const { loginFailureSeconds, loginReconnectSeconds, loginMistakes } = this.#thresholds;
    const sinceUsec = this.#since.values[slot] as number;
    if (Math.abs(tsUsec - sinceUsec) > loginFailureSeconds * 1e6) {
      this.#since.values[slot] = tsUsec;
      this.#pairGuesses.values[slot] = 0;
      this.#repeats.values[slot] = 0;
    }
    const last = this.#lastUsec.values[slot] as number;
    this.#lastUsec.values[slot] = tsUsec;
    const isSame = isRepeated(this.#password.values, slot, passwordKey);
    // A component with a wrong secret is restarted over and over by whoever runs it.
    const isPaced =
      kind === 'handshake' ||
      (earlier === 0 && Math.abs(tsUsec - last) >= loginReconnectSeconds * 1e6);
    if (last !== 0 && (isSame || (passwordKey === undefined && isPaced))) return KIND.repeat;
    const guesses = (this.#pairGuesses.values[slot] as number) + 1;
    this.#pairGuesses.values[slot] = guesses;
    const isAtHome = this.#history.isAtHome(this.#party, tsUsec);
    return isAtHome && guesses <= loginMistakes ? KIND.mistake : KIND.guess;
  }

  /** The first guess for a user counts together with the second. */
  #countGuess(source: number, slot: number, { tsUsec, passwordKey }: LoginOutcome): void {
    const { accountKey } = this.#party;
    const guesses = this.#pairGuesses.values[slot] as number;
    if (guesses === 2) this.#guesses.add(source, tsUsec);
    if (guesses >= 2) this.#guesses.add(source, tsUsec);
    this.#users.add(source, accountKey.high, accountKey.low, tsUsec);
    const target = this.#targets.claim(accountKey.high, accountKey.low, tsUsec);
    // A phone with a wrong password saved takes it from network to network.
    if (isRepeated(this.#targetPassword.values, target, passwordKey)) return;
    this.#targetGuesses.add(target, tsUsec);
  }

  #judgeSource(source: number, login: LoginOutcome, teller: Teller): void {
    const { loginBurst, loginBurstSeconds, loginFailures, loginFailureSeconds } = this.#thresholds;
    const { tsUsec, session } = login;
    const burst = this.#guesses.within(source, tsUsec, loginBurstSeconds);
    const hour = this.#guesses.within(source, tsUsec, loginFailureSeconds);
    const isBurst = burst >= loginBurst;
    if (!isBurst && hour < loginFailures) return;
    this.#sourceToldUsec.values[source] = tsUsec;
    const { ip, account } = this.#party;
    const [notAuthorized = 0, malformed = 0, disabled = 0, others = 0] = this.#conditionsOf(source);
    const failures = notAuthorized + malformed + disabled + others;
    const users = this.#users.within(source, tsUsec, loginFailureSeconds);
    const window = isBurst ? loginBurstSeconds : loginFailureSeconds;
    const whose =
      users === 1 ? shown(account) : `${counted(users, 'account')} of ${session.domain}`;
    teller.raise(
      BRUTE_FORCE,
      { session, direction: 0, tsUsec },
      { key: ip, contributors: [account] },
      {
        summary: `${ip} guesses passwords of ${whose}: ${counted(failures, 'failed login')}, ${counted(isBurst ? burst : hour, 'guess', 'guesses')} within ${span(window)}`,
        ...{ source: ip, account, domain: session.domain, failures, users },
        not_authorized: notAuthorized,
        malformed_request: malformed,
        account_disabled: disabled,
        window_seconds: window,
      },
      { from: account, to: session.domain },
    );
  }

  #conditionsOf(source: number): number[] {
    const at = source * CONDITIONS.length;
    return Array.from(this.#conditions.values.subarray(at, at + CONDITIONS.length));
  }

  #judgeTarget({ tsUsec, session }: LoginOutcome, teller: Teller): void {
    const { loginTargetFailures, loginFailureSeconds } = this.#thresholds;
    const { accountKey, account, ip } = this.#party;
    if (account === '') return;
    const target = this.#targets.find(accountKey.high, accountKey.low, tsUsec);
    const guesses = this.#targetGuesses.within(target, tsUsec, loginFailureSeconds);
    if (guesses < loginTargetFailures) return;
    this.#targetToldUsec.values[target] = tsUsec;
    teller.raise(
      BRUTE_FORCE_TARGET,
      { session, direction: 0, tsUsec },
      { key: account, contributors: [ip] },
      {
        summary: `The password of ${shown(account)} is guessed: at least ${guesses} failed logins within ${span(loginFailureSeconds)}, the latest from ${ip}`,
        ...{ account, source: ip, failures: guesses, window_seconds: loginFailureSeconds },
      },
      { from: account, to: session.domain },
    );
  }

  #onRepeat(slot: number, { tsUsec, session }: LoginOutcome, teller: Teller): void {
    const repeats = (this.#repeats.values[slot] as number) + 1;
    this.#repeats.values[slot] = repeats;
    if (repeats < this.#thresholds.loginRepeats) return;
    const { account, ip } = this.#party;
    const seconds = Math.abs(tsUsec - (this.#since.values[slot] as number)) / 1e6;
    teller.raise(
      REPEATED_FAILURE,
      { session, direction: 0, tsUsec },
      { key: `${ip} ${account}`, contributors: [account] },
      {
        summary: `${shown(account)} fails to log in from ${ip} again and again: ${repeats} times within ${span(seconds)}, once per connection, as a client does that has saved a wrong password`,
        ...{ account, source: ip, failures: repeats, window_seconds: Math.round(seconds) },
      },
      { from: account, to: session.domain },
    );
  }

  /** A login succeeds: was it a guess that was right? Colleagues behind the same address guess nothing. */
  #onSuccess(login: LoginOutcome, teller: Teller): void {
    const { tsUsec, session } = login;
    const { pair, address, accountKey, account, ip } = this.#party;
    const slot = this.#pairs.find(pair.high, pair.low, tsUsec);
    if (slot < 0) return;
    const guesses = this.#pairGuesses.values[slot] as number;
    const source = this.#sources.find(address.high, address.low, tsUsec);
    const target = this.#targets.find(accountKey.high, accountKey.low, tsUsec);
    const told = (column: Column<Float64Array>, at: number): boolean =>
      at >= 0 && this.#isRecent(column.values[at] as number, tsUsec);
    this.#pairs.remove(slot);
    if (guesses === 0) return;
    if (!told(this.#sourceToldUsec, source) && !told(this.#targetToldUsec, target)) return;
    this.#history.noteGuessed(this.#party, tsUsec);
    teller.raise(
      SUCCESS_AFTER,
      { session, direction: 1, tsUsec },
      { key: account, contributors: [ip] },
      {
        summary: `${ip} logged in as ${shown(account)} after ${counted(guesses, 'wrong guess', 'wrong guesses')} at the password of that account`,
        ...{
          account,
          source: ip,
          failures: guesses,
          mechanism: login.mechanism,
          after: 'brute_force',
        },
      },
      { from: account, to: session.domain },
    );
  }

  #isRecent(usec: number, nowUsec: number): boolean {
    const { loginFailureSeconds } = this.#thresholds;
    return usec !== 0 && Math.abs(nowUsec - usec) <= loginFailureSeconds * 1e6;
  }
}

/** Notes the password's key in a row of a column; true when it stood there already. */
function isRepeated(keys: Int32Array, slot: number, key: SecretKey | undefined): boolean {
  if (key === undefined) return false;
  const isSame = keys[2 * slot] === key.high && keys[2 * slot + 1] === key.low;
  keys[2 * slot] = key.high;
  keys[2 * slot + 1] = key.low;
  return isSame;
}
