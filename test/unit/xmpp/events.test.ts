/** Every event of the room: what fires it, at every segmentation, and what is close and must not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BIND_FEATURES,
  PIECE_SIZES,
  clientHeader,
  component,
  everySegmentation,
  federation,
  login,
  plainPayload,
  play,
  serverHeader,
  type DialogueOptions,
  type Turn,
} from '../../support/dialogue.ts';

interface Case {
  readonly why: string;
  readonly turns: readonly Turn[];
  readonly options?: DialogueOptions;
  /** Context of the first such event. */
  readonly context?: Readonly<Record<string, string | number>>;
  readonly times?: number;
}

/** Long conversations are played at fewer sizes, to keep the tests short. */
const FEW_SIZES = [1400, Infinity];

function suite(event: string, fires: readonly Case[], misses: readonly Case[]): void {
  const sizes = (turns: readonly Turn[]): readonly number[] => {
    const bytes = turns.reduce(
      (n, [, what]) => n + (typeof what === 'string' ? what.length : 0),
      0,
    );
    return bytes > 8000 ? FEW_SIZES : PIECE_SIZES;
  };
  describe(event, () => {
    for (const { why, turns, options, context, times } of fires) {
      it(`fires on ${why}`, () => {
        everySegmentation(
          turns,
          (seen) => {
            const found = seen.events.filter(({ name }) => name === event);
            assert.equal(found.length, times ?? 1, seen.names().join(' '));
            if (context !== undefined) assert.deepEqual(found[0]?.context, context);
          },
          options,
          sizes(turns),
        );
      });
    }
    for (const { why, turns, options } of misses) {
      it(`stays quiet on ${why}`, () => {
        everySegmentation(
          turns,
          (seen) => {
            assert.deepEqual(seen.names(event), []);
          },
          options,
          sizes(turns),
        );
      });
    }
  });
}

const c = (text: string): Turn => ['C', text];
const s = (text: string): Turn => ['S', text];
const headers = (domain = 'corp.example'): Turn[] => [
  c(clientHeader(domain)),
  s(serverHeader(domain)),
];
const MESSAGE = c("<message to='bob@corp.example' id='m1'><body>hi</body></message>");

suite(
  'xmpp.stream_reopen',
  [
    {
      why: 'a second client header on an open stream',
      turns: [...login(), c(clientHeader('corp.example'))],
      context: { depth: 0 },
    },
    {
      why: 'a second server header',
      turns: [...login(), s(serverHeader('corp.example'))],
    },
    {
      why: 'a stream element inside a stanza',
      turns: [
        ...login(),
        s(
          "<message from='mallory@ext.example'><body>x</body><stream:stream to='corp.example'/></message>",
        ),
      ],
      context: { depth: 1 },
    },
    {
      why: 'a new header before any login',
      turns: [...headers(), c(clientHeader('corp.example'))],
    },
  ],
  [
    { why: 'the restart after the login', turns: login() },
    {
      why: 'a gap before the second header',
      turns: [...login(), ['C', { gap: 9 }], c(clientHeader('corp.example'))],
    },
    {
      why: 'an element called stream in another namespace',
      turns: [...login(), c("<iq type='set' id='1'><stream xmlns='urn:example:video'/></iq>")],
    },
  ],
);

const renamed = (first: string, second: string): Turn[] => {
  const turns = login();
  turns[0] = c(clientHeader(first));
  turns[5] = c(clientHeader(second));
  return turns;
};
suite(
  'xmpp.restart_host_swap',
  [
    {
      why: 'another host after the login',
      turns: renamed('corp.example', 'admin.corp.example'),
      context: { first: 'corp.example', now: 'admin.corp.example' },
    },
    {
      why: 'another name of the server after the login',
      turns: login().map((turn, i) => (i === 6 ? s(serverHeader('evil.example', 's2')) : turn)),
      context: { first: 'corp.example', now: 'evil.example' },
    },
  ],
  [
    { why: 'the same host in other letters', turns: renamed('Corp.Example', 'corp.example.') },
    { why: 'the same host in punycode', turns: renamed('bücher.example', 'xn--bcher-kva.example') },
    { why: 'an empty host first', turns: renamed('', 'corp.example') },
    { why: 'an address first', turns: renamed('10.0.0.1', 'corp.example') },
  ],
);

