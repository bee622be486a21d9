/**
 * A capture full of secrets, each in a place of its own, for the test that looks for them in everything the sensor
 * leaves behind. Every plant says what the sensor must have noticed of it: a secret that nobody read proves nothing.
 */
import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';
import {
  START_USEC,
  mergeByTime,
  tcpConversation,
  writePcap,
  type TimedPacket,
  type Turn,
} from './packets.ts';

/** A secret and how it is known to have been seen. */
export interface Plant {
  readonly name: string;
  readonly secret: string;
  /** Not even its ends may be shown. */
  readonly isPassword?: boolean;
  /** An alert of this detection, about the stanza of this id where one is given. */
  readonly alert?: { readonly detection: string; readonly id?: string; readonly from?: string };
  /** A file with this SHA-256 in which this detection was found. */
  readonly file?: { readonly sha256: string; readonly found?: string };
}

const SECOND = 1_000_000;
const SERVER = '198.51.100.5';
const STORE = '198.51.100.9';
const ALICE = 'alice@corp.example/desk';
const BOB = 'bob@partner.example/phone';
const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const HEADER =
  "version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
/** Another card for each plant: 15 digits behind the issuer's, and the check digit. */
let cards = 0;

export function card(): string {
  const body = `4539${String(57_123_400_811 + 7919 * cards++)}`.padEnd(15, '3');
  for (let check = 0; check < 10; check++) {
    if (isLuhn(body + String(check))) return body + String(check);
  }
  throw new Error('some check digit fits');
}

function isLuhn(digits: string): boolean {
  let sum = 0;
  Array.from(digits)
    .reverse()
    .forEach((digit, i) => {
      const value = Number(digit) * (i % 2 === 1 ? 2 : 1);
      sum += value > 9 ? value - 9 : value;
    });
  return sum % 10 === 0;
}

/** Letters and digits that follow from a name: no secret is part of another. */
function jumble(name: string, length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i++) {
    const block = createHash('sha256').update(`${name} ${i}`).digest('base64');
    text += block.replace(/[^A-Za-z0-9]/g, '');
  }
  return text.slice(0, length);
}

/** Upper-case letters and digits of which keys of AWS are made. */
function awsKey(name: string): string {
  let text = '';
  for (const byte of createHash('sha256').update(name).digest()) {
    text += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32] ?? '';
  }
  return `AKIA${text.slice(0, 16)}`;
}

/** Texts as people write them; `{}` is the secret. */
const TEXTS: readonly (readonly [
  detection: string,
  text: string,
  secret: string,
  isPassword?: true,
])[] = [
  ['dlp-pan', 'card {} exp 10/28', card()],
  ['dlp-iban', 'pay to {} please', 'GB82WEST12345698765432'],
  ['dlp-dev-token', 'key {}', awsKey('text')],
  ['dlp-dev-token', 'aws_secret_access_key = {}', `${jumble('aws', 19)}/${jumble('aws2', 20)}`],
  ['dlp-dev-token', '{}', `ghp_${jumble('github', 36)}`],
  ['dlp-dev-token', 'use {} for that', `glpat-${jumble('gitlab', 20)}`],
  ['dlp-dev-token', '{}', `sk_live_${jumble('stripe', 24)}`],
  ['dlp-dev-token', '{}', `npm_${jumble('npm', 36)}`],
  ['dlp-dev-token', "curl -H 'Authorization: Bearer {}' https://api.example", jumble('bearer', 32)],
  [
    'dlp-jwt',
    'use {}, it is valid for an hour',
    `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${jumble('jwt', 43)}`,
  ],
  [
    'dlp-privkey',
    '-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----',
    `MIIEpQIBAAKCAQEA${jumble('rsa', 48)}`,
  ],
  ['dlp-password', 'password={}', 'Gr33nV4lleyPlum!', true],
  ['dlp-password', 'Passwort: {}', 'Kr0kusFeld#77', true],
  ['dlp-password', 'пароль: {}', 'Bl4uRegen51', true],
  ['dlp-password', 'https://admin:{}@intra.corp.example/', 'W1ldHarbor66', true],
  ['dlp-password', 'curl -u elastic:{} http://localhost:9200', 'Qu1etLagoon$1', true],
  ['dlp-connstring', 'redis://:{}@cache.corp.example:6379/0', 'm1st-cany0n', true],
  [
    'dlp-connstring',
    'jdbc:sqlserver://db.corp.example:1433;databaseName=shop;user=app;password={};encrypt=true',
    'sl0w-mead0w',
    true,
  ],
  ['dlp-natid', "Here's my SSN: {}", '460-89-9847'],
  ['dlp-natid', 'my Aadhaar is {}', '5391 2746 8303'],
  ['dlp-natid', 'Meine Steuer-ID: {}', '72029543865'],
  ['dlp-wallet', 'wallet: {}', '5JgWEXSPLky7BkqQmPHFvpDJzY4dzvVKPMj1UaHHF9T4ZqoW6Za'],
  [
    'dlp-wallet',
    'seed phrase: {}',
    'ripple lamp orbit canvas mango stove pilot harvest tunnel velvet garden echo',
  ],
  // Seen by rules that want something else of the same text.
  ['dlp-marking', 'CONFIDENTIAL\nplease charge {} today', card()],
  ['pol-test-raw', 'rawmark and password: {}', 'D4rkOrchard42', true],
];

