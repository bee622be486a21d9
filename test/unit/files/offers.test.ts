import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALICE, BOB, FilesLab } from '../../support/ledger-lab.ts';

const SI = 'http://jabber.org/protocol/si';
const PROFILE = `${SI}/profile/file-transfer`;
const FT = 'urn:xmpp:jingle:apps:file-transfer:5';
const SHA256 = 'a'.repeat(64);
const SHA256_BASE64 = Buffer.from(SHA256, 'hex').toString('base64');
const PIECES = [1, 13, Infinity];

function si(file: string, sid = 'a0', id = 'offer1'): string {
  return `<iq type='set' id='${id}' to='${BOB}'><si xmlns='${SI}' id='${sid}' mime-type='text/plain' profile='${PROFILE}'>${file}<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'><option><value>http://jabber.org/protocol/bytestreams</value></option></field></x></feature></si></iq>`;
}

const TEST_TXT = `<file xmlns='${PROFILE}' name='test.txt' size='1022' hash='552da749930852c69ae5d2141d3766b1' date='1969-07-21T02:56:15Z'><desc>This is a test.</desc></file>`;

describe('stream initiation', () => {
  for (const pieceBytes of PIECES) {
    it(`offers a file, in pieces of ${pieceBytes}`, () => {
      const lab = new FilesLab({ pieceBytes });
      lab.client().c(si(TEST_TXT));
      const offer = lab.stream('a0');
      assert.ok(offer !== undefined);
      assert.deepEqual(
        { ...offer, tsUsec: 0 },
        {
          from: ALICE,
          to: BOB,
          tsUsec: 0,
          flow: 0,
          protocol: 'si',
          sid: 'a0',
          name: 'test.txt',
          size: 1022,
          mime: 'text/plain',
          description: 'This is a test.',
          sha256: '',
          md5: '552da749930852c69ae5d2141d3766b1',
        },
      );
      assert.deepEqual(lab.told(), []);
    });
  }

  it('is one offer on its other leg, in either case of letters', () => {
    const lab = new FilesLab({ peers: true });
    lab.client().c(si(TEST_TXT));
    const server = lab.lab.flow({ port: 5269, midstream: true });
    server.c(
      si(TEST_TXT).replace('<iq ', "<iq xmlns='jabber:server' from='Alice@CORP.example/desk' "),
    );
    assert.equal(lab.stream('a0')?.flow, 0);
    assert.equal(new Set(lab.news.map(({ id }) => id)).size <= 1, true);
    assert.deepEqual(lab.told(), []);
  });

  it('sends the part that is asked for', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(si(TEST_TXT))
      .s(
        `<iq type='result' from='${BOB}' to='${ALICE}' id='offer1'><si xmlns='${SI}'><file xmlns='${PROFILE}'><range offset='1000'/></file></si></iq>`,
      );
    assert.equal(lab.stream('a0')?.size, 22);
    assert.equal(lab.stream('a0')?.md5, '');
  });

  it('an answer of somebody else changes nothing', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(si(TEST_TXT))
      .s(
        `<iq type='result' from='mallory@ext.example/x' to='${ALICE}' id='offer1'><si xmlns='${SI}'><file xmlns='${PROFILE}'><range offset='1000'/></file></si></iq>`,
      );
    assert.equal(lab.stream('a0')?.size, 1022);
  });

  it('tells another file under an id that is still on offer, once', () => {
    const lab = new FilesLab();
    const other = TEST_TXT.replace('test.txt', 'other.txt');
    const flow = lab
      .client()
      .c(si(TEST_TXT))
      .c(si(other, 'a0', 'offer2'));
    flow.c(si(other, 'a0', 'offer2'));
    assert.deepEqual(lab.told(), ['file.offer_conflict']);
    assert.equal(lab.stream('a0')?.name, 'other.txt');
    assert.match(
      String(lab.lab.of('file.offer_conflict')[0]?.context['summary']),
      /offered bob@ext.example\/phone the file other.txt under the session id of test.txt/,
    );
  });

  it('a refused id may be used again, also by others', () => {
    const lab = new FilesLab();
    const other = TEST_TXT.replace('test.txt', 'other.txt');
    lab
      .client()
      .c(si(TEST_TXT))
      .s(
        `<iq type='error' from='${BOB}' to='${ALICE}' id='offer1'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
      )
      .c(si(other));
    lab.client('carol').c(si(TEST_TXT));
    assert.deepEqual(lab.told(), []);
    assert.equal(lab.stream('a0')?.name, 'other.txt');
    assert.equal(lab.stream('a0', 'carol@corp.example/desk')?.name, 'test.txt');
  });

  for (const size of ['-1', '99999999999999999999', '12 apples', '1e9', '0x10']) {
    it(`the size "${size}" is none`, () => {
      const lab = new FilesLab();
      lab.client().c(si(TEST_TXT.replace('1022', size)));
      assert.deepEqual(lab.told(), ['file.offer_malformed']);
      assert.equal(lab.lab.of('file.offer_malformed')[0]?.context['oddity'], `size ${size}`);
      assert.equal(lab.stream('a0')?.size, -1);
    });
  }

  it('no size at all, and zero, are nothing odd', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    flow.c(si(TEST_TXT.replace("size='1022'", '')));
    flow.c(si(TEST_TXT.replace('1022', '0'), 'a1', 'x2'));
    assert.deepEqual(lab.told(), []);
    assert.equal(lab.stream('a1')?.size, 0);
  });

  it('texts of any length are cut', () => {
    const lab = new FilesLab();
    lab.client().c(si(TEST_TXT.replace('test.txt', 'n'.repeat(60_000))));
    assert.equal(lab.stream('a0')?.name.length, 1024);
  });
});

const S5B = `<transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='vj3'><candidate cid='c' host='198.51.100.20' port='7777' jid='proxy.corp.example' priority='1' type='proxy'/></transport>`;
const IBB = `<transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='ch3' block-size='4096'/>`;

function jingle(action: string, inside: string, id = 'j1', to = BOB): string {
  return `<iq type='set' id='${id}' to='${to}'><jingle xmlns='urn:xmpp:jingle:1' action='${action}' sid='851ba2'>${inside}</jingle></iq>`;
}

/** The same from the other side, as it reaches alice. */
function back(action: string, inside: string, id = 'b1'): string {
  return jingle(action, inside, id, ALICE).replace('<iq ', `<iq from='${BOB}' `);
}

function content(file: string, transport: string, more = "senders='initiator'", ns = FT): string {
  return `<content creator='initiator' name='f' ${more}><description xmlns='${ns}'>${file}</description>${transport}</content>`;
}

const FILE = `<file><date>1969-07-21T02:56:15Z</date><desc>A summit</desc><media-type>image/jpeg</media-type><name>summit.jpg</name><size>6144</size><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${SHA256_BASE64}</hash><hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash><thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org' media-type='image/png' width='128' height='96'/></file>`;

describe('Jingle file transfer', () => {
  for (const ns of [FT, FT.replace(':5', ':4')]) {
    it(`offers a file in ${ns}`, () => {
      const lab = new FilesLab();
      lab.client().c(jingle('session-initiate', content(FILE, S5B, '', ns)));
      const offer = lab.stream('vj3');
      assert.equal(offer?.protocol, 'jingle');
      assert.equal(offer.sid, '851ba2');
      assert.deepEqual([offer.from, offer.to], [ALICE, BOB]);
      assert.deepEqual([offer.name, offer.size, offer.mime], ['summit.jpg', 6144, 'image/jpeg']);
      assert.equal(offer.sha256, SHA256);
      assert.equal(offer.sha1, 'c3499c2729730a7f807efb8676a92dcb6f8a3f8f');
      assert.equal(offer.description, 'A summit');
    });
  }

  it('offers and asks in version 3, with digests in hex', () => {
    const ns = FT.replace(':5', ':3');
    const file = `<file><name>old.txt</name><size>10</size><hashes xmlns='urn:xmpp:hashes:1'><hash algo='md5'>552DA749930852C69AE5D2141D3766B1</hash></hashes></file>`;
    const lab = new FilesLab();
    const flow = lab.client();
    flow.c(jingle('session-initiate', content(`<offer>${file}</offer>`, S5B, '', ns)));
    assert.equal(lab.stream('vj3')?.md5, '552da749930852c69ae5d2141d3766b1');
    assert.equal(lab.stream('vj3')?.from, ALICE);
    const other = jingle('session-initiate', content(`<request>${file}</request>`, IBB, '', ns));
    flow.c(other.replace('851ba2', 'other'));
    assert.equal(lab.stream('ch3')?.from, BOB);
  });

  it('who is asked for a file sends it, and says more of it', () => {
    const lab = new FilesLab();
    const asked = `<file><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${SHA256_BASE64}</hash></file>`;
    lab
      .client()
      .c(jingle('session-initiate', content(asked, S5B, "senders='responder'")))
      .s(back('session-accept', content(FILE, S5B, "senders='responder'")));
    const offer = lab.stream('vj3');
    assert.deepEqual([offer?.from, offer?.to], [BOB, ALICE]);
    assert.deepEqual([offer?.name, offer?.size, offer?.sha256], ['summit.jpg', 6144, SHA256]);
  });

  it('a part is accepted', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(jingle('session-initiate', content(FILE, S5B)))
      .s(
        back(
          'session-accept',
          content(
            "<file><name>summit.jpg</name><size>6144</size><range offset='6000'/></file>",
            S5B,
          ),
        ),
      );
    assert.equal(lab.stream('vj3')?.size, 144);
    assert.equal(lab.stream('vj3')?.sha256, '');
  });

  it('the digest may come last, that of a part does not count', () => {
    const lab = new FilesLab();
    const checksum = (inside: string): string =>
      jingle(
        'session-info',
        `<checksum xmlns='${FT}' creator='initiator' name='f'><file>${inside}</file></checksum>`,
        'k1',
      );
    const hash = `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${SHA256_BASE64}</hash>`;
    const flow = lab
      .client()
      .c(jingle('session-initiate', content('<file><name>x.bin</name><size>9</size></file>', S5B)))
      .c(checksum(`<range offset='2' length='4'>${hash}</range>`));
    assert.equal(lab.stream('vj3')?.sha256, '');
    flow.c(checksum(hash));
    assert.equal(lab.stream('vj3')?.sha256, SHA256);
  });

  it('changes to another transport, and adds a file', () => {
    const lab = new FilesLab();
    const second = content(
      '<file><name>two.txt</name><size>2</size></file>',
      IBB.replace('ch3', 'ch4'),
    );
    lab
      .client()
      .c(jingle('session-initiate', content(FILE, S5B)))
      .s(back('transport-replace', `<content creator='initiator' name='f'>${IBB}</content>`))
      .c(jingle('content-add', second.replace("name='f'", "name='g'")));
    assert.equal(lab.stream('ch3')?.name, 'summit.jpg');
    assert.equal(lab.stream('ch4')?.name, 'two.txt');
    assert.deepEqual(lab.told(), []);
  });

  it('an ended session frees its id', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(jingle('session-initiate', content(FILE, S5B)))
      .s(back('session-terminate', '<reason><decline/></reason>'))
      .c(jingle('session-initiate', content(FILE.replace('summit.jpg', 'valley.jpg'), S5B), 'j2'));
    assert.deepEqual(lab.told(), []);
    assert.equal(lab.stream('vj3')?.name, 'valley.jpg');
  });

  it('one that is on offer is not replaced quietly', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(jingle('session-initiate', content(FILE, S5B)))
      .c(jingle('session-initiate', content(FILE.replace('6144', '7000'), S5B), 'j2'));
    assert.deepEqual(lab.told(), ['file.offer_conflict']);
  });

  it('calls are no files', () => {
    const lab = new FilesLab({ peers: true });
    lab
      .client()
      .c(
        jingle(
          'session-initiate',
          "<content creator='initiator' name='voice'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1'/></content>",
        ),
      );
    assert.deepEqual(lab.news, []);
  });

  it('refers to its thumbnail', () => {
    const lab = new FilesLab();
    lab.client().c(jingle('session-initiate', content(FILE, S5B)));
    const cid = 'sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org';
    const offer = lab.files.ledger.ofCid(cid, lab.nowUsec)?.offer;
    assert.equal(offer?.protocol, 'bob');
    assert.equal(offer.sha1, '8f35fef110ffc5df08d579a50083ff9308fb6242');
    assert.deepEqual([offer.from, offer.to], [ALICE, BOB]);
  });
});

