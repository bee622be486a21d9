import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { OfferNews } from '../../../sensor/files/index.ts';
import { placeOfUrl, targetOfRequest } from '../../../sensor/files/url-place.ts';
import { ALICE, BOB, FilesLab } from '../../support/ledger-lab.ts';

const SERVICE = 'upload.corp.example';
const URL_OF_FILE = 'http://upload.corp.example:5280/slot/4a77/plan.pdf';
const CONTENT = '%PDF-1.7 the plan '.repeat(100);
const SIZE = CONTENT.length;
const HASH = createHash('sha256').update(CONTENT).digest('hex');

function slotted(lab = new FilesLab(), url = URL_OF_FILE): FilesLab {
  lab
    .client()
    .c(
      `<iq type='get' id='u1' to='${SERVICE}'><request xmlns='urn:xmpp:http:upload:0' filename='plan.pdf' size='${SIZE}' content-type='application/pdf'/></iq>`,
    )
    .s(
      `<iq type='result' id='u1' from='${SERVICE}' to='${ALICE}'><slot xmlns='urn:xmpp:http:upload:0'><put url='${url}'/><get url='${url}'/></slot></iq>`,
    );
  return lab;
}

function share(lab: FilesLab, url = URL_OF_FILE): void {
  lab
    .client('alice', 'phone')
    .c(
      `<message type='chat' id='m1' to='${BOB}'><body>${url}</body><x xmlns='jabber:x:oob'><url>${url}</url></x></message>`,
    );
}

/** News go from worker to worker as JSON. */
function tell(from: FilesLab, to: FilesLab): void {
  for (const news of from.news) to.files.learnOffer(JSON.parse(JSON.stringify(news)) as OfferNews);
}

