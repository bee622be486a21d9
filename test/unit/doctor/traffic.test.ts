import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeTraffic, type Seen, type TrafficFacts } from '../../../sensor/doctor/traffic.ts';
import { allOk, says } from '../../support/doctor-checks.ts';

const XMPP = { flows: 4, oneSidedFlows: 0, toServer: 80, toClient: 90, plain: 60, tls: 0 };

const SEEN: Seen = {
  seconds: 2,
  packets: 400,
  skipped: 0,
  tcp: 300,
  tunnelled: 0,
  flows: 10,
  oneSidedFlows: 0,
  xmpp: XMPP,
  copies: 0,
  badChecksums: 0,
  cut: 0,
  glued: 0,
  aheadSeconds: -0.01,
};

const GOOD: TrafficFacts = {
  name: 'eth1',
  capture: { isOpen: true, isPromiscuous: true },
  isUp: true,
  wantsPromiscuous: true,
  seen: SEEN,
  filter: '',
  filtered: undefined,
  snaplen: 65_535,
  deduplicates: true,
  checksums: 'auto',
};

type Checks = ReturnType<typeof judgeTraffic>;

function judge(facts: Partial<TrafficFacts>): Checks {
  return judgeTraffic({ ...GOOD, ...facts });
}

function seeing(seen: Partial<Seen>, facts: Partial<TrafficFacts> = {}): Checks {
  return judge({ ...facts, seen: { ...SEEN, ...seen } });
}

function seeingXmpp(xmpp: Partial<Seen['xmpp']>, seen: Partial<Seen> = {}): Checks {
  return seeing({ ...seen, xmpp: { ...XMPP, ...xmpp } });
}

const NO_XMPP = { flows: 0, oneSidedFlows: 0, toServer: 0, toClient: 0, plain: 0, tls: 0 };

