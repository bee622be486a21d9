/**
 * `starttls-stripped`: a server that offered STARTTLS, or demanded it, no longer does. Whoever sits on the path and
 * takes the offer out reads everything. One incident per server; a new configuration stops it once it has stood
 * for a while (tables/server-features.ts). A password in clear on such a stream is the attack's success.
 */
import { eventId } from '../../core/index.ts';
import type { XmppEvent } from '../../xmpp/index.ts';
import { LoginParty, accountName } from '../login-party.ts';
import type { Scene } from '../scene.ts';
import type { ServerFeatureTable } from '../tables/server-features.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const STRIPPED = eventId('policy.starttls_stripped');
const REQUIRED_STRIPPED = eventId('policy.starttls_required_stripped');
const PATH_ATTACK = eventId('policy.path_attack');
const PASSWORDS = [
  'xmpp.sasl_plain_clear',
  'xmpp.sasl_plain_clear_success',
  'xmpp.legacy_auth_password',
].map(eventId);

export function watchStarttlsStripped(options: WatchOptions): Watch {
  return new StarttlsStrippedWatch(options);
}

class StarttlsStrippedWatch implements Watch {
  readonly name = 'starttls-stripped';
  readonly kinds = KINDS.nonza;
  readonly events = PASSWORDS;
  readonly #features: ServerFeatureTable;
  readonly #party: LoginParty;

  constructor({ tables, endpointsOf }: WatchOptions) {
    this.#features = tables.serverFeatures;
    this.#party = new LoginParty(endpointsOf);
  }

  stanza(scene: Scene): void {
    const judgement = this.#features.judge(scene);
    const baseline = judgement?.baseline;
    if (judgement?.lostStarttls !== true || baseline === undefined) return;
    const { domain, connection } = scene.session;
    const { clientIp, serverIp } = scene;
    const wasRequired = baseline.starttls === 'required';
    const isGone = judgement.offer.starttls === 'absent';
    const offered = wasRequired ? 'demanded STARTTLS' : 'offered STARTTLS';
    const now = isGone ? 'no longer offers it' : 'only offers it';
    const known = span(Math.abs(scene.nowUsec - baseline.firstUsec) / 1e6);
    scene.raise(
      wasRequired ? REQUIRED_STRIPPED : STRIPPED,
      {
        key: `${serverIp} ${baseline.serverPort} ${domain} ${connection}`,
        contributors: [clientIp],
      },
      {
        summary: `${shown(domain)} at ${serverIp} ${offered} for ${known} and ${now} to ${clientIp}`,
        ...{ domain, server: serverIp, client: clientIp, connection },
        ...{ baseline: baseline.starttls, now: judgement.offer.starttls },
        baseline_sessions: baseline.sessions,
      },
    );
  }

  event({ session, tsUsec, event }: XmppEvent, teller: Teller): void {
    if (!this.#features.isWeakened(session)) return;
    const { domain, mechanism } = session;
    const account = accountName(session.user, domain);
    const { ip } = this.#party.of(session.flow, account);
    const outcome = event === PASSWORDS[1] ? 'accepted' : 'sent';
    teller.raise(
      PATH_ATTACK,
      { session, direction: 0, tsUsec },
      { key: domain, contributors: [account, ip] },
      {
        summary: `The password of ${shown(account)} was ${outcome} in clear from ${ip} on a stream where ${shown(domain)} was made to offer less protection than it did before`,
        ...{ account, client: ip, domain, mechanism, outcome },
      },
      { from: account, to: domain },
    );
  }
}
