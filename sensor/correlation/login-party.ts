/** Who logs in and from where: keys and words for the login in hand. One object, set anew for each. */
import { isIpv4 } from '../core/index.ts';
import type { LoginOutcome } from '../xmpp/index.ts';
import { Key } from './keys.ts';
import { addressText, type EndpointsOf } from './scene.ts';

/** Networks somebody moves within: what a site or a provider hands out (IPv4 /24 and /16, IPv6 /64 and /32). */
const NEAR = { v4: -1 << 8, v6Words: 2 };
const WIDE = { v4: -1 << 16, v6Words: 1 };

export class LoginParty {
  /** Are the addresses known? Not in every case of a rule. */
  isPlaced = false;
  /** `user@domain`, lower case; '' when the login names nobody. */
  account = '';
  /** Client's address, and the network it is in, as text. */
  ip = '';
  network = '';
  readonly accountKey = new Key();
  readonly address = new Key();
  readonly near = new Key();
  readonly wide = new Key();
  /** Account at that address. */
  readonly pair = new Key();
  readonly #endpointsOf: EndpointsOf;

  constructor(endpointsOf: EndpointsOf) {
    this.#endpointsOf = endpointsOf;
  }

  ofLogin({ session, user, domain }: LoginOutcome): this {
    return this.of(session.flow, accountName(user, domain));
  }

  of(flow: number, account: string): this {
    this.account = account;
    this.accountKey.ofText(account);
    const words = this.#endpointsOf(flow)?.clientWords;
    this.isPlaced = words !== undefined;
    const [a = 0, b = 0, c = 0, d = 0] = Array.from(words ?? []);
    const isV4 = isIpv4(a, b, c);
    const masked = ({ v4, v6Words }: typeof NEAR): [number, number, number, number] =>
      isV4 ? [a, b, c, d & v4] : [a, v6Words > 1 ? b : 0, 0, 0];
    const near = masked(NEAR);
    this.ip = addressText(words);
    this.network = `${addressText(near)}/${isV4 ? 24 : 64}`;
    this.address.ofFour(a, b, c, d);
    this.near.ofFour(...near);
    this.wide.ofFour(...masked(WIDE));
    this.pair.ofPair(this.address, this.accountKey);
    return this;
  }
}

/** The account a login names: users give their domain themselves at times. */
export function accountName(user: string, domain: string): string {
  const isWhole = user === '' || domain === '' || user.includes('@') || user === domain;
  return (isWhole ? user : `${user}@${domain}`).toLowerCase();
}
