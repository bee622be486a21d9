/** What came in while it was listened: anything, both directions, XMPP, readable? */
import { counted, percent, span } from '../core/index.ts';
import { fail, ok, unknown, warn, type Check } from './types.ts';

export interface TrafficFacts {
  readonly name: string;
  /** The capture, or why there is none. */
  readonly capture:
    | { readonly isOpen: true; readonly isPromiscuous: boolean | undefined }
    | {
        readonly isOpen: false;
        readonly isDenied: boolean;
        readonly problem: string;
        readonly advice: string;
      };
  /** Is the interface up? A capture on one that is down cannot be tried. */
  readonly isUp: boolean;
  readonly wantsPromiscuous: boolean;
  readonly seen: Seen;
  /** The BPF expression of the configuration: '' when there is none. */
  readonly filter: string;
  /** Packets it let through, or why it was refused; undefined without one, and where nothing was tried. */
  readonly filtered: number | { readonly problem: string } | undefined;
  readonly snaplen: number;
  readonly deduplicates: boolean;
  readonly checksums: 'auto' | 'all' | 'none';
}

/** Counted while it was listened. */
export interface Seen {
  readonly seconds: number;
  readonly packets: number;
  /** Packets the listener itself had no time for. */
  readonly skipped: number;
  readonly tcp: number;
  /** Of tunnels this sensor does not look into: GRE (ERSPAN), VXLAN, Geneve. */
  readonly tunnelled: number;
  /** Connections of which enough came to judge, and those of which one direction only came. */
  readonly flows: number;
  readonly oneSidedFlows: number;
  readonly xmpp: {
    readonly flows: number;
    readonly oneSidedFlows: number;
    readonly toServer: number;
    readonly toClient: number;
    /** Packets that begin as XML does, and as TLS does. */
    readonly plain: number;
    readonly tls: number;
  };
  /** Second copies of a packet. */
  readonly copies: number;
  readonly badChecksums: number;
  /** Cut by the snap length. */
  readonly cut: number;
  /** Larger than the MTU allows. */
  readonly glued: number;
  /** Time of a packet minus the clock, seconds, of the one furthest off; undefined without packets. */
  readonly aheadSeconds: number | undefined;
}

const BOTH_DIRECTIONS =
  'Mirror both directions of the port (rx and tx; "both" in a SPAN session), or bring both links of the tap to the sensor';
/** From so many on a share says something. */
const FROM_PACKETS = 20;
const FROM_FLOWS = 3;
const ONE_SIDED_SHARE = 0.9;
const TUNNEL_SHARE = 0.5;
const COPIES_SHARE = 0.05;
const BAD_SHARE = 0.05;
const AHEAD_SECONDS = 5;
/** Packets may have waited for a busy process, but not for so long. */
const BEHIND_SECONDS = 60;

export function judgeTraffic(facts: TrafficFacts): Check[] {
  const opened = capture(facts);
  if (!facts.capture.isOpen) return [opened, ...notListened(facts)];
  const checks = [traffic, filter, directions, xmpp, frames, copies, checksums, time];
  return [opened, promiscuous(facts), ...checks.flatMap((check) => check(facts) ?? [])];
}

function capture({ capture: opened, isUp, name }: TrafficFacts): Check {
  if (opened.isOpen) return ok('interface.capture', 'A capture can be opened');
  const { isDenied, problem, advice } = opened;
  if (!isUp && !isDenied) {
    return unknown(
      'interface.capture',
      'Whether a capture can be opened shows only when the interface is up',
      `Run: ip link set ${name} up, then this again`,
    );
  }
  return fail('interface.capture', problem, advice);
}

function notListened({ name, filter: expression }: TrafficFacts): Check[] {
  const why = 'Nothing could be listened to, since there is no capture (interface.capture)';
  const again = `Once it can be opened: stanzawatch doctor -i ${name}`;
  const filters = expression === '' ? [] : [unknown('interface.filter', why, again)];
  return [unknown('interface.traffic', why, again), ...filters];
}

