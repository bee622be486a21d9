import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { OfferNews } from '../../../sensor/files/index.ts';
import { connectionName } from '../../../sensor/files/offers/bytestreams.ts';
import { ALICE, BOB, FilesLab, type SocksLab } from '../../support/ledger-lab.ts';

const NAME = connectionName('s1', ALICE, BOB);
const CONTENT = 'The quick brown fox jumps over the lazy dog. '.repeat(40);
const SIZE = CONTENT.length;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Alice offers bob a file over SOCKS5. */
function offered(size: number | string = SIZE, lab = new FilesLab()): FilesLab {
  lab
    .client()
    .c(
      `<iq type='set' id='o1' to='${BOB}'><si xmlns='http://jabber.org/protocol/si' id='s1' mime-type='text/plain' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='fox.txt' size='${size}'/></si></iq>`,
    )
    .c(
      `<iq type='set' id='o2' to='${BOB}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='s1' mode='tcp'><streamhost jid='proxy.corp.example' host='198.51.100.20' port='7777'/></query></iq>`,
    );
  return lab;
}

function send(socks: SocksLab, direction: 0 | 1, text = CONTENT, pieceBytes = 100): void {
  for (let at = 0; at < text.length; at += pieceBytes) {
    socks.data(direction, text.slice(at, at + pieceBytes));
  }
}

