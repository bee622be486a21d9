/**
 * What belongs to the site: its networks, those of hosts that never chat, and its XMPP domains. Asked at logins and
 * for what is worth an alert, not for every stanza.
 */
import { BlockList, isIP } from 'node:net';
import { domainOf, isWithinDomain, normalizeDomain } from '../xmpp/index.ts';

export class Site {
  /** Are the domains of the site known? If not, nobody is internal or external by name. */
  readonly hasDomains: boolean;
  readonly #internal: Networks;
  readonly #noChat: Networks;
  readonly #domains: Domains;

  /** Blocks as `10.0.0.0/8`, checked by config/; domains as `corp.example`, which stand for those below them too. */
  constructor(
    internal: readonly string[],
    noChat: readonly string[],
    domains: readonly string[] = [],
  ) {
    this.#internal = new Networks(internal);
    this.#noChat = new Networks(noChat);
    this.#domains = new Domains(domains);
    this.hasDomains = domains.length > 0;
  }

  /** Is it a domain of the site, or one below (rooms, components)? As written in traffic; '' is not. */
  isInternalDomain(domain: string): boolean {
    return this.#domains.hold(domain);
  }

  /**
   * Does what goes from one JID to the other leave the organisation? Where its domains are not known, what goes to
   * another domain does, unless one lies within the other.
   */
  isLeaving(from: string, to: string): boolean {
    const [sender, addressee] = [domainOf(from), domainOf(to)];
    if (sender === '' || addressee === '') return false;
    if (this.hasDomains) return this.isInternalDomain(sender) && !this.isInternalDomain(addressee);
    const [a, b] = [normalizeDomain(sender), normalizeDomain(addressee)];
    return !isWithinDomain(a, b) && !isWithinDomain(b, a);
  }

  isInternal(address: string): boolean {
    return this.#internal.hold(address);
  }

  /** Is it a host that has no business chatting? */
  isNoChatHost(address: string): boolean {
    return this.#noChat.hold(address);
  }
}

/** Answers worth remembering: the check makes an object of every address, and folds every domain. */
const MOST_ANSWERS = 4096;
/** Longest name of DNS; what is longer is nobody's. */
const DOMAIN_CHARS = 255;

class Domains {
  readonly #names: readonly string[];
  readonly #answers = new Map<string, boolean>();

  constructor(names: readonly string[]) {
    this.#names = names.map((name) => normalizeDomain(name.replace(/^\*?\./, '')));
  }

  hold(domain: string): boolean {
    if (this.#names.length === 0 || domain === '' || domain.length > DOMAIN_CHARS) return false;
    const known = this.#answers.get(domain);
    if (known !== undefined) return known;
    const normal = normalizeDomain(domain);
    const answer = this.#names.some((name) => isWithinDomain(normal, name));
    if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear();
    this.#answers.set(domain, answer);
    return answer;
  }
}

class Networks {
  readonly #list = new BlockList();
  readonly #answers = new Map<string, boolean>();
  readonly #hasBlocks: boolean;

  constructor(blocks: readonly string[]) {
    this.#hasBlocks = blocks.length > 0;
    for (const block of blocks) {
      const [address = '', prefix] = block.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      this.#list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
    }
  }

  hold(address: string): boolean {
    if (!this.#hasBlocks) return false;
    const known = this.#answers.get(address);
    if (known !== undefined) return known;
    const family = isIP(address);
    const answer = family !== 0 && this.#list.check(address, family === 6 ? 'ipv6' : 'ipv4');
    if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear();
    this.#answers.set(address, answer);
    return answer;
  }
}