const URL = 'http://files.ext.example/4a771ac1/summit.jpg';
const METADATA = `<file xmlns='urn:xmpp:file:metadata:0'>${FILE.replace('<file>', '')}`;

function message(inside: string, id = 'm1', to = BOB): string {
  return `<message type='chat' id='${id}' to='${to}'>${inside}</message>`;
}

describe('files shared by URL', () => {
  it('stateless, with what is said of them', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(
        message(
          `<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>${METADATA}<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${URL}'/><jinglepub xmlns='urn:xmpp:jinglepub:1' from='${ALICE}' id='9559976B'><description xmlns='${FT}'/></jinglepub></sources></file-sharing>`,
        ),
      );
    const offer = lab.url(URL);
    assert.equal(offer?.protocol, 'sfs');
    assert.deepEqual([offer.from, offer.to, offer.sid], [ALICE, BOB, URL]);
    assert.deepEqual([offer.name, offer.size, offer.sha256], ['summit.jpg', 6144, SHA256]);
  });

  it('stateless, with sources that come later', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(
        message(
          `<attach-to id='sharing' xmlns='urn:xmpp:message-attaching:1'/><sources xmlns='urn:xmpp:sfs:0' id='x'><url-data xmlns='http://jabber.org/protocol/url-data' target='${URL}'/></sources>`,
        ),
      );
    assert.equal(lab.url(URL)?.name, 'summit.jpg');
  });

  it('as a reference', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(
        message(
          `<body>Look</body><reference xmlns='urn:xmpp:reference:0' begin='0' end='3' type='data'><media-sharing xmlns='urn:xmpp:sims:1'>${METADATA.replace('urn:xmpp:file:metadata:0', FT)}<sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='${URL}'/></sources></media-sharing></reference>`,
        ),
      );
    assert.equal(lab.url(URL)?.size, 6144);
  });

  it('a mention is no file', () => {
    const lab = new FilesLab({ peers: true });
    lab
      .client()
      .c(
        message(
          "<body>bob: hi</body><reference xmlns='urn:xmpp:reference:0' begin='0' end='2' type='mention' uri='xmpp:bob@ext.example'/>",
        ),
      );
    assert.deepEqual(lab.news, []);
  });

  it('out of band, in a message and in an iq', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(
        message(
          `<body>here</body><x xmlns='jabber:x:oob'><url>${URL}</url><desc>the summit</desc></x>`,
        ),
      )
      .c(
        `<iq type='set' id='o1' to='${BOB}'><query xmlns='jabber:iq:oob'><url>http://www.ext.example/a%20b.pdf?x=1</url><desc>A licence</desc></query></iq>`,
      );
    assert.equal(lab.url(URL)?.description, 'the summit');
    assert.equal(lab.url('http://www.ext.example:80/a%20b.pdf?x=1')?.name, 'a b.pdf');
    assert.equal(lab.url('http://www.ext.example/a%20b.pdf?x=2'), undefined);
  });

  it('an error that repeats an offer is none', () => {
    const lab = new FilesLab();
    lab
      .client()
      .s(
        `<iq type='error' id='o1' from='${BOB}'><query xmlns='jabber:iq:oob'><url>${URL}</url></query><error type='cancel'/></iq>`,
      );
    assert.equal(lab.url(URL), undefined);
  });

  it('URLs that lead nowhere are left alone', () => {
    const lab = new FilesLab();
    const flow = lab.client();
    for (const url of [
      '',
      'xmpp:bob@ext.example',
      'http://',
      `http://x/${'y'.repeat(1200)}`,
      ':',
      'file:///etc/passwd',
    ]) {
      flow.c(message(`<x xmlns='jabber:x:oob'><url>${url}</url></x>`));
    }
    assert.ok(lab.news.length <= 2);
  });
});

