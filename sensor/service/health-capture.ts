/** Is everything seen? Capture, losses, silence, what cannot be read. */
import type { HealthCheck } from '../api/index.ts';
import { lately, seenPercent, total, type HealthFacts } from './health-facts.ts';
import { bad, counted, ok, percent, span, warning, type Check } from './health-words.ts';

/** Shares of packets lost. */
const DROPS_WARNING = 0.0001;
const DROPS_BAD = 0.01;
/** Percent of the stream bytes. */
const SEEN_WARNING = 99;
const SEEN_BAD = 90;
/** In capture files nobody can mend the past: gaps are worth a word only where they are many. */
const SEEN_WARNING_FILES = 90;
/** Fewer bytes say nothing about a share. */
const SEEN_FROM_BYTES = 100_000;
const SILENT_SECONDS = 300;
const SILENT_BAD_SECONDS = 3600;
/** So much traffic of other kinds, and for so long, before it is odd that none is XMPP. */
const NO_XMPP_PACKETS = 20_000;
const NO_XMPP_SECONDS = 600;
const ENCRYPTED_SHARE = 0.9;
const ENCRYPTED_FROM_FLOWS = 20;
/** Stanzas of one direction without a single one of the other. */
const ONE_SIDED_STANZAS = 50;
const LAG_WARNING_SECONDS = 2;
const LAG_BAD_SECONDS = 30;
const CLOCK_AHEAD_SECONDS = 5;
/** Packets that old did not wait: their clock, or ours, is wrong. */
const CLOCK_BEHIND_SECONDS = 3600;
/** A sensor says how it is every few seconds. */
const REPORT_SECONDS = 120;

function capture({ isLive, interfaces, workers, source }: HealthFacts): HealthCheck | undefined {
  if (!isLive) return undefined;
  const lost = interfaces.filter((each) => !each.isCapturing).map(({ name }) => name);
  if (lost.length > 0) {
    return bad(
      'capture',
      `${lost.join(', ')} is gone: nothing is captured there`,
      'Plug it in or bring it up (ip link set DEVICE up); capture goes on by itself',
    );
  }
  if (interfaces.length === 0 && !workers.some(({ isUp }) => isUp)) {
    return bad(
      'capture',
      'No capture worker runs',
      'It is started again; the log says why it ended',
    );
  }
  return ok('capture', `Listening on ${source}`);
}

/** A replay writes one row, at its end, as if no time had gone by. */
function isReplay({
  isLive,
  uptimeSeconds,
}: Pick<HealthFacts, 'isLive' | 'uptimeSeconds'>): boolean {
  return !isLive && uptimeSeconds === 0;
}

/** What the sensor behind a store last said, and when. */
function report({
  isLive,
  reportedUsec,
  nowUsec,
  uptimeSeconds,
}: HealthFacts): HealthCheck | undefined {
  if (isLive) return undefined;
  if (reportedUsec === undefined) return undefined;
  if (isReplay({ isLive, uptimeSeconds }))
    return ok('sensor', 'No sensor runs: the store was filled from capture files');
  const ago = (nowUsec - reportedUsec) / 1e6;
  if (ago <= REPORT_SECONDS) return ok('sensor', 'The sensor behind this store is running');
  return bad(
    'sensor',
    `The sensor behind this store has said nothing for ${span(ago)}`,
    'Start it again if it should run: stanzawatch run',
  );
}

function drops(facts: HealthFacts): HealthCheck | undefined {
  if (!facts.isLive) return undefined;
  const kernel = lately(facts, 'captureDroppedKernel');
  const device = lately(facts, 'captureDroppedInterface');
  const all = lately(facts, 'capturePackets') + kernel + device;
  const share = all === 0 ? 0 : (kernel + device) / all;
  if (share < DROPS_WARNING) return ok('drops', 'The kernel and the interfaces drop nothing');
  const isDevice = device > kernel;
  const say = share >= DROPS_BAD ? bad : warning;
  return say(
    'drops',
    `${isDevice ? 'The interface' : 'The kernel'} dropped ${percent(share)} of the packets lately (${counted(kernel + device)})`,
    isDevice
      ? 'Raise the ring of the card (ethtool -G DEVICE rx 4096), and switch its offloads off (stanzawatch doctor)'
      : 'Raise capture.ring_bytes or capture.workers, narrow the BPF filter, and switch offloads off (stanzawatch doctor)',
  );
}

