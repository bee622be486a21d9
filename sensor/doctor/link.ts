/** An interface as the kernel has it: there, up, with a carrier, silent towards the network. */
import { fail, ok, unknown, warn, type Check } from './types.ts';

/** Bits of /sys/class/net/NAME/flags (if.h). */
export const IFF_UP = 0x1;
export const IFF_PROMISC = 0x100;

export interface LinkFacts {
  readonly name: string;
  /** Undefined when there is no such interface; `any` stands for all of them. */
  readonly link:
    | {
        readonly isUp: boolean;
        /** Undefined where the kernel does not say (an interface that is down has none). */
        readonly hasCarrier: boolean | undefined;
        /** Megabits a second; undefined where the device has no speed. */
        readonly speed: number | undefined;
        readonly duplex: string;
        readonly mtu: number | undefined;
      }
    | 'any'
    | undefined;
  /** Interfaces there are. */
  readonly known: readonly string[];
  /** Addresses of the interface. */
  readonly addresses: readonly string[];
  readonly isLoopback: boolean;
}

/** An Ethernet frame of full size. */
const MTU_LEAST = 1500;

export function judgeLink(facts: LinkFacts): Check[] {
  const { name, link, known } = facts;
  if (link === undefined) {
    const others = known.length === 0 ? 'There is no interface here' : known.join(', ');
    return [fail('interface.link', `There is no interface ${name}`, `Interfaces here: ${others}`)];
  }
  if (link === 'any') {
    return [
      warn(
        'interface.link',
        'any is all interfaces of this host at once, the one you work over included',
        'Name the interface the mirror is connected to',
      ),
    ];
  }
  return [state(name, link), mtu(name, link), ...address(facts)];
}

type Link = Exclude<LinkFacts['link'], 'any' | undefined>;

function state(name: string, { isUp, hasCarrier, speed, duplex }: Link): Check {
  if (!isUp) {
    return fail('interface.link', 'The interface is down', `Run: ip link set ${name} up`);
  }
  if (hasCarrier === false) {
    return fail(
      'interface.link',
      'The interface is up but has no carrier: nothing is connected, or the other end is off',
      'Check the cable and the transceiver, and that the mirror port of the switch is enabled',
    );
  }
  if (hasCarrier === undefined) {
    return unknown(
      'interface.link',
      'The interface is up; whether something is connected cannot be told',
      `Look at: ip link show ${name}`,
    );
  }
  const rate = speed === undefined ? '' : `, ${speed} Mb/s`;
  if (duplex === 'half') {
    return warn(
      'interface.link',
      `Up with a carrier${rate}, half duplex: a mirror in both directions does not fit`,
      'Let both ends negotiate, or set the same speed and full duplex at both',
    );
  }
  return ok('interface.link', `Up with a carrier${rate}`);
}

function mtu(name: string, { mtu: size }: Link): Check {
  if (size === undefined) {
    return unknown('interface.mtu', 'The MTU cannot be read', `Look at: ip link show ${name}`);
  }
  if (size >= MTU_LEAST) return ok('interface.mtu', `MTU ${size}`);
  return warn(
    'interface.mtu',
    `MTU ${size}: the card may throw larger frames away, and usual ones have ${MTU_LEAST}`,
    `Run: ip link set ${name} mtu ${MTU_LEAST} (more where jumbo frames are mirrored)`,
  );
}

/** A mirror port that has an address answers into a port which expects nothing. */
function address({ name, addresses, isLoopback }: LinkFacts): Check[] {
  if (isLoopback) return [];
  if (addresses.length === 0)
    return [ok('interface.address', 'No address, as a mirror port should')];
  const shown = addresses.slice(0, 3).join(', ');
  const more = addresses.length > 3 ? ` and ${addresses.length - 3} more` : '';
  return [
    warn(
      'interface.address',
      `The interface has ${addresses.length === 1 ? 'an address' : 'addresses'} (${shown}${more}): fine on a host that is to see its own traffic, wrong on a mirror port`,
      `On a mirror port: ip addr flush dev ${name}; sysctl -w net.ipv6.conf.${name}.disable_ipv6=1`,
    ),
  ];
}