function promiscuous({ capture: opened, wantsPromiscuous }: TrafficFacts): Check {
  if (!wantsPromiscuous) {
    return warn(
      'interface.promiscuous',
      'capture.promiscuous is off: the card passes on what is for itself only, and a mirror is for others',
      'Set capture.promiscuous to true',
    );
  }
  const isPromiscuous = opened.isOpen ? opened.isPromiscuous : undefined;
  if (isPromiscuous === true) return ok('interface.promiscuous', 'Promiscuous mode works');
  if (isPromiscuous === undefined) {
    return unknown(
      'interface.promiscuous',
      'Whether the card went into promiscuous mode cannot be read',
      'A virtual switch must allow it for this port (VMware: promiscuous mode accept)',
    );
  }
  return fail(
    'interface.promiscuous',
    'The interface does not go into promiscuous mode: what is for others is thrown away',
    'Allow it where the interface belongs to a virtual switch (VMware: promiscuous mode accept)',
  );
}

function traffic({ name, seen }: TrafficFacts): Check {
  const { packets, tcp, tunnelled, seconds, skipped } = seen;
  if (packets + skipped === 0) {
    return warn(
      'interface.traffic',
      `No packet came in ${span(seconds)}`,
      `Check the mirror session (source and destination port, VLANs), then: tcpdump -c 5 -ni ${name}`,
    );
  }
  const more = skipped === 0 ? '' : ` (${counted(skipped)} more went by unseen)`;
  const text = `${counted(packets)} packets in ${span(seconds)}, ${counted(tcp)} of them TCP${more}`;
  if (packets >= FROM_PACKETS && tunnelled / packets > TUNNEL_SHARE) {
    return fail(
      'interface.traffic',
      `${text}; ${percent(tunnelled / packets)} are in a tunnel (GRE, ERSPAN, VXLAN, Geneve), into which this sensor does not look`,
      'Let the switch end the tunnel, or let the kernel: ip link add type erspan (or vxlan), and listen on that interface',
    );
  }
  if (packets >= FROM_PACKETS && tcp === 0) {
    return warn(
      'interface.traffic',
      `${text}: broadcasts of the switch itself, but nothing that is mirrored`,
      'Check the source of the mirror session: port, VLANs, and that it is active',
    );
  }
  return ok('interface.traffic', text);
}

function filter({ filter: expression, filtered, seen }: TrafficFacts): Check | undefined {
  if (expression === '' || filtered === undefined) return undefined;
  if (typeof filtered !== 'number') {
    return fail(
      'interface.filter',
      filtered.problem,
      'Correct capture.filter; pcap-filter(7) has the language',
    );
  }
  const text = `The filter "${expression}" lets ${counted(filtered)} of ${counted(seen.packets)} packets through`;
  if (filtered > 0 || seen.packets < FROM_PACKETS) return ok('interface.filter', text);
  return warn(
    'interface.filter',
    text,
    'Widen capture.filter; frames with VLAN tags want: vlan and (...), PPPoE: pppoes and (...)',
  );
}

function directions({ seen }: TrafficFacts): Check {
  const { xmpp: of, flows, oneSidedFlows } = seen;
  if (of.oneSidedFlows > 0 && of.oneSidedFlows / of.flows >= ONE_SIDED_SHARE) {
    const missing =
      of.toServer >= of.toClient ? 'nothing that servers send' : 'nothing that clients send';
    return fail(
      'interface.directions',
      `Only one direction of ${counted(of.oneSidedFlows)} XMPP ${of.oneSidedFlows === 1 ? 'connection' : 'connections'} is seen: ${missing} (${counted(of.toServer)} packets to servers, ${counted(of.toClient)} from them)`,
      BOTH_DIRECTIONS,
    );
  }
  if (flows >= FROM_FLOWS && oneSidedFlows / flows >= ONE_SIDED_SHARE) {
    return fail(
      'interface.directions',
      `Only one direction of ${counted(oneSidedFlows)} of ${counted(flows)} TCP connections is seen`,
      BOTH_DIRECTIONS,
    );
  }
  if (of.flows > 0) {
    const text = `Both directions of ${counted(of.flows - of.oneSidedFlows)} XMPP ${of.flows === 1 ? 'connection' : 'connections'} are seen`;
    if (of.oneSidedFlows === 0) return ok('interface.directions', text);
    return warn(
      'interface.directions',
      `${text}; of ${counted(of.oneSidedFlows)} only one: part of the traffic goes another way`,
      'Mirror the other path too (second uplink, other member of the bond)',
    );
  }
  if (flows >= FROM_FLOWS) {
    return ok(
      'interface.directions',
      `Both directions of ${counted(flows - oneSidedFlows)} of ${counted(flows)} TCP connections are seen`,
    );
  }
  return unknown(
    'interface.directions',
    `Too little TCP came in ${span(seen.seconds)} to tell whether both directions are seen`,
    'Try again while people chat, or longer: --seconds 30',
  );
}