function shed(facts: HealthFacts): HealthCheck | undefined {
  if (!facts.isLive) return undefined;
  const skipped = lately(facts, 'captureDroppedShed');
  if (skipped === 0) return ok('shed', 'No packet is skipped for overload');
  const share = skipped / (lately(facts, 'capturePackets') + skipped);
  const isBad = share >= DROPS_BAD;
  const say = isBad ? bad : warning;
  // A flood that cannot even be skipped has the capture opened anew: what comes in that moment no kernel counts.
  const more = isBad ? '; some more may show only as what is missing in connections' : '';
  return say(
    'shed',
    `${percent(share)} of the packets were skipped lately, since there was no time to look at them (${counted(skipped)})${more}`,
    'Raise capture.workers, narrow the BPF filter, or disable costly rules (stanzawatch rules list)',
  );
}

/** In a replay and for a store alone: of all, else of the last minutes. */
function seen(facts: HealthFacts): HealthCheck | undefined {
  const figures = facts.isLive ? facts.lately.counted : facts.totals;
  const share = seenPercent(figures);
  const known = (figures.tcpSeenBytes ?? 0) + (figures.tcpGapBytes ?? 0);
  if (share === undefined || known < SEEN_FROM_BYTES) return undefined;
  const toServer = stanzas(figures, 'ToServer');
  const toClient = stanzas(figures, 'ToClient');
  const isOneSided =
    Math.min(toServer, toClient) === 0 && Math.max(toServer, toClient) >= ONE_SIDED_STANZAS;
  const missing = toServer === 0 ? 'nothing clients send' : 'nothing servers send';
  if (isReplay(facts)) return seenInFiles(share, isOneSided ? missing : '');
  if (isOneSided) {
    return bad(
      'seen',
      `Only one direction is seen: ${missing}`,
      'Mirror both directions of the port (rx and tx), or capture on both links',
    );
  }
  if (share >= SEEN_WARNING) return ok('seen', `${share} % of the stream bytes are seen`);
  const say = share < SEEN_BAD ? bad : warning;
  return say(
    'seen',
    `Only ${share} % of the stream bytes are seen; what attackers send in the rest is missed`,
    'The mirror port gets more than it can send, or packets go another way too: mirror fewer ports, use a tap, or a faster port',
  );
}

/** What was captured is all there is: no port, tap or link of now has a part in it. */
function seenInFiles(share: number, missing: string): HealthCheck {
  if (missing !== '') {
    return warning(
      'seen',
      `The capture files hold only one direction: ${missing}`,
      'Take the capture again with both directions, or accept that half of it is missing',
    );
  }
  if (share >= SEEN_WARNING_FILES) {
    return ok('seen', `${share} % of the stream bytes are in the capture files`);
  }
  return warning(
    'seen',
    `The capture files have gaps: ${share} % of the stream bytes are in them; what attackers sent in the rest is missed`,
    'Take the capture again (whole packets, nothing dropped), or accept the gaps',
  );
}

function stanzas(figures: HealthFacts['totals'], way: 'ToServer' | 'ToClient'): number {
  return (
    (figures[`stanzasMessage${way}`] ?? 0) +
    (figures[`stanzasPresence${way}`] ?? 0) +
    (figures[`stanzasIq${way}`] ?? 0)
  );
}

function silence({
  isLive,
  silentSeconds,
  uptimeSeconds,
  source,
}: HealthFacts): HealthCheck | undefined {
  if (!isLive) return undefined;
  const silent = silentSeconds ?? uptimeSeconds;
  if (silent < SILENT_SECONDS) return undefined;
  const say = silent >= SILENT_BAD_SECONDS ? bad : warning;
  return say(
    'silence',
    `No packet has come on ${source} for ${span(silent)}`,
    'Check the mirror session, the cable, and the BPF filter (tcpdump -ni DEVICE)',
  );
}