const SERVICE = 'upload.corp.example';
const PUT = 'http://upload.corp.example:5280/slot/4a77/plan.pdf';
const GET = 'http://upload.corp.example:5280/get/4a77/plan.pdf';

describe('upload slots', () => {
  const request = `<iq type='get' id='u1' to='${SERVICE}'><request xmlns='urn:xmpp:http:upload:0' filename='plan.pdf' size='2048' content-type='application/pdf'/></iq>`;
  const slot = `<iq type='result' id='u1' from='${SERVICE}' to='${ALICE}'><slot xmlns='urn:xmpp:http:upload:0'><put url='${PUT}'><header name='Authorization'>Basic Base64String==</header></put><get url='${GET}'/></slot></iq>`;

  it('are offers to nobody yet', () => {
    const lab = new FilesLab();
    lab.client().c(request).s(slot);
    const offer = lab.url(GET);
    assert.deepEqual(
      [offer?.protocol, offer?.from, offer?.to, offer?.name, offer?.size, offer?.mime],
      ['upload', ALICE, '', 'plan.pdf', 2048, 'application/pdf'],
    );
    assert.equal(
      lab.files.ledger.ofPut('upload.corp.example:5280', '/slot/4a77/plan.pdf', lab.nowUsec)?.offer,
      offer,
    );
  });

  it('of the older version', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(
        `<iq type='get' id='u1' to='${SERVICE}'><request xmlns='urn:xmpp:http:upload'><filename>plan.pdf</filename><size>2048</size><content-type>application/pdf</content-type></request></iq>`,
      )
      .s(
        `<iq type='result' id='u1' from='${SERVICE}'><slot xmlns='urn:xmpp:http:upload'><put>${PUT}</put><get>${GET}</get></slot></iq>`,
      );
    assert.deepEqual([lab.url(GET)?.name, lab.url(GET)?.size], ['plan.pdf', 2048]);
  });

  it('without their question the URL names the file', () => {
    const lab = new FilesLab();
    lab.client().s(slot);
    assert.deepEqual([lab.url(GET)?.name, lab.url(GET)?.size], ['plan.pdf', -1]);
  });

  for (const service of [
    'corp.example',
    'upload.corp.example',
    'Files.Upload.Corp.Example',
    '',
  ] as const) {
    it(`without their question are given by '${service}'`, () => {
      const lab = new FilesLab();
      lab.client().s(slot.replace(`from='${SERVICE}'`, service === '' ? '' : `from='${service}'`));
      assert.equal(lab.url(GET)?.from, ALICE);
    });
  }

  for (const service of [
    BOB,
    'ext.example',
    'upload.ext.example',
    'evilcorp.example',
    'example',
    'mallory@corp.example/x',
    'mallory@upload.corp.example',
  ]) {
    it(`without their question are not given by ${service}`, () => {
      const lab = new FilesLab();
      lab.client().s(slot.replace(SERVICE, service));
      assert.equal(lab.url(GET), undefined);
    });
  }

  it('of a service elsewhere count for who asked it', () => {
    const elsewhere = (text: string): string => text.replace(SERVICE, 'upload.ext.example');
    const other = (text: string): string => text.replaceAll('4a77', '5b88');
    const lab = new FilesLab();
    const flow = lab.client().c(elsewhere(request)).s(elsewhere(slot));
    assert.equal(lab.url(GET)?.size, 2048);
    flow.s(other(elsewhere(slot)).replace("'u1'", "'u2'"));
    assert.equal(lab.url(other(GET))?.size, -1);
    const third = (text: string): string => text.replaceAll('4a77', '6c99');
    lab.client('dave').s(third(elsewhere(slot)).replace(ALICE, 'dave@corp.example/desk'));
    assert.equal(lab.url(third(GET)), undefined);
  });

  it('clients give none', () => {
    const lab = new FilesLab();
    lab.client('mallory').c(slot.replace(`from='${SERVICE}' `, ''));
    assert.equal(lab.url(GET), undefined);
  });

  for (const [how, inside] of [
    ['out of band', `<body>${GET}</body><x xmlns='jabber:x:oob'><url>${GET}</url></x>`],
    ['as a link in a text', `<body>the plan (${GET}).</body>`],
    [
      'under the key of an encrypted file',
      `<body>aesgcm://upload.corp.example:5280/get/4a77/plan.pdf#00ff</body>`,
    ],
  ] as const) {
    it(`shared ${how}, they get their recipient`, () => {
      const lab = new FilesLab();
      const flow = lab.client().c(request).s(slot).c(message(inside));
      assert.equal(lab.url(GET)?.to, BOB);
      assert.deepEqual(lab.told(), ['file.upload_shared']);
      const [shared] = lab.lab.of('file.upload_shared');
      assert.equal(shared?.context['summary'], `${ALICE} shared the file plan.pdf with ${BOB}`);
      // The other leg, and once more.
      const server = lab.lab.flow({ port: 5269, midstream: true });
      server.c(
        message(inside).replace('<message ', `<message xmlns='jabber:server' from='${ALICE}' `),
      );
      flow.c(message(inside, 'm2'));
      assert.deepEqual(lab.told(), ['file.upload_shared']);
      flow.c(message(inside, 'm3', 'carol@corp.example'));
      assert.equal(lab.lab.of('file.upload_shared_inside').length, 1);
      assert.equal(lab.url(GET)?.to, BOB);
    });
  }

  it('shared with many inside, somebody outside is told all the same', () => {
    const lab = new FilesLab();
    const flow = lab.client().c(request).s(slot);
    const link = (to: string): void => {
      flow.c(message(`<body>${GET}</body>`, `m-${to}`, to));
    };
    for (let i = 0; i < 20; i++) link(`user${i}@corp.example`);
    assert.equal(lab.lab.of('file.upload_shared_inside').length, 16);
    assert.equal(lab.counters.get('filesOverlooked'), 4);
    link(BOB);
    link('carol@Ext.Example');
    link('carol@other.example');
    assert.equal(lab.lab.of('file.upload_shared').length, 2);
    assert.equal(lab.counters.get('filesOverlooked'), 5);
    for (let i = 0; i < 20; i++) link(`x@ext${i}.example`);
    assert.equal(lab.lab.of('file.upload_shared').length, 16);
  });

  it('many in one message are bounded and counted', () => {
    const lab = new FilesLab();
    const links = Array.from(
      { length: 20 },
      (_, i) => `<x xmlns='jabber:x:oob'><url>http://www.ext.example/${i}.pdf</url></x>`,
    );
    lab.client().c(message(links.join('')));
    assert.ok(lab.url('http://www.ext.example/15.pdf') !== undefined);
    assert.equal(lab.url('http://www.ext.example/16.pdf'), undefined);
    assert.equal(lab.lab.counters.get('filesOverlooked'), 4);
  });

  it('ordinary chat and other links share nothing', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(request)
      .s(slot)
      .c(message('<body>see http://www.ext.example/plan.pdf and upload.corp.example:5280</body>'));
    assert.deepEqual(lab.told(), []);
    assert.equal(lab.url(GET)?.to, '');
  });

  it('nobody else says what is in them', () => {
    const lab = new FilesLab();
    lab.client().c(request).s(slot);
    const forged = `<file-sharing xmlns='urn:xmpp:sfs:0'>${METADATA}<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${GET}'/></sources></file-sharing>`;
    lab.client('mallory').c(message(forged));
    assert.equal(lab.url(GET)?.sha256, '');
    lab.client('alice', 'phone').c(message(forged, 'm9'));
    assert.equal(lab.url(GET)?.sha256, SHA256);
  });
});