/** Rules that show raw bytes: of a stanza, and of the stream around a login. */
export const RAW_RULES = [
  'alert xmpp any any -> any any (msg:"raw stanza"; xmpp.stanza; content:"rawmark"; metadata:detection pol-test-raw; sid:9000001; rev:1;)',
  'alert tcp any any -> any any (msg:"raw stream"; content:"streammark"; metadata:detection pol-test-stream; sid:9000002; rev:1;)',
].join('\n');

/** Where the control stands: the name of an account is shown on purpose. */
export const CONTROL = `sk_live_${jumble('control', 24)}`;

export interface PlantedCapture {
  readonly pcap: Uint8Array;
  readonly plants: readonly Plant[];
}

/** The capture and what is in it. */
export function plantSecrets(): PlantedCapture {
  const plants: Plant[] = [];
  const captures = [
    texts(plants),
    places(plants),
    logins(plants),
    inBand(plants),
    byProxy(plants),
    upload(plants),
    broken(plants),
  ];
  return { pcap: writePcap(mergeByTime(...captures)), plants };
}

function at(conversation: number): { startUsec: number; clientPort: number } {
  return { startUsec: START_USEC + conversation * 100 * SECOND, clientPort: 41_000 + conversation };
}

function opening(user: string, auth: string): Turn[] {
  const bound = `${user}@corp.example/desk`;
  return [
    ['C', `<stream:stream to='corp.example' ${HEADER}`],
    [
      'S',
      `<stream:stream from='corp.example' id='s1' ${HEADER}<stream:features><mechanisms ${SASL}><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
    ],
    ['C', auth],
    ['S', `<success ${SASL}/>`],
    ['C', `<stream:stream to='corp.example' ${HEADER}`],
    [
      'S',
      `<stream:stream from='corp.example' id='s2' ${HEADER}<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>`,
    ],
    ['C', "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"],
    [
      'S',
      `<iq type='result' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${bound}</jid></bind></iq>`,
    ],
  ];
}

function plain(user: string, password: string, more = ''): string {
  const payload = Buffer.from(`\0${user}\0${password}`).toString('base64');
  return `<auth ${SASL} mechanism='PLAIN'${more}>${payload}</auth>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function message(id: string, body: string, more = ''): Turn {
  return [
    'C',
    `<message from='${ALICE}' to='${BOB}' type='chat' id='${id}'><body>${escaped(body)}</body>${more}</message>`,
  ];
}

/** What people write; and one secret in pieces. */
function texts(plants: Plant[]): TimedPacket[] {
  const password = 'H1ddenSp4rrow9';
  plants.push({
    name: 'SASL PLAIN',
    secret: password,
    isPassword: true,
    alert: { detection: 'sasl-plain-clear' },
  });
  const turns = opening('alice', plain('alice', password));
  TEXTS.forEach(([detection, text, secret, isPassword], i) => {
    const id = `text-${i}`;
    turns.push(message(id, text.replace('{}', secret)));
    plants.push({
      name: `${detection} in text`,
      secret,
      ...(isPassword === true ? { isPassword } : {}),
      alert: { detection, id },
    });
  });
  return tcpConversation(turns, { ...at(0), stepUsec: 40_000 });
}

/** The places of a stanza that are no text of a message. */
function places(plants: Plant[]): TimedPacket[] {
  const turns = opening('carol', plain('carol', 'An0therQuietL4rk', " x='streammark'"));
  plants.push({
    name: 'SASL PLAIN beside a match in raw bytes',
    secret: 'An0therQuietL4rk',
    isPassword: true,
    alert: { detection: 'pol-test-stream' },
  });
  const put = (
    name: string,
    detection: string,
    stanza: (id: string) => string,
    secret: string,
    isPassword = false,
  ): void => {
    const id = `place-${plants.length}`;
    turns.push(['C', stanza(id)]);
    plants.push({ name, secret, isPassword, alert: { detection, id } });
  };
  const from = "from='carol@corp.example/desk'";
  const number = card();
  put(
    'card in a form',
    'dlp-pan',
    (id) =>
      `<message ${from} to='${BOB}' id='${id}'><x xmlns='jabber:x:data' type='submit'><field var='n'><value>${number}</value></field></x></message>`,
    number,
  );
  const subject = awsKey('subject');
  put(
    'token in a subject',
    'dlp-dev-token',
    (id) => `<message ${from} to='${BOB}' id='${id}'><subject>${subject}</subject></message>`,
    subject,
  );
  put(
    'password of a room',
    'dlp-side-creds',
    (id) =>
      `<presence ${from} to='plans@muc.corp.example/carol' id='${id}'><x xmlns='http://jabber.org/protocol/muc'><password>c4uldronbu4n</password></x></presence>`,
    'c4uldronbu4n',
    true,
  );
  put(
    'password in an invitation',
    'dlp-side-creds',
    (id) =>
      `<message ${from} to='${BOB}' id='${id}'><x xmlns='jabber:x:conference' jid='plans@muc.corp.example' password='f0ggyHollow8'/></message>`,
    'f0ggyHollow8',
    true,
  );
  // Around the match of a rule that shows the raw stanza: places of which no rule for leaks knows.
  const raw = (
    name: string,
    stanza: (id: string) => string,
    secret: string,
    isPassword = false,
  ): void => {
    put(name, 'pol-test-raw', stanza, secret, isPassword);
  };
  const resource = card();
  raw(
    'card in a resource',
    (id) =>
      `<message ${from} to='bob@partner.example/${resource}' id='${id}'><body>rawmark</body></message>`,
    resource,
  );
  const attribute = awsKey('attribute');
  raw(
    'token in an attribute',
    (id) =>
      `<message ${from} to='${BOB}' id='${id}'><body>rawmark</body><x xmlns='urn:x:y' key='${attribute}'/></message>`,
    attribute,
  );
  const namespace = awsKey('namespace');
  raw(
    'token in a namespace',
    (id) =>
      `<message ${from} to='${BOB}' id='${id}'><body>rawmark</body><x xmlns='urn:${namespace}'/></message>`,
    namespace,
  );
  const label = awsKey('label');
  raw(
    'token in a security label',
    (id) =>
      `<message ${from} to='${BOB}' id='${id}'><body>rawmark</body><securitylabel xmlns='urn:xmpp:sec-label:0'><displaymarking>SECRET ${label}</displaymarking></securitylabel></message>`,
    label,
  );
  raw(
    'password field of a form',
    (id) =>
      `<message ${from} to='${BOB}' id='${id}'><body>rawmark</body><x xmlns='jabber:x:data' type='submit'><field var='password' type='text-private'><value>M4rshlandP1ne</value></field></x></message>`,
    'M4rshlandP1ne',
    true,
  );
  raw(
    'secret of a room in its configuration',
    (id) =>
      `<message ${from} to='${BOB}' id='${id}'><body>rawmark</body><x xmlns='jabber:x:data' type='submit'><field var='muc#roomconfig_roomsecret'><value>T1deWatcherO4k</value></field></x></message>`,
    'T1deWatcherO4k',
    true,
  );
  const split = card();
  raw(
    'card written as references and parted by markup',
    (id) =>
      `<message ${from} to='${BOB}' id='${id}'><body>rawmark ${split.slice(0, 4)}<![CDATA[${split.slice(4, 8)}]]>&#${split.charCodeAt(8)};${split.slice(9)}</body></message>`,
    split,
  );
  const id = `sk_live_${jumble('id', 24)}`;
  turns.push([
    'C',
    `<message ${from} to='${BOB}' id='${id}'><body>TLP:RED do not forward</body></message>`,
  ]);
  plants.push({
    name: 'token as id of a stanza',
    secret: id,
    alert: { detection: 'dlp-marking', from: 'carol@corp.example/desk' },
  });
  turns.push([
    'C',
    `<message from='${CONTROL}@corp.example/desk' to='${BOB}' id='control'><body>TLP:RED do not forward</body></message>`,
  ]);
  const whole = card();
  for (const piece of [whole.slice(0, 6), whole.slice(6, 11), whole.slice(11)]) {
    turns.push([
      'C',
      `<message ${from} to='dave@partner.example/x' type='chat'><body>${piece}</body></message>`,
    ]);
  }
  plants.push({
    name: 'card cut over three messages',
    secret: whole,
    alert: { detection: 'dlp-pan', from: 'carol@corp.example/desk' },
  });
  return tcpConversation(turns, { ...at(1), stepUsec: 40_000 });
}

/** Logins of other kinds. */
function logins(plants: Plant[]): TimedPacket[] {
  const legacy = 'L4mplightBay3';
  const registered = 'N3wcomerPeak5';
  plants.push(
    {
      name: 'legacy authentication',
      secret: legacy,
      isPassword: true,
      alert: { detection: 'legacy-auth-clear' },
    },
    {
      name: 'registration',
      secret: registered,
      isPassword: true,
      alert: { detection: 'ibr-sensitive' },
    },
  );
  const token = jumble('oauth', 40);
  plants.push({
    name: 'OAUTHBEARER',
    secret: token,
    isPassword: true,
    alert: { detection: 'sasl-weak' },
  });
  const bearer = Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`).toString('base64');
  const turns: Turn[] = [
    ['C', `<stream:stream to='corp.example' ${HEADER}`],
    ['S', `<stream:stream from='corp.example' id='s1' ${HEADER}<stream:features/>`],
    ['C', `<auth ${SASL} mechanism='OAUTHBEARER' x='streammark'>${bearer}</auth>`],
    ['S', `<failure ${SASL}><not-authorized/></failure>`],
    [
      'C',
      `<iq type='set' id='r1'><query xmlns='jabber:iq:register'><username>newbie</username><password>${registered}</password></query></iq>`,
    ],
    ['S', "<iq type='result' id='r1'/>"],
    [
      'C',
      `<iq type='set' id='a1'><query xmlns='jabber:iq:auth'><username>old</username><password>${legacy}</password><resource>r</resource></query></iq>`,
    ],
    ['S', "<iq type='result' id='a1'/>"],
  ];
  return tcpConversation(turns, at(2));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Content of a file with a secret in it, long enough that it is a text. */
function textFile(secret: string): Uint8Array {
  const lines = `The quarterly report, as agreed.\nCard for the deposit: ${secret}\nWith kind regards\n`;
  return new TextEncoder().encode(lines.repeat(3));
}

/** A text and an archive as in-band bytestreams; a name that is a secret. */
function inBand(plants: Plant[]): TimedPacket[] {
  const turns = opening('frank', plain('frank', 'Th1rdQuietF1nch'));
  plants.push({
    name: 'SASL PLAIN of a sender of files',
    secret: 'Th1rdQuietF1nch',
    isPassword: true,
    alert: { detection: 'sasl-plain-clear' },
  });
  const inText = card();
  const inZip = card();
  const inName = card();
  const text = textFile(inText);
  const zip = zipSync({ 'docs/inner.txt': textFile(inZip) });
  const inMember = card();
  const program = new Uint8Array(2048);
  program.set([0x4d, 0x5a]);
  program[0x3c] = 0x80;
  program.set([0x50, 0x45, 0, 0, 0x4c, 1], 0x80);
  const tools = zipSync({ [`tool ${inMember}.exe`]: program });
  send('f3', 'tools.zip', tools);
  send('f1', `deposit ${inName}.txt`, text);
  send('f2', 'documents.zip', zip);
  plants.push(
    {
      name: 'card in a text file',
      secret: inText,
      file: { sha256: sha256(text), found: 'dlp-pan' },
    },
    { name: 'card in an archive', secret: inZip, file: { sha256: sha256(zip), found: 'dlp-pan' } },
    { name: 'card as name in an archive', secret: inMember, file: { sha256: sha256(tools) } },
    { name: 'card as name of a file', secret: inName, file: { sha256: sha256(text) } },
  );
  return tcpConversation(turns, { ...at(3), stepUsec: 10_000 });

  function send(sid: string, name: string, content: Uint8Array): void {
    const to = "to='bob@partner.example/phone' from='frank@corp.example/desk'";
    const from = "from='bob@partner.example/phone' to='frank@corp.example/desk'";
    const iq = (id: string, payload: string): void => {
      turns.push(['C', `<iq type='set' id='${sid}-${id}' ${to}>${payload}</iq>`]);
      turns.push(['S', `<iq type='result' id='${sid}-${id}' ${from}/>`]);
    };
    turns.push(
      [
        'C',
        `<iq type='set' id='${sid}-si' ${to}><si xmlns='http://jabber.org/protocol/si' id='${sid}' mime-type='text/plain' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='${name}' size='${content.length}'/><feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'><option><value>http://jabber.org/protocol/ibb</value></option></field></x></feature></si></iq>`,
      ],
      [
        'S',
        `<iq type='result' id='${sid}-si' ${from}><si xmlns='http://jabber.org/protocol/si'><feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'><field var='stream-method'><value>http://jabber.org/protocol/ibb</value></field></x></feature></si></iq>`,
      ],
    );
    iq(
      'open',
      `<open xmlns='http://jabber.org/protocol/ibb' block-size='128' sid='${sid}' stanza='iq'/>`,
    );
    for (let seq = 0; seq * 128 < content.length; seq++) {
      const block = Buffer.from(content.subarray(seq * 128, seq * 128 + 128)).toString('base64');
      iq(
        `d${seq}`,
        `<data xmlns='http://jabber.org/protocol/ibb' seq='${seq}' sid='${sid}'>${block}</data>`,
      );
    }
    iq('close', `<close xmlns='http://jabber.org/protocol/ibb' sid='${sid}'/>`);
  }
}

