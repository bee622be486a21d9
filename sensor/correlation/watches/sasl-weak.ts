/**
 * `sasl-weak`, the part that needs memory: a SCRAM nonce used before (RFC 5802 section 5.1 wants it new each time,
 * and who has read one exchange can use it again), and tokens for later logins (XEP-0484) a server hands out in clear.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import type { LoginOutcome } from '../../xmpp/index.ts';
import { LoginParty, accountName } from '../login-party.ts';
import { LruTable, type Column } from '../lru-table.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { counted, shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const NONCE_REUSED = eventId('auth.nonce_reused');
const TOKEN_ISSUED = eventId('auth.token_issued');
const SASL2 = nsId('urn:xmpp:sasl:2');
const FAST = nsId('urn:xmpp:fast:0');
const TOKEN = nameId('token');
const LIFE_SECONDS = 7 * 24 * 3600;

export function watchSaslWeak(options: WatchOptions): Watch {
  return new SaslWeakWatch(options);
}

class SaslWeakWatch implements Watch {
  readonly name = 'sasl-weak';
  readonly kinds = KINDS.nonza;
  readonly #party: LoginParty;
  readonly #nonces: LruTable;
  readonly #exchange: Column<Int32Array>;
  readonly #uses: Column<Uint32Array>;

  constructor({ memory, limits, endpointsOf }: WatchOptions) {
    this.#party = new LoginParty(endpointsOf);
    const capacity = limits.correlationLoginSecretEntries;
    this.#nonces = new LruTable(memory, 'login_nonces', capacity, LIFE_SECONDS);
    this.#exchange = this.#nonces.int32(2);
    this.#uses = this.#nonces.uint32();
  }

  login(login: LoginOutcome, teller: Teller): void {
    const { nonceKey, exchangeKey, tsUsec, session } = login;
    if (nonceKey === undefined || exchangeKey === undefined) return;
    const slot = this.#nonces.claim(nonceKey.high, nonceKey.low, tsUsec);
    const exchange = this.#exchange.values;
    const { wasNew } = this.#nonces;
    // With the server's nonce the same as well it is the same login: seen on both sides of a load balancer.
    const isSame =
      exchange[2 * slot] === exchangeKey.high && exchange[2 * slot + 1] === exchangeKey.low;
    exchange[2 * slot] = exchangeKey.high;
    exchange[2 * slot + 1] = exchangeKey.low;
    if (wasNew || isSame) return;
    const uses = (this.#uses.values[slot] as number) + 1;
    this.#uses.values[slot] = uses;
    const { account, ip } = this.#party.ofLogin(login);
    teller.raise(
      NONCE_REUSED,
      { session, direction: 0, tsUsec },
      { key: account, contributors: [ip] },
      {
        summary: `${shown(account)} logs in from ${ip} with a SCRAM nonce that was used ${counted(uses, 'time')} before`,
        ...{ account, source: ip, mechanism: login.mechanism, uses },
      },
      { from: account, to: session.domain },
    );
  }

  /** SASL2 hands tokens out in its success. */
  stanza(scene: Scene): void {
    const { tree, session, clientIp } = scene;
    if (scene.direction !== 1 || tree.isEmpty || tree.ns(0) !== SASL2) return;
    if (tree.child(0, FAST, TOKEN) < 0) return;
    const account = accountName(session.user, session.domain);
    scene.raise(
      TOKEN_ISSUED,
      { key: account, contributors: [clientIp] },
      {
        summary: `${shown(session.domain)} sent ${shown(account)} at ${clientIp} a token for later logins in clear: whoever read it can log in`,
        ...{ account, source: clientIp, domain: session.domain },
      },
    );
  }
}