suite(
  'xmpp.stanza_preauth',
  [
    { why: 'a message before the login', turns: [...headers(), MESSAGE] },
    { why: 'presence', turns: [...headers(), c('<presence/>')] },
    {
      why: 'a roster request',
      turns: [...headers(), c("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")],
    },
    {
      why: 'a message between auth and its answer, without a new header',
      turns: [...login().slice(0, 4), MESSAGE, ...login().slice(4)],
    },
    {
      why: 'a stanza of a server before dialback',
      turns: [
        ...federation().slice(0, 3),
        c("<message from='a@ext.example' to='b@corp.example'><body>x</body></message>"),
      ],
      options: { serverPort: 5269 },
    },
    {
      why: 'a stanza of a server whose dialback is refused afterwards',
      turns: [
        ...federation().slice(0, 4),
        c("<message from='a@ext.example' to='b@corp.example'><body>x</body></message>"),
        s("<db:result from='corp.example' to='ext.example' type='invalid'/>"),
      ],
      options: { serverPort: 5269 },
    },
    {
      why: 'a stanza of a component before the handshake',
      turns: [...component().slice(0, 2), MESSAGE],
      options: { serverPort: 5347 },
    },
    {
      why: 'a message sent before the server said anything',
      turns: [c(clientHeader('corp.example')), MESSAGE, s(serverHeader('corp.example'))],
    },
  ],
  [
    {
      why: 'registration, legacy login, ping, bind',
      turns: [
        ...headers(),
        c("<iq type='get' id='1'><query xmlns='jabber:iq:register'/></iq>"),
        c("<iq type='get' id='2'><query xmlns='jabber:iq:auth'/></iq>"),
        c("<iq type='get' id='3'><ping xmlns='urn:xmpp:ping'/></iq>"),
        c("<iq type='set' id='4'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"),
        c("<iq type='set' id='5'><preauth xmlns='urn:xmpp:pars:0' token='t'/></iq>"),
        c("<iq type='error' id='6'><error type='cancel'/></iq>"),
      ],
    },
    { why: 'a session that is logged in', turns: [...login(), MESSAGE] },
    { why: 'what the server sends', turns: [...headers(), s("<message to='x@corp.example'/>")] },
    {
      why: 'a stanza captured before the answer to the dialback',
      turns: [
        ...federation().slice(0, 4),
        c("<message from='a@ext.example' to='b@corp.example'/>"),
        ...federation().slice(4),
      ],
      options: { serverPort: 5269 },
    },
    {
      why: 'a stanza captured before the answer to the handshake',
      turns: [...component().slice(0, 3), MESSAGE, ...component().slice(3)],
      options: { serverPort: 5347 },
    },
    {
      why: 'a serverless conversation',
      turns: [
        c(clientHeader('romeo@forza', " from='juliet@pronto'")),
        s(serverHeader('romeo@forza')),
        c("<message from='juliet@pronto' to='romeo@forza'><body>hi</body></message>"),
      ],
      options: { serverPort: 5298 },
    },
    { why: 'one direction only', turns: [c(clientHeader('corp.example')), MESSAGE] },
    {
      why: 'lost bytes',
      turns: [c(clientHeader('corp.example')), ['S', { gap: 700 }], s(BIND_FEATURES), MESSAGE],
    },
  ],
);

const inside = (xml: string): Turn[] => [
  ...login(),
  s(`<message from='mallory@ext.example/x' to='alice@corp.example/desk'>${xml}</message>`),
];
const inner =
  "<message xmlns='jabber:client' from='ceo@corp.example' to='alice@corp.example'><body>pay</body></message>";
