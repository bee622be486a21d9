/** What belongs to the site: its networks, and those of hosts that never chat. Asked at logins, not for stanzas. */
import { BlockList, isIP } from 'node:net';

export class Site {
  readonly #internal: Networks;
  readonly #noChat: Networks;

  /** Blocks as `10.0.0.0/8`, checked by config/. */
  constructor(internal: readonly string[], noChat: readonly string[]) {
    this.#internal = new Networks(internal);
    this.#noChat = new Networks(noChat);
  }

  isInternal(address: string): boolean {
    return this.#internal.hold(address);
  }

  /** Is it a host that has no business chatting? */
  isNoChatHost(address: string): boolean {
    return this.#noChat.hold(address);
  }
}

/** Answers worth remembering: the check makes an object of every address. */
const MOST_ANSWERS = 4096;

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