function xmpp({ seen }: TrafficFacts): Check {
  const { flows, plain, tls, toServer, toClient } = seen.xmpp;
  if (plain > 0) {
    return ok(
      'interface.xmpp',
      `Readable XMPP is seen: ${counted(plain)} packets begin with XML, on ${counted(flows)} ${flows === 1 ? 'connection' : 'connections'}`,
    );
  }
  if (tls > 0) {
    return warn(
      'interface.xmpp',
      `The XMPP connections seen are encrypted (${counted(tls)} TLS records): there is nothing to read for this sensor`,
      'To look inside, capture behind the proxy that ends TLS; otherwise this is as it should be',
    );
  }
  const quiet = toServer + toClient;
  if (quiet > 0) {
    return unknown(
      'interface.xmpp',
      `${counted(quiet)} packets on XMPP ports, none with the beginning of a stanza: whether they can be read is not clear yet`,
      'Try again while people chat, or longer: --seconds 30',
    );
  }
  if (seen.tcp >= FROM_PACKETS) {
    return warn(
      'interface.xmpp',
      `${counted(seen.tcp)} TCP packets, and none is XMPP`,
      'Is the port of the chat server mirrored, and its VLAN? Try longer: --seconds 30',
    );
  }
  return unknown(
    'interface.xmpp',
    `Too little came in ${span(seen.seconds)} to tell whether XMPP is seen`,
    'Try again while people chat, or longer: --seconds 30',
  );
}

function frames({ seen, snaplen }: TrafficFacts): Check | undefined {
  if (seen.cut > 0) {
    return fail(
      'interface.frames',
      `${counted(seen.cut)} frames were cut at ${counted(snaplen)} bytes (capture.snaplen): what is cut off is not read`,
      'Set capture.snaplen to 262144, or switch off what glues segments: ethtool -K DEVICE gro off lro off',
    );
  }
  return seen.packets === 0 ? undefined : ok('interface.frames', 'Frames come whole');
}

function copies({ seen, deduplicates }: TrafficFacts): Check | undefined {
  if (seen.tcp < FROM_PACKETS) return undefined;
  const share = seen.copies / seen.tcp;
  if (share < COPIES_SHARE) return ok('interface.copies', 'Packets come once');
  const text = `${percent(share)} of the TCP packets come twice: the mirror takes them in at two places`;
  if (!deduplicates) {
    return warn(
      'interface.copies',
      `${text}, and capture.deduplicate is off`,
      'Set capture.deduplicate to true, or mirror one place only',
    );
  }
  return ok('interface.copies', `${text}; the second copies are left out`);
}

function checksums({ seen, checksums: mode }: TrafficFacts): Check | undefined {
  if (seen.tcp < FROM_PACKETS) return undefined;
  const share = seen.badChecksums / seen.tcp;
  if (share < BAD_SHARE) return ok('interface.checksums', 'Checksums are right');
  const text = `${percent(share)} of the TCP packets have a wrong checksum: a card fills it in behind the capture`;
  if (mode === 'all') {
    return fail(
      'interface.checksums',
      `${text}; with checksums: all they are thrown away`,
      'Set checksums to auto, or switch it off on the host that sends: ethtool -K DEVICE tx off',
    );
  }
  return ok('interface.checksums', `${text}; they are read all the same (checksums: ${mode})`);
}

function time({ seen }: TrafficFacts): Check | undefined {
  const { aheadSeconds } = seen;
  if (aheadSeconds === undefined) return undefined;
  if (aheadSeconds <= AHEAD_SECONDS && aheadSeconds >= -BEHIND_SECONDS) {
    return ok('interface.time', 'Time stamps of packets agree with the clock');
  }
  return warn(
    'interface.time',
    `Packets bear times ${span(Math.abs(aheadSeconds))} ${aheadSeconds > 0 ? 'in the future' : 'in the past'}`,
    'Set the clock (timedatectl), or switch off time stamps of the card that come from another clock',
  );
}