suite(
  'xmpp.nested_stanza',
  [
    {
      why: 'an iq in an unknown wrapper',
      turns: inside(
        "<note xmlns='urn:example:n'><iq xmlns='jabber:client' type='set' id='r'><query xmlns='jabber:iq:roster'/></iq></note>",
      ),
      context: { element: 'iq' },
    },
    { why: 'a message directly below', turns: inside(inner), context: { element: 'message' } },
    { why: 'presence of the server namespace', turns: inside("<presence xmlns='jabber:server'/>") },
    {
      why: 'a stanza beside a wrapper',
      turns: inside(`<forwarded xmlns='urn:xmpp:forward:0'/>${inner}`),
    },
    { why: 'only the first of several', turns: inside(inner + inner) },
  ],
  [
    {
      why: 'a forward',
      turns: inside(`<forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded>`),
    },
    {
      why: 'a carbon',
      turns: inside(
        `<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></sent>`,
      ),
    },
    {
      why: 'an archive result',
      turns: inside(
        `<result xmlns='urn:xmpp:mam:2'><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></result>`,
      ),
    },
    {
      why: 'a privileged iq',
      turns: inside(
        "<privileged_iq xmlns='urn:xmpp:privilege:2'><iq xmlns='jabber:client' type='get' id='1'/></privileged_iq>",
      ),
    },
    {
      why: 'an exported account',
      turns: inside(
        `<server-data xmlns='urn:xmpp:pie:0'><host><user>${inner}</user></host></server-data>`,
      ),
    },
    {
      why: 'an error that echoes',
      turns: [
        ...login(),
        s(`<message type='error' from='x@corp.example'>${inner}<error type='cancel'/></message>`),
      ],
    },
    {
      why: 'a message element of another namespace',
      turns: inside("<message xmlns='urn:example:n'/>"),
    },
  ],
);

suite(
  'xmpp.stream_ns_nested',
  [
    {
      why: 'a stream error',
      turns: inside(
        "<x xmlns='urn:example'><e:error xmlns:e='http://etherx.jabber.org/streams'/></x>",
      ),
      context: { element: 'error' },
    },
    { why: 'features', turns: inside('<stream:features/>'), context: { element: 'features' } },
    { why: 'SASL success', turns: inside("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>") },
    { why: 'TLS proceed', turns: inside("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>") },
    {
      why: 'one hidden in a forward',
      turns: inside(
        `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><stream:error/></message></forwarded>`,
      ),
    },
  ],
  [
    {
      why: 'an error of the stanza',
      turns: inside(
        "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
      ),
    },
    {
      why: 'features of disco',
      turns: inside(
        "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='x'/></query>",
      ),
    },
    {
      why: 'a stream error where it belongs',
      turns: [
        ...login(),
        s("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"),
      ],
    },
  ],
);

const seeOther = (host: string): Turn =>
  s(
    `<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${host}</see-other-host></stream:error>`,
  );
suite(
  'xmpp.redirect',
  [
    {
      why: 'another domain',
      turns: [...headers(), seeOther('evil.example:5222')],
      context: { host: 'evil.example', domain: 'corp.example' },
    },
    {
      why: 'an address',
      turns: [...headers(), seeOther('[2001:db8::1]:9222')],
      context: { host: '2001:db8::1', domain: 'corp.example' },
    },
    { why: 'a name that only ends alike', turns: [...headers(), seeOther('evilcorp.example')] },
    {
      why: 'a vendor element with a domain',
      turns: [
        ...headers(),
        s(
          "<stream:error><clusterswitch xmlns='urn:example:vendor' webdomain='https://evil.example/x'/></stream:error>",
        ),
      ],
      context: { host: 'evil.example', domain: 'corp.example' },
    },
    {
      why: 'a stream error inside a message',
      turns: inside(
        "<x xmlns='urn:example'><e:error xmlns:e='http://etherx.jabber.org/streams'><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example:5222</see-other-host></e:error></x>",
      ),
    },
  ],
  [
    { why: 'the domain itself', turns: [...headers(), seeOther('corp.example:5223')] },
    { why: 'a host below the domain', turns: [...headers(), seeOther('node7.Corp.Example')] },
    {
      why: 'a host on the allow list',
      turns: [...headers(), seeOther('a.cluster.example')],
      options: { redirectAllow: ['cluster.example'] },
    },
    {
      why: 'a see-other-host that a client sends',
      turns: [
        ...headers(),
        c(
          "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example</see-other-host></stream:error>",
        ),
      ],
    },
    {
      why: 'other stream errors',
      turns: [
        ...headers(),
        s(
          "<stream:error><host-gone xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text>gone to evil.example</text></stream:error>",
        ),
      ],
    },
  ],
);

