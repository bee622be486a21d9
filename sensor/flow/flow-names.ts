/**
 * What the records of a flow call it: addresses as text, VLANs, community id. It stays the same for the flow's life
 * and costs more than all other facts together, so the flows that were asked about last are remembered.
 */
import { formatAddress, isIpv4 } from '../core/index.ts';
import { communityId } from './community-id.ts';
import { CLIENT, FLOW_ID, PORTS, SERVER, VLAN0, VLAN1, type FlowStore } from './flow-store.ts';
import type { FlowInfo } from './types.ts';

/** Flows remembered; a power of two. A login asks three times within milliseconds, a close twice. */
const REMEMBERED = 4096;

export type FlowName = Pick<
  FlowInfo,
  | 'flowId'
  | 'clientIp'
  | 'clientPort'
  | 'serverIp'
  | 'serverPort'
  | 'ipVersion'
  | 'vlan'
  | 'communityId'
>;

const NO_VLAN: readonly number[] = [];

export class FlowNames {
  readonly #store: FlowStore;
  readonly #seed: number;
  /** By flow index modulo REMEMBERED; an index that was given to another flow has another id. */
  readonly #known: (FlowName | undefined)[] = Array.from({ length: REMEMBERED }, () => undefined);

  /** `seed`: of the community id. */
  constructor(store: FlowStore, seed: number) {
    this.#store = store;
    this.#seed = seed;
  }

  of(flow: number): FlowName {
    const slot = flow & (REMEMBERED - 1);
    const known = this.#known[slot];
    if (known !== undefined && known.flowId === this.#store.number(flow, FLOW_ID)) return known;
    const name = this.#read(flow);
    this.#known[slot] = name;
    return name;
  }

  #read(flow: number): FlowName {
    const store = this.#store;
    const { words } = store;
    const client = store.row(flow) + CLIENT;
    const server = store.row(flow) + SERVER;
    const ports = store.word(flow, PORTS);
    const vlans = [store.word(flow, VLAN0), store.word(flow, VLAN1)].filter((id) => id >= 0);
    const isV4 = isIpv4(
      words[client] as number,
      words[client + 1] as number,
      words[client + 2] as number,
    );
    return {
      flowId: store.number(flow, FLOW_ID),
      clientIp: addressText(words, client),
      clientPort: ports >>> 16,
      serverIp: addressText(words, server),
      serverPort: ports & 0xffff,
      ipVersion: isV4 ? 4 : 6,
      vlan: vlans.length === 0 ? NO_VLAN : vlans,
      communityId: communityId(words, client, ports >>> 16, server, ports & 0xffff, this.#seed),
    };
  }
}

function addressText(words: Int32Array, at: number): string {
  return formatAddress(
    words[at] as number,
    words[at + 1] as number,
    words[at + 2] as number,
    words[at + 3] as number,
  );
}