describe('an upload', () => {
  it('waits for whom it is for, and is told with that', () => {
    const lab = slotted();
    lab.http().put(URL_OF_FILE, CONTENT);
    assert.equal(lab.finished.length, 0);
    const putUsec = lab.nowUsec;
    share(lab);
    const [file] = lab.finished;
    assert.deepEqual([file?.road, file?.lack, file?.sha256], ['http', '', HASH]);
    assert.deepEqual([file?.offer?.from, file?.offer?.to], [ALICE, BOB]);
    assert.equal(file?.offer?.name, 'plan.pdf');
    assert.equal(file.end.tsUsec, putUsec);
  });

  it('that nobody is told of goes on without, after seconds or at the end', () => {
    const lab = slotted();
    lab.http().put(URL_OF_FILE, CONTENT);
    lab.wait(3);
    assert.equal(lab.finished.length, 0);
    lab.wait(3);
    assert.deepEqual([lab.finished[0]?.sha256, lab.finished[0]?.offer?.to], [HASH, '']);
    const stopped = slotted();
    stopped.http().put(URL_OF_FILE, CONTENT);
    stopped.files.finish(stopped.nowUsec);
    assert.equal(stopped.finished[0]?.sha256, HASH);
  });

  it('whose URL was shared before waits for nobody', () => {
    const lab = slotted();
    share(lab);
    lab.http().put(URL_OF_FILE, CONTENT);
    assert.equal(lab.finished[0]?.offer?.to, BOB);
  });

  it('is what was sent, whatever coding its head tells', () => {
    for (const contentEncoding of ['br', 'gzip']) {
      const lab = slotted();
      const http = lab.http();
      http.request('PUT', URL_OF_FILE, { contentLength: SIZE, contentEncoding });
      http.body(0, CONTENT).close();
      lab.wait(6);
      assert.deepEqual([lab.finished[0]?.lack, lab.finished[0]?.sha256], ['', HASH]);
    }
  });

  it('by POST is one too', () => {
    const lab = slotted();
    const http = lab.http();
    assert.equal(http.request('POST', URL_OF_FILE), true);
    http.body(0, CONTENT).end(0);
    lab.wait(6);
    assert.equal(lab.finished[0]?.sha256, HASH);
  });

  it('with a hole, and one that stops, are not whole', () => {
    for (const lack of ['gap', 'cut_off'] as const) {
      const lab = slotted();
      const http = lab.http();
      http.request('PUT', URL_OF_FILE, { contentLength: SIZE });
      http.body(0, CONTENT.slice(0, 100));
      if (lack === 'gap') http.gap(0, 50).body(0, CONTENT.slice(150)).end(0, false);
      else http.close();
      lab.wait(6);
      assert.deepEqual(
        lab.finished.map((file) => [file.lack, file.sha256]),
        [[lack, '']],
      );
    }
  });

  it('without a body, refused before it, leaves nothing', () => {
    const lab = slotted();
    const http = lab.http();
    http.request('PUT', URL_OF_FILE, { contentLength: SIZE });
    http.end(0, false);
    http.respond(413);
    http.close();
    lab.wait(6);
    assert.deepEqual(lab.finished, []);
  });

  it('to anything but a slot is none, and the connection is read on', () => {
    const lab = slotted();
    const http = lab.http();
    assert.equal(http.request('PUT', 'http://upload.corp.example:5280/slot/nope/none.bin'), 'skip');
    http.body(0, 'x').end(0);
    assert.equal(http.request('PUT', `${URL_OF_FILE}.x`), 'skip');
    assert.equal(http.request('HEAD', URL_OF_FILE), 'skip');
    assert.equal(http.request('OPTIONS', URL_OF_FILE), 'skip');
    http.put(URL_OF_FILE, CONTENT);
    http.put(URL_OF_FILE.replace('plan', 'other'), 'other');
    lab.wait(6);
    assert.equal(lab.finished.length, 1);
  });

  it('at another host or port is ignored with its connection', () => {
    const lab = slotted();
    const url = 'http://www.ext.example:5280/slot/4a77/plan.pdf';
    assert.equal(lab.http({ port: 8888 }).request('PUT', url), false);
    slotted(lab, 'http://other.corp.example:8080/slot/4a77/plan.pdf');
    assert.equal(
      lab.http({ port: 80 }).request('PUT', 'http://other.corp.example/slot/4a77/plan.pdf'),
      false,
    );
  });

  it('behind a request for another host is seen, where uploads go by port or were seen', () => {
    const decoy = (lab: FilesLab, port: number, server = '198.51.100.30'): boolean | 'skip' => {
      const http = lab.http({ port, server });
      const interest = http.request('GET', 'http://x/');
      if (interest !== false) http.put(URL_OF_FILE, CONTENT);
      http.close();
      return interest;
    };
    const lab = slotted();
    assert.equal(decoy(lab, 5280), 'skip');
    lab.wait(6);
    assert.equal(lab.finished[0]?.sha256, HASH);
    assert.equal(decoy(new FilesLab(), 5280), false);
    // Behind whoever ends TLS, at a port of its own.
    assert.equal(decoy(lab, 8888), false);
    lab.http({ port: 8888 }).request('GET', 'http://upload.corp.example:5280/');
    assert.equal(decoy(lab, 8888), 'skip');
    assert.equal(decoy(lab, 8889), false);
    assert.equal(decoy(lab, 8888, '198.51.100.31'), false);
    // Web ports are everybody's.
    const web = slotted(new FilesLab(), 'http://upload.corp.example/slot/4a77/plan.pdf');
    assert.equal(decoy(web, 80), false);
    web.http({ port: 80 }).request('GET', 'http://upload.corp.example/');
    assert.equal(decoy(web, 80), 'skip');
  });

  it('is followed behind any number of connections to a site somebody linked to', () => {
    const lab = slotted(new FilesLab({ limits: { filesConnections: 2 } }));
    share(lab, 'http://www.ext.example/files/a.bin');
    for (let i = 0; i < 5; i++) {
      const http = lab.http({ port: 80 });
      assert.equal(http.request('GET', 'http://www.ext.example/'), 'skip');
      http.get('http://www.ext.example/files/a.bin', 'binary');
    }
    assert.equal(lab.http({ port: 80 }).request('GET', 'http://x/'), false);
    // Two that wait for their answer fill it.
    const held = [lab.http(), lab.http(), lab.http()];
    const told = held.map((http) => http.request('GET', URL_OF_FILE));
    assert.deepEqual(told, [true, true, 'skip']);
    assert.equal(lab.counters.get('filesNotFollowed'), 1);
    held[0]?.close();
    lab.http().put(URL_OF_FILE, CONTENT);
    lab.wait(6);
    assert.ok(lab.finished.some(({ sha256 }) => sha256 === HASH));
  });

  it('is known however its address is written', () => {
    const ways = [
      { host: 'upload.corp.example:80' },
      { host: 'upload.corp.example:443' },
      { host: 'upload.corp.example.:5280' },
      { target: '/slot/4a77/plan.pdf?x=1' },
      { target: '/%73lot/%34a77/plan%2Epdf' },
      { target: '//slot/./x/../4a77%2fplan.pdf' },
    ];
    for (const way of ways) {
      const lab = slotted();
      assert.equal(lab.http().request('PUT', URL_OF_FILE, way), true, JSON.stringify(way));
    }
  });

  it('many on one connection', () => {
    const lab = slotted();
    const second = URL_OF_FILE.replace('4a77', '4a78');
    slotted(lab, second);
    lab.http().put(URL_OF_FILE, CONTENT).put(second, 'second');
    lab.wait(6);
    assert.deepEqual(
      lab.finished.map(({ seenBytes, offer }) => [seenBytes, offer?.sid]),
      [
        [SIZE, URL_OF_FILE],
        [6, second],
      ],
    );
  });

  it('behind whoever ends TLS: the slot says https', () => {
    const lab = slotted(new FilesLab(), 'https://upload.corp.example/a/b%20c.pdf');
    lab.http().put('http://upload.corp.example/a/b%20c.pdf', CONTENT);
    const other = lab.http();
    assert.equal(
      other.request('PUT', URL_OF_FILE, { host: 'upload.corp.example:443', target: '/a/b c.pdf' }),
      true,
    );
    lab.wait(6);
    assert.equal(lab.finished.length, 1);
  });

  it('at most so many wait', () => {
    const lab = new FilesLab();
    for (let i = 0; i < 70; i++) {
      const url = URL_OF_FILE.replace('4a77', `n${i}`);
      slotted(lab, url).http().put(url, `${CONTENT}${i}`);
    }
    assert.equal(lab.finished.length, 6);
  });
});