function xmpp(facts: HealthFacts): HealthCheck | undefined {
  if (!facts.isLive || facts.uptimeSeconds < NO_XMPP_SECONDS) return undefined;
  if (total(facts, 'capturePackets') < NO_XMPP_PACKETS) return undefined;
  if (total(facts, 'xmppFlows') + total(facts, 'encryptedDirect') > 0) return undefined;
  return warning(
    'xmpp',
    `There is traffic (${counted(total(facts, 'capturePackets'))} packets), and none of it is XMPP`,
    'Is the right port or VLAN mirrored, does the BPF filter let ports 5222 and 5269 through, and is the chat server on this path?',
  );
}

function encrypted(facts: HealthFacts): HealthCheck | undefined {
  const hidden = total(facts, 'encryptedStarttls') + total(facts, 'encryptedDirect');
  const all = total(facts, 'xmppFlows') + total(facts, 'encryptedDirect');
  if (all < ENCRYPTED_FROM_FLOWS || hidden / all < ENCRYPTED_SHARE) return undefined;
  return warning(
    'encrypted',
    `${percent(hidden / all)} of the XMPP connections are encrypted (TLS): good for their users, and nothing to read for this sensor`,
    'To look inside, capture behind the proxy that ends TLS; otherwise this is as it should be',
  );
}

function workers({ isLive, workers: all }: HealthFacts): HealthCheck | undefined {
  if (!isLive || all.length === 0) return undefined;
  const down = all.filter(({ isUp }) => !isUp).map(({ id }) => id);
  if (down.length > 0) {
    return bad(
      'workers',
      `Capture worker ${down.join(', ')} is down: its share of the traffic is not seen`,
      'It is started again by itself; the log says why it ended',
    );
  }
  const restarts = all.reduce((sum, each) => sum + each.restarts, 0);
  if (restarts === 0) return ok('workers', `${counted(all.length)} of ${counted(all.length)} run`);
  return warning(
    'workers',
    `Capture workers died ${restarts === 1 ? 'once' : `${counted(restarts)} times`} since the start and were started again`,
    'The log says why; please report it with the log',
  );
}

function lag({ isLive, workers: all }: HealthFacts): HealthCheck | undefined {
  if (!isLive) return undefined;
  const seconds = Math.max(0, ...all.map(({ lagSeconds }) => lagSeconds));
  if (seconds < LAG_WARNING_SECONDS || seconds >= CLOCK_BEHIND_SECONDS) return undefined;
  const say = seconds >= LAG_BAD_SECONDS ? bad : warning;
  return say(
    'lag',
    `Packets wait ${span(seconds)} for their turn`,
    'Raise capture.workers or narrow the BPF filter: packets are lost when the ring is full',
  );
}

function clock({ isLive, aheadSeconds }: HealthFacts): HealthCheck | undefined {
  if (!isLive || aheadSeconds === undefined) return undefined;
  if (aheadSeconds > CLOCK_AHEAD_SECONDS) {
    return warning(
      'clock',
      `Packets bear times ${span(aheadSeconds)} in the future`,
      'Set the clock (timedatectl), or switch off time stamps of the card that come from another clock',
    );
  }
  if (aheadSeconds < -CLOCK_BEHIND_SECONDS) {
    return warning(
      'clock',
      `Packets bear times ${span(-aheadSeconds)} in the past`,
      'Set the clock (timedatectl): timelines and windows of detection go by these times',
    );
  }
  return undefined;
}

/** Of what was reached, lately: flows that are looked at less than they should be. */
function degraded(facts: HealthFacts): HealthCheck | undefined {
  const flows = lately(facts, 'degradedFlows');
  const records = lately(facts, 'recordsDropped');
  if (flows + records === 0) return undefined;
  return warning(
    'limits',
    flows > 0
      ? `${counted(flows)} connections were looked at less than they should be, since a limit was reached`
      : `${counted(records)} records were given up, since a queue was full`,
    'stanzawatch alerts list --detection pol-sensor-blind names it; raise that limit, or give the sensor more memory',
  );
}

export const CAPTURE_CHECKS: readonly Check[] = [
  ...[report, capture, drops, shed, seen, silence, xmpp, encrypted],
  ...[workers, lag, clock, degraded],
];
