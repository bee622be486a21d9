import { describe, it } from 'node:test';
import { judgeCard, type CardCounters, type CardFacts } from '../../../sensor/doctor/card.ts';
import { judgeLink, type LinkFacts } from '../../../sensor/doctor/link.ts';
import { allOk, says } from '../../support/doctor-checks.ts';

const UP = { isUp: true, hasCarrier: true, speed: 10_000, duplex: 'full', mtu: 1500 };

const LINK: LinkFacts = {
  name: 'eth1',
  link: UP,
  known: ['eth0', 'eth1', 'lo'],
  addresses: [],
  isLoopback: false,
};

describe('judgeLink()', () => {
  const judge = (facts: Partial<LinkFacts>): ReturnType<typeof judgeLink> =>
    judgeLink({ ...LINK, ...facts });
  const judgeUp = (
    facts: Partial<typeof UP> | { hasCarrier: undefined },
  ): ReturnType<typeof judgeLink> => judge({ link: { ...UP, ...facts } });

  it('is content with a silent port that is up', () => {
    allOk(judge({}));
    says(judge({}), 'interface.link', 'ok', /10000 Mb\/s/);
    allOk(judge({ link: { ...UP, speed: undefined, duplex: '', mtu: 9000 } }));
  });

  it('names what there is in place of an interface that is not there', () => {
    says(
      judge({ link: undefined }),
      'interface.link',
      'fail',
      /no interface eth1/,
      /eth0, eth1, lo/,
    );
    says(
      judge({ link: undefined, known: [] }),
      'interface.link',
      'fail',
      /no interface/,
      /no interface here/,
    );
  });

  it('tells down from unplugged', () => {
    says(judgeUp({ isUp: false }), 'interface.link', 'fail', /is down/, /ip link set eth1 up/);
    says(judgeUp({ hasCarrier: false }), 'interface.link', 'fail', /no carrier/, /cable/);
    says(judgeUp({ hasCarrier: undefined }), 'interface.link', 'unknown', /cannot be told/);
  });

  it('warns of half duplex, of a small MTU, of an address, of any', () => {
    says(judgeUp({ duplex: 'half' }), 'interface.link', 'warn', /half duplex/);
    says(judgeUp({ mtu: 1499 }), 'interface.mtu', 'warn', /MTU 1499/, /mtu 1500/);
    says(judge({ link: { ...UP, mtu: undefined } }), 'interface.mtu', 'unknown', /cannot be read/);
    const addresses = ['10.0.0.1/24', 'fe80::1/64', 'fe80::2/64', 'fe80::3/64'];
    says(
      judge({ addresses }),
      'interface.address',
      'warn',
      /10\.0\.0\.1\/24.* and 1 more/,
      /addr flush dev eth1/,
    );
    says(judge({ link: 'any' }), 'interface.link', 'warn', /all interfaces/);
  });

  it('does not want the loopback without its address', () => {
    allOk(judge({ addresses: ['127.0.0.1/8'], isLoopback: true }));
  });
});

const NONE: CardCounters = { packets: 1000, missed: 0, dropped: 0, errors: 0 };

const CARD: CardFacts = {
  name: 'eth1',
  problem: '',
  offloads: new Map([
    ['generic-receive-offload', false],
    ['large-receive-offload', false],
    ['rx-vlan-offload', true],
  ]),
  ring: { now: 4096, most: 4096 },
  channels: { now: 1, most: 8 },
  workers: 1,
  snaplen: 65_535,
  checksums: 'auto',
  glued: 0,
  losses: { before: NONE, during: NONE },
};

describe('judgeCard()', () => {
  const judge = (facts: Partial<CardFacts>): ReturnType<typeof judgeCard> =>
    judgeCard({ ...CARD, ...facts });
  const withOffloads = (...on: readonly string[]): Pick<CardFacts, 'offloads'> => ({
    offloads: new Map(on.map((name) => [name, true])),
  });

  it('is content with a card that leaves frames alone', () => {
    allOk(judge({}));
  });

  it('warns of what glues, and fails where the snap length cuts it', () => {
    const gro = withOffloads('generic-receive-offload');
    const off = /ethtool -K eth1 gro off lro off/;
    says(judge(gro), 'interface.offloads', 'warn', /^GRO glues segments/, off);
    says(
      judge(withOffloads('large-receive-offload', 'generic-receive-offload')),
      'interface.offloads',
      'warn',
      /LRO and GRO glue/,
    );
    says(
      judge({ ...gro, snaplen: 1600 }),
      'interface.offloads',
      'fail',
      /capture\.snaplen 1600 cuts them/,
      off,
    );
    allOk(judge({ snaplen: 1600 }));
  });

  it('goes by what came where ethtool does not tell', () => {
    const silent = { offloads: undefined, problem: 'ethtool is not installed' };
    says(judge(silent), 'interface.offloads', 'unknown', /not installed/, /ethtool -k eth1/);
    says(judge({ ...silent, glued: 12 }), 'interface.offloads', 'warn', /12 frames came larger/);
  });

  it('minds checksums of own packets only where they must be right', () => {
    const tx = withOffloads('tx-checksumming');
    allOk(judge(tx));
    says(judge({ ...tx, checksums: 'all' }), 'interface.offloads', 'warn', /its own packets/);
  });

  it('wants a larger ring where frames were missed', () => {
    const ring = { now: 256, most: 4096 };
    allOk(judge({ ring }));
    const losses = { before: { ...NONE, packets: 1e6, missed: 9 }, during: NONE };
    says(
      judge({ ring, losses }),
      'interface.ring',
      'warn',
      /256 of at most 4,096.*missed 9/,
      /-G eth1 rx 4096/,
    );
    says(judge({ losses }), 'interface.ring', 'ok', /4,096 of at most/);
    says(judge({ ring: undefined }), 'interface.ring', 'unknown', /driver does not tell/);
  });

  it('warns of more than one channel', () => {
    const channels = { now: 8, most: 8 };
    says(
      judge({ channels, workers: 2 }),
      'interface.channels',
      'warn',
      /8 channels for 2 capture workers/,
      /-L eth1 combined 1/,
    );
    says(judge({ channels: undefined, problem: 'x' }), 'interface.channels', 'unknown', /: x/);
  });

  it('tells losses of now from losses of once', () => {
    const during = { ...NONE, packets: 999, missed: 1 };
    says(
      judge({ losses: { before: NONE, during } }),
      'interface.losses',
      'warn',
      /0\.1 %.*1 missed/,
      /-G eth1/,
    );
    const many = { ...NONE, packets: 99, dropped: 1 };
    says(
      judge({ losses: { before: NONE, during: many } }),
      'interface.losses',
      'fail',
      /1 % .*1 dropped/,
      /kernel drops/,
    );
    const damaged = { ...NONE, errors: 3 };
    says(
      judge({ losses: { before: NONE, during: damaged } }),
      'interface.losses',
      'warn',
      /3 damaged/,
      /cable/,
    );
    const few = { ...NONE, packets: 1e6, missed: 1 };
    says(
      judge({ losses: { before: few, during: NONE } }),
      'interface.losses',
      'ok',
      /Nothing is lost now/,
    );
    const lots = { ...NONE, packets: 90, missed: 10 };
    says(judge({ losses: { before: lots, during: NONE } }), 'interface.losses', 'warn', /10 %/);
    says(judge({ losses: undefined }), 'interface.losses', 'unknown', /cannot be read/);
  });
});
