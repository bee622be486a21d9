/**
 * `sasl-downgrade`: a server offers weaker logins than it did (XEP-0474 tells of the attack), or a client that is
 * known to use SCRAM sends its password as it is.
 */
import { eventId } from '../../core/index.ts';
import { nsId } from '../../xml/index.ts';
import { accountName } from '../login-party.ts';
import { Key } from '../keys.ts';
import { STRENGTH, strongest } from '../mechanisms.ts';
import type { Scene } from '../scene.ts';
import type { ClientPrints } from '../tables/client-prints.ts';
import type { LoginHistory } from '../tables/login-history.ts';
import type { ServerFeatureTable } from '../tables/server-features.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { SessionMarks } from '../by-flow.ts';

const WEAKENED = eventId('auth.mechanisms_weakened');
const DOWNGRADED = eventId('auth.client_downgraded');
const SASL = nsId('urn:ietf:params:xml:ns:xmpp-sasl');
const SASL2 = nsId('urn:xmpp:sasl:2');
/** Mechanisms that send the password itself. */
const PASSWORD_ITSELF = new Set(['PLAIN', 'LOGIN']);
const MAX_NAMED = 4;

export function watchSaslDowngrade(options: WatchOptions): Watch {
  return new SaslDowngradeWatch(options);
}

class SaslDowngradeWatch implements Watch {
  readonly name = 'sasl-downgrade';
  readonly kinds = KINDS.nonza;
  readonly #features: ServerFeatureTable;
  readonly #history: LoginHistory;
  readonly #prints: ClientPrints;
  /** By flow: session that was told. */
  readonly #told = new SessionMarks();
  readonly #account = new Key();

  constructor({ tables }: WatchOptions) {
    this.#features = tables.serverFeatures;
    this.#history = tables.loginHistory;
    this.#prints = tables.clientPrints;
  }

  stanza(scene: Scene): void {
    if (scene.direction === 1) this.#onOffer(scene);
    else this.#onLogin(scene);
  }

  #onOffer(scene: Scene): void {
    const judgement = this.#features.judge(scene);
    const baseline = judgement?.baseline;
    if (judgement === undefined || baseline === undefined) return;
    const lost = judgement.lostMechanisms;
    if (lost.length === 0) return;
    const { domain, connection } = scene.session;
    const { clientIp, serverIp } = scene;
    const named = lost.slice(0, MAX_NAMED).join(', ');
    scene.raise(
      WEAKENED,
      {
        key: `${serverIp} ${baseline.serverPort} ${domain} ${connection}`,
        contributors: [clientIp],
      },
      {
        summary: `${shown(domain)} at ${serverIp} no longer offers ${named} to ${clientIp}, what is left is ${judgement.offer.mechanisms.slice(0, MAX_NAMED).join(', ')}`,
        ...{ domain, server: serverIp, client: clientIp, lost: lost.join(' ').slice(0, 256) },
        offered: judgement.offer.mechanisms.join(' ').slice(0, 256),
        baseline_sessions: baseline.sessions,
      },
    );
  }

  #onLogin(scene: Scene): void {
    const { session, tree, nowUsec } = scene;
    const { user, domain, mechanism, flow } = session;
    if (user === '' || !PASSWORD_ITSELF.has(mechanism) || tree.isEmpty) return;
    if ((tree.ns(0) !== SASL && tree.ns(0) !== SASL2) || this.#told.has(session)) return;
    const print = this.#prints.of(flow);
    if (print === undefined) return;
    const account = accountName(user, domain);
    const best = this.#history.strengthOf(this.#account.ofText(account), print, nowUsec);
    if (best < STRENGTH.scram) return;
    const baseline = this.#features.baselineOf(scene);
    const known = baseline?.mechanisms ?? [];
    // A server that has stopped offering SCRAM for good leaves its clients no choice.
    if (known.length > 0 && strongest(known) < STRENGTH.scram) return;
    this.#told.add(session);
    const { clientIp, serverIp } = scene;
    scene.raise(
      DOWNGRADED,
      { key: `${serverIp} ${domain}`, contributors: [account, clientIp] },
      {
        summary: `The client of ${shown(account)} at ${clientIp} has logged in by SCRAM before and now sends its password by ${mechanism}`,
        ...{ account, client: clientIp, domain, server: serverIp, mechanism },
      },
    );
  }
}