const auth = (bytes: number): Turn =>
  c(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='GSSAPI'>${'A'.repeat(bytes)}</auth>`,
  );
suite(
  'xmpp.preauth_bloat',
  [
    {
      why: 'a large stanza',
      turns: [
        ...headers(),
        c(
          `<iq type='set' id='1'><query xmlns='jabber:iq:register'><x>${'x'.repeat(9000)}</x></query></iq>`,
        ),
      ],
      context: { what: 'element_bytes', limit: 8192 },
    },
    {
      why: 'many elements',
      turns: [
        ...headers(),
        c(
          `<iq type='set' id='1'><query xmlns='jabber:iq:register'>${'<a/>'.repeat(32)}</query></iq>`,
        ),
      ],
      context: { what: 'elements', limit: 32 },
    },
    {
      why: 'much in total',
      turns: [
        ...headers(),
        ...Array.from({ length: 10 }, () =>
          c(
            `<iq type='set' id='1'><query xmlns='jabber:iq:register'>${'x'.repeat(7000)}</query></iq>`,
          ),
        ),
      ],
      context: { what: 'total_bytes', limit: 65536 },
    },
    { why: 'a token beyond any token', turns: [...headers(), auth(20000)] },
    {
      why: 'an element that is not even finished',
      turns: [...headers(), c(`<iq type='set' id='1'><query>${'x'.repeat(20000)}`)],
    },
  ],
  [
    { why: 'a large token', turns: [...headers(), auth(15000)] },
    {
      why: 'a large stanza after the login',
      turns: [...login(), c(`<message><body>${'x'.repeat(9000)}</body></message>`)],
    },
    {
      why: 'many elements after the login',
      turns: [...login(), c(`<message>${'<a/>'.repeat(64)}</message>`)],
    },
    {
      why: 'what the server sends',
      turns: [...headers(), s(`<stream:features>${'<a/>'.repeat(64)}</stream:features>`)],
    },
    {
      why: 'a form of ordinary size',
      turns: [
        ...headers(),
        c(
          `<iq type='set' id='1'><query xmlns='jabber:iq:register'>${'<a/>'.repeat(29)}</query></iq>`,
        ),
      ],
    },
  ],
);

const trickle = (chunks: number, bytes: number, seconds: number): Turn[] => [
  ...login(),
  c("<message to='bob@corp.example'><body>"),
  ...Array.from({ length: chunks }, (): Turn[] => [['wait', seconds], c('x'.repeat(bytes))]).flat(),
];
suite(
  'xmpp.never_ending_element',
  [
    {
      why: 'more than 64 KiB before the login',
      turns: [...headers(), c(`<iq><query>${'x'.repeat(66000)}`)],
    },
    {
      why: 'more than 1 MiB after it',
      turns: [...login(), c(`<message><body>${'x'.repeat(1_050_000)}`)],
    },
    {
      why: 'a trickle',
      turns: trickle(20, 1000, 10),
      context: { what: 'seconds', limit: 120 },
    },
    {
      why: 'a start tag that never ends',
      turns: [
        ...login(),
        ...Array.from({ length: 11 }, (_, i) => c(i === 0 ? "<message to='" : 'x'.repeat(110_000))),
      ],
    },
  ],
  [
    {
      why: 'a large stanza that ends',
      turns: [...login(), c(`<message><body>${'x'.repeat(70_000)}</body></message>`)],
    },
    { why: 'a slow but short one', turns: trickle(20, 100, 10) },
    { why: 'a quick one', turns: trickle(20, 1000, 1) },
    {
      why: 'stanzas one after the other over a long time',
      turns: [
        ...login(),
        ...Array.from({ length: 40 }, (): Turn[] => [
          ['wait', 10],
          c(`<message><body>${'x'.repeat(1000)}</body></message>`),
        ]).flat(),
      ],
    },
  ],
);

const header = (attributes: string, ns = "xmlns='jabber:client'", root = 'stream:stream'): Turn =>
  c(`<${root} ${ns} xmlns:stream='http://etherx.jabber.org/streams' ${attributes}>`);
suite(
  'xmpp.stream_header_bad',
  [
    { why: 'no version', turns: [header("to='corp.example'")], context: { wrong: 'version' } },
    {
      why: 'an odd version',
      turns: [header("to='corp.example' version='2.0'")],
      context: { wrong: 'version' },
    },
    { why: 'no host', turns: [header("version='1.0'")], context: { wrong: 'to' } },
    {
      why: 'no content namespace',
      turns: [header("to='corp.example' version='1.0'", '')],
      context: { wrong: 'content_ns' },
    },
    {
      why: 'servers on a client port',
      turns: [header("to='corp.example' version='1.0'", "xmlns='jabber:server'")],
      context: { wrong: 'content_ns' },
    },
    {
      why: 'clients on a server port',
      turns: [header("to='corp.example' version='1.0'")],
      options: { serverPort: 5269 },
      context: { wrong: 'content_ns' },
    },
    {
      why: 'another root',
      turns: [header("to='corp.example' version='1.0'", "xmlns='jabber:client'", 'stream:flow')],
      context: { wrong: 'root' },
    },
    {
      why: 'a response without id',
      turns: [c(clientHeader('corp.example')), s(serverHeader('corp.example', ''))],
      context: { wrong: 'id' },
    },
  ],
  [
    { why: 'ordinary headers', turns: headers() },
    {
      why: 'a server answering an old client',
      turns: [
        c(clientHeader('corp.example')),
        s(
          "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='corp.example' id='1'>",
        ),
      ],
    },
    { why: 'a component, which has no version', turns: component(), options: { serverPort: 5347 } },
    { why: 'servers on their port', turns: federation(), options: { serverPort: 5269 } },
    {
      why: 'another prefix',
      turns: [
        c(
          "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client' to='corp.example' version='1.0'>",
        ),
      ],
    },
    {
      why: 'a start that was not seen',
      turns: [header("version='0.9'")],
      options: { midstream: true },
    },
  ],
);

suite(
  'xmpp.stanza_out_of_stream',
  [
    { why: 'a stanza before any header', turns: [MESSAGE], context: { name: 'message' } },
    {
      why: 'a stanza behind the end of the stream',
      turns: [...login(), c('</stream:stream>'), MESSAGE],
    },
    {
      why: 'a header behind the end of the stream',
      turns: [...login(), c('</stream:stream>'), c(clientHeader('corp.example'))],
    },
    {
      why: 'a stanza after the login where a header should be',
      turns: [...login().slice(0, 5), c("<iq type='get' id='1'/>")],
    },
  ],
  [
    {
      why: 'a stanza of the other side after one side ended',
      turns: [
        ...login(),
        c('</stream:stream>'),
        s("<message to='alice@corp.example/desk'/>"),
        s('</stream:stream>'),
      ],
    },
    { why: 'the middle of a session', turns: [MESSAGE], options: { midstream: true } },
  ],
);

suite(
  'xmpp.jid_malformed',
  [
    {
      why: 'several at signs',
      turns: [...login(), c("<message to='a@b@corp.example'/>")],
      context: { attribute: 'to', reason: 'several_at_signs' },
    },
    {
      why: 'an override character',
      turns: [...login(), s("<message from='a@ext.example/\u202egpj'/>")],
      context: { attribute: 'from', reason: 'bidi_character' },
    },
    { why: 'an empty part', turns: [...login(), c("<message to='@corp.example'/>")] },
    {
      why: 'a jid attribute inside',
      turns: [
        ...login(),
        c(
          "<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='a b@corp.example'/></query></iq>",
        ),
      ],
      context: { attribute: 'jid', reason: 'localpart_character' },
    },
    {
      why: 'a host in a header',
      turns: [c(clientHeader('corp &lt;example'))],
      context: { attribute: 'to', reason: 'domain_character' },
    },
  ],
  [
    {
      why: 'escaped and international addresses',
      turns: [...login(), c("<message to='space\\20cadet@bücher.example/♚ home'/>")],
    },
    { why: 'no address', turns: [...login(), c('<presence/>')] },
    {
      why: 'an empty jid attribute inside',
      turns: [
        ...login(),
        c("<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid=''/></query></iq>"),
      ],
    },
  ],
);

suite(
  'xmpp.component_handshake',
  [
    {
      why: 'a handshake',
      turns: component(),
      options: { serverPort: 5347 },
      context: { domain: 'gateway.corp.example', digest: 'sent' },
    },
  ],
  [
    {
      why: 'the answer alone',
      turns: [component()[1], component()[3]] as Turn[],
      options: { serverPort: 5347 },
    },
  ],
);

suite(
  'xmpp.plaintext_session',
  [
    { why: 'a bound session', turns: login() },
    { why: 'a bound session that binds again', turns: [...login(), ...login().slice(-2)] },
  ],
  [
    { why: 'a login without a bind', turns: login().slice(0, 8) },
    {
      why: 'a bind result another user made up',
      turns: [
        ...login().slice(0, 8),
        s(
          "<iq type='result' from='mallory@corp.example/x'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>x@corp.example/y</jid></bind></iq>",
        ),
      ],
    },
    { why: 'servers', turns: federation(), options: { serverPort: 5269 } },
  ],
);

const nested = (depth: number): string =>
  `<message>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</message>`;
suite(
  'xml.depth_32',
  [{ why: 'a deep stanza before the login', turns: [...headers(), c(nested(40))] }],
  [{ why: 'the same after it', turns: [...login(), c(nested(40))] }],
);
suite(
  'xml.depth_64',
  [{ why: 'a deep stanza after the login', turns: [...login(), c(nested(70))] }],
  [{ why: 'a less deep one', turns: [...login(), c(nested(60))] }],
);

const addressed = (addresses: string, more = ''): Turn =>
  s(
    `<message from='news@corp.example/x' to='alice@corp.example' id='m1'>${more}<addresses xmlns='http://jabber.org/protocol/address'>${addresses}</addresses></message>`,
  );
const recipients = (count: number): string =>
  "<address type='bcc' jid='x@corp.example'/>".repeat(count);
suite(
  'xmpp.many_recipients',
  [
    {
      why: 'one more than the XEP suggests',
      turns: [...login(), addressed(recipients(21))],
      context: { recipients: 21 },
    },
  ],
  [
    {
      why: 'as many, and addresses that are no recipients',
      turns: [...login(), addressed(`${recipients(20)}<address type='noreply'/>`)],
    },
    {
      why: 'addresses of another namespace',
      turns: [
        ...login(),
        c(
          `<iq type='set' id='1'><addresses xmlns='urn:example'>${recipients(40)}</addresses></iq>`,
        ),
      ],
    },
  ],
);

suite(
  'xmpp.reply_elsewhere',
  [
    {
      why: 'replies to another domain',
      turns: [...login(), addressed("<address type='replyto' jid='news@corp-example.net'/>")],
      context: { type: 'replyto', jid: 'news@corp-example.net' },
    },
  ],
  [
    {
      why: 'replies to a room of the server',
      turns: [...login(), addressed("<address type='replyroom' jid='n@rooms.corp.example'/>")],
    },
    {
      why: 'the publisher of an item',
      turns: [
        ...login(),
        addressed(
          "<address type='replyto' jid='author@ext.example'/>",
          "<event xmlns='http://jabber.org/protocol/pubsub#event'/>",
        ),
      ],
    },
  ],
);

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const loginAs = (mechanism: string, payload: string): Turn[] => [
  ...headers(),
  c(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='${mechanism}'>${base64(payload)}</auth>`,
  ),
];
suite(
  'xmpp.sasl_authzid',
  [
    {
      why: 'PLAIN for another name',
      turns: loginAs('PLAIN', 'admin\0alice\0secret'),
      context: { user: 'alice', authzid: 'admin', mechanism: 'PLAIN', domain: 'corp.example' },
    },
    {
      why: 'SCRAM for another name',
      turns: loginAs('SCRAM-SHA-1', 'n,a=admin@corp.example,n=alice,r=x'),
    },
    {
      why: 'the same name in another domain',
      turns: loginAs('PLAIN', 'alice@bank.example\0alice\0secret'),
    },
  ],
  [
    { why: 'no second name', turns: loginAs('PLAIN', '\0alice\0secret') },
    { why: 'the own bare JID', turns: loginAs('PLAIN', 'Alice@Corp.example\0alice\0secret') },
    { why: 'the own name behind the JID', turns: loginAs('PLAIN', 'alice\0alice@corp.example\0x') },
    {
      why: 'the own name where the header names an address',
      turns: [
        ...headers('10.0.0.1'),
        ...loginAs('PLAIN', 'alice@corp.example\0alice\0secret').slice(2),
      ],
    },
  ],
);

