/** What belongs to the site: its networks, and those of hosts that never chat. Asked at logins, not for stanzas. */
import { BlockList, isIP } from 'node:net';

export class Site {
  readonly #internal: BlockList;
  readonly #noChat: BlockList;

  /** Blocks as `10.0.0.0/8`, checked by config/. */
  constructor(internal: readonly string[], noChat: readonly string[]) {
    this.#internal = listOf(internal);
    this.#noChat = listOf(noChat);
  }

  isInternal(address: string): boolean {
    return holds(this.#internal, address);
  }

  /** Is it a host that has no business chatting? */
  isNoChatHost(address: string): boolean {
    return holds(this.#noChat, address);
  }
}

function listOf(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

function holds(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