/** A file by SOCKS5 over the proxy. */
function byProxy(plants: Plant[]): TimedPacket[] {
  const secret = card();
  const content = textFile(secret);
  plants.push({
    name: 'card in a file over the proxy',
    secret,
    file: { sha256: sha256(content), found: 'dlp-pan' },
  });
  const from = 'ivan@corp.example/desk';
  const to = 'bob@partner.example/phone';
  const host = createHash('sha1').update(`p1${from}${to}`).digest('hex');
  const { startUsec, clientPort } = at(6);
  const chat: Turn[] = [
    ...opening('ivan', plain('ivan', 'F1fthQuietCr4ne')),
    [
      'C',
      `<iq type='set' id='p1-si' from='${from}' to='${to}'><si xmlns='http://jabber.org/protocol/si' id='p1' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='plan.txt' size='${content.length}'/></si></iq>`,
    ],
    [
      'C',
      `<iq type='set' id='p1-s5' from='${from}' to='${to}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='p1' mode='tcp'><streamhost jid='proxy.corp.example' host='${STORE}' port='7777'/></query></iq>`,
    ],
  ];
  const request = Buffer.concat([
    Buffer.from([5, 1, 0, 3, 40]),
    Buffer.from(host),
    Buffer.alloc(2),
  ]);
  const answer = Buffer.concat([Buffer.from([5, 0, 0, 3, 40]), Buffer.from(host), Buffer.alloc(2)]);
  const socks: Turn[] = [
    ['C', Buffer.from([5, 1, 0])],
    ['S', Buffer.from([5, 0])],
    ['C', request],
    ['S', answer],
    ['C', content],
  ];
  return mergeByTime(
    tcpConversation(chat, { startUsec, clientPort }),
    tcpConversation(socks, {
      startUsec: startUsec + 5 * SECOND,
      clientPort: clientPort + 500,
      server: STORE,
      serverPort: 7777,
    }),
  );
}