suite(
  'xmpp.bound_other_user',
  [
    {
      why: 'an address of somebody else',
      turns: login({ user: 'admin', payload: plainPayload('alice', 'x') }),
      context: {
        user: 'alice',
        jid: 'admin@corp.example/desk',
        mechanism: 'PLAIN',
        domain: 'corp.example',
      },
    },
  ],
  [
    { why: 'the own address', turns: login() },
    {
      why: 'the own address in other letters',
      turns: login({ user: 'alice', payload: plainPayload('Alice', 'x') }),
    },
    {
      why: 'a mail address as login name',
      turns: login({ user: 'asmith', payload: plainPayload('alice.smith@corp.example', 'x') }),
    },
    {
      why: 'an anonymous login',
      turns: login({ user: 'b7c3', mechanism: 'ANONYMOUS', payload: base64('trace') }),
    },
  ],
);

const challenge = (text: string): Turn[] => [
  ...loginAs('SCRAM-SHA-1', 'n,,n=alice,r=x'),
  s(`<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${base64(text)}</challenge>`),
];
suite(
  'xmpp.scram_weak',
  [
    {
      why: 'few iterations',
      turns: challenge(`r=xyz,s=${base64('0123456789abcdef')},i=4095`),
      context: {
        mechanism: 'SCRAM-SHA-1',
        domain: 'corp.example',
        iterations: 4095,
        salt_bytes: 16,
      },
    },
    { why: 'a short salt', turns: challenge(`r=xyz,s=${base64('1234567')},i=10000`) },
  ],
  [
    { why: 'enough of both', turns: challenge(`r=xyz,s=${base64('12345678')},i=4096`) },
    { why: 'a challenge of another mechanism', turns: challenge('realm="corp.example",nonce="x"') },
    { why: 'bytes that are no text', turns: challenge('\u0000\u0001\u0002') },
  ],
);

describe('events of the tokenizer', () => {
  it('carry the stanza they happened in, also before its end', () => {
    everySegmentation(
      [...login(), c("<message to='bob@corp.example' id='m1' type='chat'><body>&nbsp;")],
      (seen) => {
        const found = seen.events.find(({ name }) => name === 'xml.entity_ref_html');
        assert.deepEqual(found?.stanza, {
          name: 'message',
          from: 'alice@corp.example/desk',
          to: 'bob@corp.example',
          id: 'm1',
          type: 'chat',
        });
        assert.equal(found.direction, 'C');
        assert.ok(found.serial > 0);
      },
    );
  });

  it('are counted', () => {
    const before = play([]).counters.events.slice();
    const seen = play([...login(), c("<message a='1' a='2'/>")]);
    const after = seen.counters.events;
    const grown = seen.events.length;
    let sum = 0;
    for (let i = 0; i < after.length; i++) sum += (after[i] ?? 0) - (before[i] ?? 0);
    assert.equal(sum, grown);
    assert.ok(seen.names().includes('xml.dup_attr'));
  });
});