describe('bits of binary', () => {
  const cid = 'sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org';

  it('are known by who shows them and by who asks for them', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(
        message(
          `<body>hi</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>hi <img src='cid:${cid}' alt='x'/></p></body></html>`,
        ),
      )
      .c(
        `<iq type='get' id='d1' to='${BOB}'><data xmlns='urn:xmpp:bob' cid='md5+552da749930852c69ae5d2141d3766b1@bob.xmpp.org'/></iq>`,
      );
    const shown = lab.files.ledger.ofCid(cid, lab.nowUsec)?.offer;
    assert.deepEqual(
      [shown?.from, shown?.sha1],
      [ALICE, '8f35fef110ffc5df08d579a50083ff9308fb6242'],
    );
    const asked = lab.files.ledger.ofCid(
      'md5+552da749930852c69ae5d2141d3766b1@bob.xmpp.org',
      lab.nowUsec,
    )?.offer;
    assert.deepEqual(
      [asked?.from, asked?.to, asked?.md5],
      [BOB, ALICE, '552da749930852c69ae5d2141d3766b1'],
    );
  });
});

describe('news for other workers', () => {
  function offer(i: number): string {
    return message(`<x xmlns='jabber:x:oob'><url>http://files.ext.example/${i}</url></x>`, `m${i}`);
  }

  it('are no more a second than they can hear', () => {
    const lab = new FilesLab({ peers: true, limits: { filesNews: 10 } });
    const flow = lab.client();
    for (let i = 0; i < 50; i++) flow.c(offer(i));
    assert.equal(lab.news.length, 10);
    assert.equal(lab.counters.get('filesNewsDropped'), 90);
    lab.wait(2);
    flow.c(offer(51));
    assert.equal(lab.news.length, 12);
  });

  it('make the same entry, whoever hears them, and can be heard twice', () => {
    const lab = new FilesLab({ peers: true });
    const other = new FilesLab({ peers: true });
    lab.client().c(offer(1));
    for (let i = 0; i < 2; i++) {
      for (const news of lab.news)
        other.files.learnOffer(JSON.parse(JSON.stringify(news)) as typeof news);
    }
    const url = 'http://files.ext.example/1';
    assert.deepEqual({ ...other.url(url), flow: 0 }, lab.url(url));
    assert.deepEqual(other.news, []);
  });
});