describe('judgeTraffic()', () => {
  it('is content with both directions of XMPP that can be read', () => {
    allOk(judge({}));
    says(judge({}), 'interface.directions', 'ok', /Both directions of 4 XMPP connections/);
  });

  it('without a capture says why, and judges no traffic', () => {
    const capture = {
      isOpen: false,
      isDenied: true,
      problem: 'Permission denied',
      advice: 'setcap',
    } as const;
    const denied = judge({ capture });
    says(denied, 'interface.capture', 'fail', /Permission denied/, /setcap/);
    says(denied, 'interface.traffic', 'unknown', /no capture/);
    assert.equal(denied.length, 2);
    const filtered = judge({ capture, filter: 'tcp' });
    says(filtered, 'interface.filter', 'unknown', /no capture/);
    const down = judge({
      capture: { ...capture, isDenied: false, problem: 'not up' },
      isUp: false,
    });
    says(
      down,
      'interface.capture',
      'unknown',
      /only when the interface is up/,
      /ip link set eth1 up/,
    );
    says(judge({ capture, isUp: false }), 'interface.capture', 'fail', /Permission denied/);
  });

  it('wants promiscuous mode', () => {
    const capture = { isOpen: true, isPromiscuous: false } as const;
    says(judge({ capture }), 'interface.promiscuous', 'fail', /does not go into/);
    says(judge({ wantsPromiscuous: false }), 'interface.promiscuous', 'warn', /is off/);
    const unread = { isOpen: true, isPromiscuous: undefined } as const;
    says(judge({ capture: unread }), 'interface.promiscuous', 'unknown', /cannot be read/);
  });

  it('tells silence from broadcasts from tunnels from traffic', () => {
    const nothing = { packets: 0, tcp: 0, flows: 0, xmpp: NO_XMPP, aheadSeconds: undefined };
    says(seeing(nothing), 'interface.traffic', 'warn', /No packet came in 2 seconds/, /tcpdump/);
    says(
      seeing({ ...nothing, skipped: 9 }),
      'interface.traffic',
      'ok',
      /^0 packets .*\(9 more went by/,
    );
    says(
      seeing({ ...nothing, packets: 20 }),
      'interface.traffic',
      'warn',
      /nothing that is mirrored/,
    );
    says(seeing({ ...nothing, packets: 19 }), 'interface.traffic', 'ok', /19 packets/);
    says(
      seeing({ ...nothing, packets: 100, tunnelled: 51 }),
      'interface.traffic',
      'fail',
      /51 % are in a tunnel/,
    );
    says(seeing({ packets: 100, tunnelled: 50 }), 'interface.traffic', 'ok', /100 packets/);
  });

  it('tells one direction from two', () => {
    const toServer = seeingXmpp({ oneSidedFlows: 4, toServer: 90, toClient: 0 });
    says(
      toServer,
      'interface.directions',
      'fail',
      /nothing that servers send \(90 packets to servers, 0/,
      /both directions/i,
    );
    const toClient = seeingXmpp({ flows: 1, oneSidedFlows: 1, toServer: 0, toClient: 9 });
    says(
      toClient,
      'interface.directions',
      'fail',
      /1 XMPP connection is seen: nothing that clients send/,
    );
    says(
      seeingXmpp({ flows: 10, oneSidedFlows: 8 }),
      'interface.directions',
      'warn',
      /2 XMPP.*of 8 only one/,
    );
    const other = { xmpp: NO_XMPP };
    says(
      seeing({ ...other, flows: 10, oneSidedFlows: 9 }),
      'interface.directions',
      'fail',
      /9 of 10 TCP/,
    );
    says(
      seeing({ ...other, flows: 10, oneSidedFlows: 8 }),
      'interface.directions',
      'ok',
      /2 of 10 TCP/,
    );
    says(
      seeing({ ...other, flows: 2, oneSidedFlows: 2 }),
      'interface.directions',
      'unknown',
      /Too little/,
    );
  });

  it('tells XMPP that can be read from TLS from none', () => {
    says(seeingXmpp({ plain: 0, tls: 7 }), 'interface.xmpp', 'warn', /encrypted \(7 TLS records\)/);
    says(seeingXmpp({ plain: 1, tls: 7 }), 'interface.xmpp', 'ok', /1 packets begin with XML/);
    says(seeingXmpp({ plain: 0 }), 'interface.xmpp', 'unknown', /170 packets on XMPP ports/);
    says(seeing({ xmpp: NO_XMPP }), 'interface.xmpp', 'warn', /300 TCP packets, and none is XMPP/);
    says(seeing({ xmpp: NO_XMPP, tcp: 19 }), 'interface.xmpp', 'unknown', /Too little/);
  });

  it('judges the filter by what it lets through', () => {
    const filter = 'tcp port 5223';
    says(judge({ filter, filtered: 0 }), 'interface.filter', 'warn', /lets 0 of 400/, /vlan and/);
    says(judge({ filter, filtered: 7 }), 'interface.filter', 'ok', /lets 7 of 400/);
    says(
      judge({ filter, filtered: { problem: 'syntax error' } }),
      'interface.filter',
      'fail',
      /syntax error/,
    );
    says(seeing({ packets: 19 }, { filter, filtered: 0 }), 'interface.filter', 'ok', /0 of 19/);
  });

  it('tells cut frames, copies and wrong checksums', () => {
    says(seeing({ cut: 3 }), 'interface.frames', 'fail', /3 frames were cut at 65,535/, /snaplen/);
    says(seeing({ copies: 15 }), 'interface.copies', 'ok', /5 %.*left out/);
    says(
      seeing({ copies: 15 }, { deduplicates: false }),
      'interface.copies',
      'warn',
      /deduplicate is off/,
    );
    says(seeing({ copies: 14 }, { deduplicates: false }), 'interface.copies', 'ok', /come once/);
    says(seeing({ badChecksums: 15 }), 'interface.checksums', 'ok', /read all the same/);
    says(
      seeing({ badChecksums: 15 }, { checksums: 'all' }),
      'interface.checksums',
      'fail',
      /thrown away/,
    );
    says(
      seeing({ badChecksums: 14 }, { checksums: 'all' }),
      'interface.checksums',
      'ok',
      /are right/,
    );
  });

  it('compares time stamps with the clock', () => {
    says(seeing({ aheadSeconds: 5.1 }), 'interface.time', 'warn', /5 seconds in the future/);
    says(seeing({ aheadSeconds: -60.1 }), 'interface.time', 'warn', /60 seconds in the past/);
    says(seeing({ aheadSeconds: -60 }), 'interface.time', 'ok', /agree/);
    says(seeing({ aheadSeconds: 5 }), 'interface.time', 'ok', /agree/);
  });
});