/** An upload in clear HTTP: credentials in its slot and its header, a secret in its body. */
function upload(plants: Plant[]): TimedPacket[] {
  const inSlot = jumble('slot', 32);
  const inFile = card();
  const content = textFile(inFile);
  plants.push(
    {
      name: 'credentials of an upload',
      secret: inSlot,
      file: { sha256: sha256(content) },
    },
    {
      name: 'card in an upload',
      secret: inFile,
      file: { sha256: sha256(content), found: 'dlp-pan' },
    },
    {
      name: 'SASL PLAIN of an uploader',
      secret: 'F0urthQuietWr3n',
      isPassword: true,
      alert: { detection: 'sasl-plain-clear' },
    },
  );
  const url = `http://${STORE}:5280/upload/0a1b2c/notes.txt`;
  const chat: Turn[] = [
    ...opening('gina', plain('gina', 'F0urthQuietWr3n')),
    [
      'C',
      `<iq type='get' id='u1' from='gina@corp.example/desk' to='upload.corp.example'><request xmlns='urn:xmpp:http:upload:0' filename='notes.txt' size='${content.length}' content-type='text/plain'/></iq>`,
    ],
    [
      'S',
      `<iq type='result' id='u1' from='upload.corp.example' to='gina@corp.example/desk'><slot xmlns='urn:xmpp:http:upload:0'><put url='${url}'><header name='Authorization'>Bearer ${inSlot}</header></put><get url='${url}'/></slot></iq>`,
    ],
  ];
  const head = `PUT /upload/0a1b2c/notes.txt HTTP/1.1\r\nHost: ${STORE}:5280\r\nAuthorization: Bearer ${inSlot}\r\nContent-Type: text/plain\r\nContent-Length: ${content.length}\r\n\r\n`;
  const { startUsec, clientPort } = at(4);
  return mergeByTime(
    tcpConversation(chat, { startUsec, clientPort }),
    tcpConversation(
      [
        ['C', Buffer.concat([Buffer.from(head), content])],
        ['S', 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n'],
      ],
      {
        startUsec: startUsec + 5 * SECOND,
        clientPort: clientPort + 500,
        server: STORE,
        serverPort: 5280,
      },
    ),
  );
}

/** XML that breaks right behind a secret; what is behind the break is raw bytes. */
function broken(plants: Plant[]): TimedPacket[] {
  const before = card();
  const password = 'Br0kenTw1gHer0n';
  plants.push(
    {
      name: 'card before XML breaks',
      secret: before,
      alert: { detection: 'dlp-pan', id: 'broken-1' },
    },
    {
      name: 'SASL PLAIN of who breaks XML',
      secret: password,
      isPassword: true,
      alert: { detection: 'xml-not-wellformed' },
    },
  );
  const turns: Turn[] = [
    ...opening('hugo', plain('hugo', password)),
    [
      'C',
      `<message from='hugo@corp.example/desk' to='${BOB}' id='broken-1'><body>card ${before}</body></message>`,
    ],
    [
      'C',
      `<message from='hugo@corp.example/desk' to='${BOB}' id='broken-2'><body>password: ${password} </bdy></message>`,
    ],
  ];
  return tcpConversation(turns, { ...at(5), server: SERVER });
}