describe('a file over SOCKS5', () => {
  it('is the one that was offered, and told at its end', () => {
    const lab = offered();
    const socks = lab.socks(NAME);
    assert.equal(socks.isWanted, true);
    send(socks, 0);
    assert.equal(lab.finished.length, 0);
    socks.close();
    const [file] = lab.finished;
    assert.equal(file?.offer?.name, 'fox.txt');
    assert.deepEqual([file.offer.from, file.offer.to], [ALICE, BOB]);
    assert.deepEqual([file.road, file.lack, file.seenBytes], ['socks5', '', SIZE]);
    assert.equal(file.sha256, sha256(CONTENT));
    assert.equal(Buffer.from(file.content).toString(), CONTENT);
    assert.deepEqual(lab.told(), []);
  });

  it('may be sent by who accepts the connection', () => {
    const lab = offered();
    const socks = lab.socks(NAME.toUpperCase(), {
      client: '192.0.2.11',
      server: '192.0.2.10',
      port: 5086,
    });
    send(socks, 1);
    socks.close();
    assert.equal(lab.finished[0]?.sha256, sha256(CONTENT));
    assert.equal(lab.finished[0].end.direction, 1);
  });

  for (const pieceBytes of [1, 7, 512, SIZE]) {
    it(`is one file on both legs of a proxy, in pieces of ${pieceBytes}`, () => {
      const lab = offered();
      const receiver = lab.socks(NAME, { client: '192.0.2.11' });
      const sender = lab.socks(NAME, { client: '192.0.2.10' });
      for (let at = 0; at < SIZE; at += pieceBytes) {
        sender.data(0, CONTENT.slice(at, at + pieceBytes));
      }
      send(receiver, 1, CONTENT, pieceBytes + 1);
      sender.close();
      receiver.close();
      assert.equal(lab.finished.length, 1);
      assert.equal(lab.finished[0]?.sha256, sha256(CONTENT));
      assert.equal(lab.finished[0].lack, '');
    });
  }

  it('a hole on one leg is filled by the other', () => {
    for (const holed of [0, 1]) {
      const lab = offered();
      const legs = [
        lab.socks(NAME, { client: '192.0.2.10' }),
        lab.socks(NAME, { client: '192.0.2.11' }),
      ] as const;
      for (const [leg, socks] of legs.entries()) {
        const direction = leg === 0 ? 0 : 1;
        socks.data(direction, CONTENT.slice(0, 300));
        if (leg === holed) socks.gap(direction, 100);
        else socks.data(direction, CONTENT.slice(300, 400));
        socks.data(direction, CONTENT.slice(400));
      }
      legs[0].close();
      legs[1].close();
      assert.equal(lab.finished.length, 1);
      assert.equal(lab.finished[0]?.sha256, sha256(CONTENT));
    }
  });

  it('holes of both legs are holes', () => {
    const lab = offered();
    const sender = lab.socks(NAME, { client: '192.0.2.10' });
    const receiver = lab.socks(NAME, { client: '192.0.2.11' });
    for (const [socks, direction] of [
      [sender, 0],
      [receiver, 1],
    ] as const) {
      socks.data(direction, CONTENT.slice(0, 300)).gap(direction, 100);
      socks.data(direction, CONTENT.slice(400));
    }
    sender.close();
    receiver.close();
    assert.deepEqual(
      lab.finished.map(({ lack, sha256, gapBytes }) => [lack, sha256, gapBytes >= 100]),
      [['gap', '', true]],
    );
  });

  it('a leg whose other one was not captured is not waited for', () => {
    const lab = offered(SIZE + 100);
    const sender = lab.socks(NAME, { client: '192.0.2.10' });
    lab.socks(NAME, { client: '192.0.2.11' }).gap(1, -1);
    sender.data(0, CONTENT.slice(0, 300)).gap(0, 100).data(0, CONTENT.slice(300));
    sender.close();
    assert.deepEqual(
      lab.finished.map(({ lack, seenBytes, gapBytes }) => [lack, seenBytes, gapBytes]),
      [['gap', SIZE, 100]],
    );
  });

  it('behind an opening that was lost is told, though nothing of it is', () => {
    for (const lost of [0, 1] as const) {
      const lab = offered();
      const socks = lab.socks(NAME).gap(lost, -1);
      assert.equal(lab.finished.length, 0);
      lab.closeSocks(socks.flow, 90_000);
      assert.deepEqual(
        lab.finished.map(({ offer, end, lack, seenBytes, expectedBytes, sha256 }) => [
          ...[offer?.name, end.direction, lack, seenBytes, expectedBytes, sha256],
        ]),
        [['fox.txt', lost, 'gap', 0, SIZE, '']],
      );
    }
    const both = offered();
    const sender = both.socks(NAME, { client: '192.0.2.10' }).gap(0, -1);
    const receiver = both.socks(NAME, { client: '192.0.2.11' }).gap(1, -1);
    both.closeSocks(sender.flow, 90_000);
    both.closeSocks(receiver.flow, 90_000);
    assert.deepEqual(
      both.finished.map(({ lack, start }) => [lack, start.flow, start.direction]),
      [['gap', receiver.flow, 1]],
    );

    const late = new FilesLab();
    const socks = late.socks(NAME).gap(0, -1);
    offered(SIZE, late);
    late.closeSocks(socks.flow, 90_000);
    assert.equal(late.finished[0]?.offer?.name, 'fox.txt');
  });

  it('behind a lost opening is none: that nobody offered, that carried nothing, that was told elsewhere', () => {
    const unexplained = new FilesLab();
    unexplained.closeSocks(unexplained.socks(NAME).gap(0, -1).flow, 90_000);
    assert.deepEqual(unexplained.finished, []);

    const idle = offered();
    idle.closeSocks(idle.socks(NAME).gap(0, -1).flow, 1000);
    assert.deepEqual(idle.finished, []);

    const whole = offered();
    whole.closeSocks(whole.socks(NAME).flow, 90_000);
    assert.deepEqual(whole.finished, []);

    // The receiver's leg of a proxy tells all of it, and so does another server's connection.
    for (const port of [7777, 7778]) {
      const lab = offered();
      const sender = lab.socks(NAME, { client: '192.0.2.10' }).gap(0, -1);
      const receiver = lab.socks(NAME, { client: '192.0.2.11', port });
      send(receiver, 1);
      lab.closeSocks(receiver.flow, 90_000);
      lab.closeSocks(sender.flow, 90_000);
      assert.deepEqual(
        lab.finished.map(({ lack, sha256 }) => [lack, sha256]),
        [['', sha256(CONTENT)]],
      );
    }
  });

  it('with a hole, cut off, or without an end is not whole', () => {
    const gap = offered();
    const holed = gap.socks(NAME);
    holed.data(0, CONTENT.slice(0, 10)).gap(0, 20).data(0, CONTENT.slice(30)).close();
    assert.deepEqual([gap.finished[0]?.lack, gap.finished[0]?.sha256], ['gap', '']);

    const trailing = offered();
    trailing
      .socks(NAME)
      .data(0, CONTENT.slice(0, 10))
      .gap(0, SIZE - 10)
      .close();
    assert.equal(trailing.finished[0]?.lack, 'gap');

    const cut = offered();
    cut.socks(NAME).data(0, CONTENT.slice(0, 10)).close();
    assert.equal(cut.finished[0]?.lack, 'cut_off');

    const idle = offered();
    idle.socks(NAME).data(0, CONTENT.slice(0, 10));
    idle.wait(200);
    assert.equal(idle.finished.length, 0);
    idle.wait(200);
    assert.equal(idle.finished[0]?.lack, 'unfinished');

    const stopped = offered();
    stopped.socks(NAME).data(0, CONTENT.slice(0, 10));
    stopped.files.finish(stopped.nowUsec);
    assert.equal(stopped.finished[0]?.lack, 'unfinished');
  });

  it('of unknown size ends with its connection, whole unless that was torn down', () => {
    for (const [reason, lack] of [
      ['closed', ''],
      ['reset', 'cut_off'],
      ['timeout', 'unfinished'],
    ] as const) {
      const lab = offered('');
      lab.socks(NAME).data(0, CONTENT).close(reason);
      assert.equal(lab.finished[0]?.lack, lack);
    }
  });

  it('of all its size is whole, however the connection ends', () => {
    const lab = offered();
    lab.socks(NAME).data(0, CONTENT).close('reset');
    assert.equal(lab.finished[0]?.lack, '');
  });

  it('what is more than was offered is seen', () => {
    const lab = offered(10);
    lab.socks(NAME).data(0, CONTENT).close();
    assert.deepEqual([lab.finished[0]?.seenBytes, lab.finished[0]?.offer?.size], [SIZE, 10]);
  });

  it('the other direction is a file of its own, and hides nothing', () => {
    const lab = offered();
    const socks = lab.socks(NAME);
    socks.data(1, 'decoy');
    send(socks, 0);
    socks.close();
    assert.deepEqual(
      lab.finished.map(({ seenBytes }) => seenBytes).sort((a, b) => a - b),
      [5, SIZE],
    );
    assert.ok(lab.finished.some((file) => file.sha256 === sha256(CONTENT)));
  });

  it('decoys on other connections hide nothing', () => {
    const lab = offered();
    const decoy = lab.socks(NAME, { server: '203.0.113.9', port: 1080 });
    const real = lab.socks(NAME);
    decoy.data(0, 'nothing to see here');
    send(real, 0);
    decoy.close();
    real.close();
    assert.ok(lab.finished.some((file) => file.sha256 === sha256(CONTENT)));
  });

  it('a third connection joins no transfer', () => {
    const lab = offered();
    const sender = lab.socks(NAME, { client: '192.0.2.10' });
    const receiver = lab.socks(NAME, { client: '192.0.2.11' });
    const thief = lab.socks(NAME, { client: '192.0.2.66' });
    send(sender, 0);
    send(receiver, 1);
    thief.data(0, 'x');
    for (const socks of [sender, receiver, thief]) socks.close();
    assert.deepEqual(
      lab.finished.map(({ seenBytes }) => seenBytes),
      [SIZE, 1],
    );
    assert.deepEqual(lab.told(), ['service.socks_race']);
  });

  it('an offer that comes late explains what has begun', () => {
    const lab = new FilesLab();
    const socks = lab.socks(NAME);
    socks.data(0, CONTENT);
    offered(SIZE, lab);
    socks.close();
    assert.equal(lab.finished[0]?.offer?.name, 'fox.txt');
    assert.deepEqual(lab.told(), []);
  });

  it('without an offer it is a file all the same, and told', () => {
    const lab = new FilesLab();
    lab.socks(NAME).data(0, CONTENT).close();
    assert.equal(lab.finished[0]?.offer, undefined);
    assert.equal(lab.finished[0]?.sha256, sha256(CONTENT));
    assert.deepEqual(lab.told(), ['service.socks_unexplained']);
  });

  it('a digest that is told while it runs belongs to it', () => {
    const lab = new FilesLab();
    const jingle = (action: string, inside: string): string =>
      `<iq type='set' id='${action}' to='${BOB}'><jingle xmlns='urn:xmpp:jingle:1' action='${action}' sid='j'>${inside}</jingle></iq>`;
    const flow = lab
      .client()
      .c(
        jingle(
          'session-initiate',
          `<content creator='initiator' name='f'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>fox.txt</name><size>${SIZE}</size></file></description><transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='s1' dstaddr='972b7bf47291ca609517f67f86b5081086052dad'/></content>`,
        ),
      );
    const socks = lab.socks('972b7bf47291ca609517f67f86b5081086052dad');
    socks.data(0, CONTENT);
    flow.c(
      jingle(
        'session-info',
        `<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='f'><file><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${Buffer.from(sha256(CONTENT), 'hex').toString('base64')}</hash></file></checksum>`,
      ),
    );
    socks.close();
    assert.equal(lab.finished[0]?.offer?.sha256, sha256(CONTENT));
  });

  it('nobody claims the connection of others by naming it', () => {
    const lab = offered();
    lab
      .client('mallory')
      .c(
        `<iq type='set' id='x' to='${BOB}'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='m'><content creator='initiator' name='f'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>innocent.txt</name></file></description><transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='m1' dstaddr='${NAME}'/></content></jingle></iq>`,
      );
    lab.socks(NAME).data(0, CONTENT).close();
    assert.equal(lab.finished[0]?.offer?.name, 'fox.txt');
  });

  it('ordinary proxies are left alone, refused connections carry nothing', () => {
    const lab = offered();
    assert.equal(lab.socks('www.ext.example', { port: 1080 }).isWanted, false);
    const socks = lab.socks(NAME);
    lab.files.onSocksReply(socks.flow, 5, lab.nowUsec);
    socks.data(0, 'late').close();
    assert.deepEqual(lab.finished, []);
  });

  it('is one file, also where two workers see the legs of a proxy', () => {
    for (const isTold of [true, false]) {
      const one = offered(SIZE, new FilesLab({ peers: true }));
      const sender = one.socks(NAME, { client: '192.0.2.10' });
      const other = new FilesLab({ peers: true });
      const tell = (): void => {
        for (const news of one.news) {
          other.files.learnOffer(JSON.parse(JSON.stringify(news)) as OfferNews);
        }
      };
      tell();
      const receiver = other.socks(NAME, { client: '192.0.2.11' });
      send(sender, 0);
      send(receiver, 1);
      receiver.close();
      sender.close();
      if (isTold) tell();
      other.wait(6);
      assert.equal(one.finished.length, 1);
      assert.equal(one.finished[0]?.sha256, sha256(CONTENT));
      assert.equal(other.finished.length, isTold ? 0 : 1);
    }
  });

  it('connections beyond the limit are counted and not followed', () => {
    const lab = offered(SIZE, new FilesLab({ limits: { filesConnections: 2 } }));
    const wanted = [1, 2, 3, 4].map((port) => lab.socks(NAME, { port }).isWanted);
    assert.deepEqual(wanted, [true, true, false, false]);
    assert.equal(lab.counters.get('filesNotFollowed'), 2);
  });
});