describe('a download', () => {
  it('of what was seen as it was put there is the same file', () => {
    const lab = slotted();
    lab.http().put(URL_OF_FILE, CONTENT);
    share(lab);
    const http = lab.http({ client: '203.0.113.7' });
    http.get(URL_OF_FILE, CONTENT);
    http.get(URL_OF_FILE, CONTENT);
    assert.equal(lab.finished.length, 1);
  });

  it('that comes before anybody was told ends the wait of the upload', () => {
    const lab = slotted();
    lab.http().put(URL_OF_FILE, CONTENT);
    lab.http({ client: '203.0.113.7' }).get(URL_OF_FILE, CONTENT);
    assert.equal(lab.finished.length, 1);
    assert.equal(lab.finished[0]?.end.direction, 0);
  });

  it('of something else at the same URL is another file', () => {
    const lab = slotted();
    lab.http().put(URL_OF_FILE, CONTENT);
    share(lab);
    lab.http({ client: '203.0.113.7' }).get(URL_OF_FILE, 'MZ something else');
    assert.equal(lab.finished.length, 2);
  });

  it('whose upload was not seen, or not whole, counts once for all who fetch it', () => {
    const lab = slotted();
    share(lab);
    for (let i = 0; i < 3; i++) lab.http({ client: `203.0.113.${i}` }).get(URL_OF_FILE, CONTENT);
    assert.equal(lab.finished.length, 1);
    assert.deepEqual([lab.finished[0]?.offer?.to, lab.finished[0]?.sha256], [BOB, HASH]);
  });

  it('of a URL that was shared, wherever it leads', () => {
    const lab = new FilesLab();
    share(lab, 'http://www.ext.example/files/a.bin');
    const http = lab.http();
    assert.equal(http.request('GET', 'http://www.ext.example/'), 'skip');
    http.get('http://www.ext.example/files/a.bin', 'binary');
    assert.equal(lab.finished[0]?.offer?.name, 'a.bin');
    assert.equal(lab.finished[0].offer.from, 'alice@corp.example/phone');
  });

  it('of a file of a known upload host that a text links to', () => {
    const lab = slotted();
    const url = 'http://upload.corp.example:5280/slot/9999/old.zip';
    lab
      .client('carol')
      .c(`<message type='chat' id='m2' to='${BOB}'><body>see ${url}, please</body></message>`);
    lab.http().get(url, 'PK');
    assert.deepEqual([lab.finished[0]?.offer?.name, lab.finished[0]?.offer?.to], ['old.zip', BOB]);
  });

  it('that carries nothing leaves nothing', () => {
    const lab = slotted();
    for (const status of [304, 404, 403, 302]) {
      const http = lab.http();
      http.request('GET', URL_OF_FILE);
      assert.equal(http.respond(status, { contentLength: 10 }), false);
      http.body(1, 'not found!').end(1).close();
    }
    assert.deepEqual(lab.finished, []);
  });

  it('in pieces that follow one another is whole', () => {
    const lab = slotted();
    const total = SIZE;
    const piece = (first: number, last: number, http = lab.http()): void => {
      http.request('GET', URL_OF_FILE);
      http.end(0);
      const isWanted = http.respond(206, {
        contentLength: last + 1 - first,
        contentRange: { first, last, total },
      });
      if (isWanted) http.body(1, CONTENT.slice(first, last + 1));
      http.end(1);
    };
    piece(0, 499);
    // A piece that overlaps the one before.
    piece(400, 999);
    assert.equal(lab.finished.length, 0);
    piece(1000, total - 1);
    assert.deepEqual([lab.finished[0]?.lack, lab.finished[0]?.sha256], ['', HASH]);
    piece(500, 600);
    piece(0, total - 1);
    assert.equal(lab.finished.length, 1);
  });

  it('in pieces of which some are missing is not', () => {
    for (const [pieces, lack] of [
      [
        [
          [0, 99],
          [200, SIZE - 1],
        ],
        'gap',
      ],
      [[[0, 99]], 'cut_off'],
      [[[100, SIZE - 1]], 'no_start'],
    ] as const) {
      const lab = slotted();
      for (const [first, last] of pieces) {
        const http = lab.http();
        http.request('GET', URL_OF_FILE);
        http.respond(206, { contentRange: { first, last, total: SIZE } });
        http.body(1, CONTENT.slice(first, last + 1)).end(1);
      }
      lab.wait(400);
      assert.deepEqual(
        lab.finished.map((file) => [file.lack, file.sha256]),
        [[lack, '']],
      );
    }
  });

  it('interrupted is cut off, with a hole has a gap', () => {
    for (const lack of ['gap', 'cut_off'] as const) {
      const lab = slotted();
      const http = lab.http();
      http.request('GET', URL_OF_FILE);
      http.respond(200, { contentLength: SIZE });
      http.body(1, CONTENT.slice(0, 100));
      if (lack === 'gap') http.gap(1, -1).end(1, false);
      else http.close();
      assert.equal(lab.finished[0]?.lack, lack);
    }
  });

  it('answers belong to their questions', () => {
    const lab = slotted();
    const http = lab.http();
    http.request('GET', URL_OF_FILE);
    http.request('GET', 'http://upload.corp.example:5280/other');
    assert.equal(http.respond(200, { contentLength: 5 }), false);
    assert.equal(http.respond(200, { number: 1, contentLength: SIZE }), true);
    http.body(1, CONTENT).end(1);
    assert.equal(lab.finished[0]?.sha256, HASH);
  });

  it('of what another worker saw put there is not told again', () => {
    const one = slotted(new FilesLab({ peers: true }));
    one.http().put(URL_OF_FILE, CONTENT);
    share(one);
    const other = new FilesLab({ peers: true });
    tell(one, other);
    other.http().get(URL_OF_FILE, CONTENT);
    assert.deepEqual(other.finished, []);
    assert.equal(other.url(URL_OF_FILE)?.to, BOB);
  });

  it('waits for the worker that may have seen it put there, not for ever', () => {
    for (const isLate of [false, true]) {
      const one = slotted(new FilesLab({ peers: true }));
      const other = new FilesLab({ peers: true });
      tell(one, other);
      one.http().put(URL_OF_FILE, CONTENT);
      share(one);
      other.http().get(URL_OF_FILE, CONTENT);
      if (!isLate) tell(one, other);
      other.wait(6);
      assert.equal(other.finished.length, isLate ? 1 : 0);
    }
  });
});

describe('places of URLs', () => {
  it('are compared as they are asked for', () => {
    assert.deepEqual(placeOfUrl('HTTP://Upload.Corp.example/a b?c=ü#frag'), {
      host: 'upload.corp.example:80',
      target: '/a%20b?c=%C3%BC',
    });
    assert.deepEqual(placeOfUrl('https://u.example:8443/x'), {
      host: 'u.example:8443',
      target: '/x',
    });
    assert.equal(placeOfUrl('mailto:x@y'), undefined);
    assert.equal(targetOfRequest('/a b/../c'), '/a%20b/../c'.replace('/a%20b/..', ''));
    assert.equal(targetOfRequest('*'), '*');
    const written = placeOfUrl('https://u.example/ü/a (1)%2b%e2%82%ac.pdf')?.target;
    for (const target of [
      '/%c3%bc/a%20%281%29+%E2%82%AC.pdf',
      Buffer.from('/ü/a%20(1)+€.pdf').toString('latin1'),
    ]) {
      assert.equal(targetOfRequest(target), written);
    }
    // What stands for something else is not decoded.
    assert.equal(targetOfRequest('/a%2520b%3fc%23'), '/a%2520b%3Fc%23');
  });
});
