/** Captures of real servers and clients, checked against what the clients themselves wrote down. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { sameBareJid } from '../../../sensor/xmpp/index.ts';
import type { Collector, SeenStanza } from '../../support/dialogue.ts';
import { readSessions } from './capture-sessions.ts';

interface Truth {
  readonly sessions: readonly {
    readonly jid: string;
    readonly auth?: string;
    readonly tls?: boolean;
    readonly ok?: boolean;
    readonly port?: number;
    readonly username?: string;
    readonly password_or_secret?: string;
  }[];
  readonly messages: readonly {
    readonly from: string;
    readonly to: string;
    readonly body: string;
    readonly type?: string;
    readonly delivered?: boolean;
  }[];
  readonly auth_failures: readonly object[];
}

const DATA = join(process.cwd(), '../shared/data');
const OWN = join(DATA, 'own');

function truthOf(name: string): Truth {
  const text = gunzipSync(readFileSync(join(OWN, `${name}.json.gz`))).toString('utf8');
  return JSON.parse(text) as Truth;
}

/** Line ends as XML gives them. */
function normal(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** Does one of the stanzas carry this message from its sender? */
function carries(stanzas: readonly SeenStanza[], message: Truth['messages'][number]): boolean {
  const body = normal(message.body);
  return stanzas.some(
    (stanza) =>
      stanza.name === 'message' &&
      (stanza.buffers['xmpp.body'] ?? []).includes(body) &&
      sameBareJid(stanza.from, message.from) &&
      (sameBareJid(stanza.to, message.to) || stanza.direction === 'S'),
  );
}

/** Secrets must not be in anything that was handed on: text, raw bytes, facts of events. */
function leaks(seen: Collector, secret: string, user: string): string[] {
  const forms = [secret, Buffer.from(`\0${user}\0${secret}`).toString('base64')];
  const found: string[] = [];
  for (const stanza of [...seen.stanzas, ...seen.nonzas, ...seen.headers]) {
    for (const [buffer, texts] of Object.entries(stanza.buffers)) {
      for (const text of texts) {
        if (forms.some((form) => text.includes(form))) found.push(`${stanza.name} ${buffer}`);
      }
    }
  }
  for (const event of seen.events) {
    const facts = JSON.stringify([event.context, event.stanza]);
    if (forms.some((form) => facts.includes(form))) found.push(event.name);
  }
  const records = JSON.stringify(seen.sessions);
  if (forms.some((form) => records.includes(form))) found.push('session');
  return found;
}

/** What honest traffic of these captures raises, and nothing else. */
const EXPECTED_EVENTS = new Set([
  'xmpp.sasl_plain_clear',
  'xmpp.sasl_plain_clear_success',
  'xmpp.plaintext_session',
  'xmpp.legacy_auth_password',
  'xmpp.legacy_auth_digest',
]);
/** Captures that raise more, and why. */
const MORE_EVENTS: Readonly<Record<string, readonly string[]>> = {
  // A client that sends a header without version.
  '03_legacy_iq_auth': ['xmpp.stream_header_bad'],
  // One client sends a body of 70,000 characters.
  '12b_xmppclient_js_tcp': ['xml.stanza_64k'],
};

const names = existsSync(OWN)
  ? readdirSync(OWN)
      .filter((file) => file.endsWith('.pcap.gz') && !file.startsWith('19_'))
      .map((file) => file.slice(0, -'.pcap.gz'.length))
  : [];

describe(
  'captures of real servers',
  { skip: names.length === 0 && 'shared data not there' },
  () => {
    for (const name of names) {
      it(name, async () => {
        const truth = truthOf(name);
        const { seen } = await readSessions(join(OWN, `${name}.pcap.gz`));
        const isTls = name.startsWith('15_');

        for (const session of truth.sessions) {
          if (session.ok === false || isTls) continue;
          const found = seen.sessions.filter(({ jid }) => sameBareJid(jid, session.jid));
          assert.ok(found.length > 0, `session of ${session.jid}`);
          if (name.startsWith('20a')) continue;
          const exact = found.find(({ jid }) => jid === session.jid);
          assert.ok(exact, `session ${session.jid}, seen ${found.map(({ jid }) => jid).join()}`);
          assert.equal(exact.outcome, 'success', session.jid);
          const mechanism = /^SASL ([A-Z0-9-]+)$/.exec(session.auth ?? '')?.[1];
          if (mechanism !== undefined) assert.equal(exact.mechanism, mechanism, session.jid);
          if (session.auth?.startsWith('XEP-0078 ') === true) {
            assert.equal(exact.mechanism, session.auth);
          }
        }
        const failures = seen.sessions.filter(({ outcome }) => outcome === 'failure').length;
        const wanted = truth.auth_failures.length;
        if (name === '03_legacy_iq_auth')
          assert.equal(failures, wanted - 1, 'the third is told as a form');
        else assert.equal(failures, wanted, 'failed logins');

        if (!isTls) {
          const missing = truth.messages.filter((message) => !carries(seen.stanzas, message));
          assert.deepEqual(
            missing.map(({ from, to, body }) => [from, to, body.slice(0, 40)]),
            [],
          );
        }
        for (const { password_or_secret: secret, username } of truth.sessions) {
          if (secret === undefined || secret === '') continue;
          assert.deepEqual(leaks(seen, secret, username ?? ''), [], 'secrets handed on');
        }
        const odd = new Set(
          seen.events.map((event) => event.name).filter((event) => !EXPECTED_EVENTS.has(event)),
        );
        assert.deepEqual([...odd].sort(), [...(MORE_EVENTS[name] ?? [])].sort());
      });
    }
  },
);

describe(
  'what single captures show',
  { skip: names.length === 0 && 'shared data not there' },
  () => {
    const read = async (name: string): Promise<Collector> =>
      (await readSessions(join(OWN, `${name}.pcap.gz`))).seen;

    it('15: STARTTLS ends three sessions', async () => {
      const seen = await read('15_starttls_normal');
      assert.deepEqual(seen.encrypted, ['starttls', 'starttls', 'starttls']);
      assert.ok(seen.sessions.every(({ tls }) => tls === 'started'));
      assert.equal(seen.stanzas.length, 0);
    });

    it('16: offered and ignored STARTTLS is told', async () => {
      const seen = await read('16_starttls_ignored_plain');
      const told = seen.events.filter(({ name }) => name === 'xmpp.plaintext_session');
      assert.deepEqual(
        told.map(({ context }) => context['starttls']),
        ['offered', 'offered', 'offered'],
      );
    });

    it('06: servers by dialback', async () => {
      const seen = await read('06_s2s_dialback_plain');
      const links = seen.sessions.filter(({ connection }) => connection === 's2s');
      assert.ok(links.length >= 3);
      const valid = links.filter(({ authenticated }) => authenticated);
      assert.deepEqual(
        valid.map(({ peerDomain, domain, mechanism }) => [peerDomain, domain, mechanism]).sort(),
        [
          ['alpha.test', 'beta.test', 'DIALBACK'],
          ['beta.test', 'alpha.test', 'DIALBACK'],
          ['beta.test', 'conference.alpha.test', 'DIALBACK'],
          ['conference.alpha.test', 'beta.test', 'DIALBACK'],
        ],
      );
    });

    it('07: room messages name their room', async () => {
      const seen = await read('07_muc');
      const rooms = new Set(
        seen.stanzas
          .filter(({ name, type }) => name === 'message' && type === 'groupchat')
          .map(({ buffers }) => buffers['xmpp.room']?.[0]),
      );
      assert.deepEqual([...rooms], ['tearoom3446@conference.alpha.test']);
    });

    it('17: carbons and archive results are copies, the messages are not', async () => {
      const seen = await read('17_carbons_mam');
      const copies = seen.stanzas.filter(({ name, direction, buffers }) => {
        const path = buffers['xmpp.path']?.[0] ?? '';
        return name === 'message' && direction === 'S' && path.includes('/forwarded');
      });
      assert.ok(copies.length > 20);
      assert.ok(copies.every(({ isCopy }) => isCopy));
      const plain = seen.stanzas.filter(
        (stanza) => stanza.name === 'message' && stanza.direction === 'C',
      );
      assert.ok(plain.length >= 36);
      assert.ok(plain.every(({ isCopy }) => !isCopy));
    });

    it('18: the software of the clients', async () => {
      const seen = await read('18_block_report_caps_version');
      assert.deepEqual(seen.sessions.map(({ jid, client }) => [jid, client]).sort(), [
        ['kim@alpha.test/gajim', 'http://slixmpp.com/ver/1.8.3'],
        ['kim@beta.test/gajim', 'http://slixmpp.com/ver/1.8.3'],
        ['spammer@alpha.test/bot', 'TestClient 9.9.1'],
        ['spammer@beta.test/bot', 'TestClient 9.9.1'],
      ]);
    });

    it('20a: addresses learned midstream', async () => {
      const seen = await read('20a_midstream_start');
      const jids = seen.sessions.map(
        ({ jid, peerDomain, domain }) => jid || `${peerDomain} to ${domain}`,
      );
      assert.deepEqual(jids.sort(), [
        'alice@alpha.test/mid',
        'alpha.test to beta.test',
        'beta.test to alpha.test',
        'bobby@alpha.test/mid',
        'erin@beta.test/mid',
      ]);
    });

    it('20c: a gap costs the stanzas in it and no more', async () => {
      const whole = await read('20b_gap_source_complete');
      const holed = await read('20c_gap_3_data_packets_dropped');
      const bodies = (seen: Collector): number =>
        seen.stanzas.filter(
          ({ buffers, isBroken }) => buffers['xmpp.body'] !== undefined && !isBroken,
        ).length;
      assert.equal(bodies(whole) - bodies(holed), 3);
    });
  },
);

describe('a large capture', { skip: names.length === 0 && 'shared data not there' }, () => {
  it('19: every one of 30,000 messages', async () => {
    const name = '19_bulk_30000_messages';
    const { seen, counters } = await readSessions(join(OWN, `${name}.pcap.gz`));
    const sent = new Set(
      seen.stanzas
        .filter((stanza) => stanza.name === 'message')
        .map(({ from, buffers }) => `${from} ${buffers['xmpp.body']?.[0] ?? ''}`),
    );
    const missing = truthOf(name).messages.filter(
      ({ from, body }) => !sent.has(`${from} ${normal(body)}`),
    );
    assert.equal(missing.length, 0);
    assert.equal(counters.get('xmppStanzasCapped'), 0);
    assert.equal(counters.get('sessionsC2s'), 0);
  });
});

describe(
  'captures of others',
  { skip: !existsSync(join(DATA, 'xmpp')) && 'shared data not there' },
  () => {
    for (const file of existsSync(join(DATA, 'xmpp')) ? readdirSync(join(DATA, 'xmpp')) : []) {
      it(`${file} is read without harm`, async () => {
        const { seen } = await readSessions(join(DATA, 'xmpp', file));
        const odd = seen.events.filter(({ name }) =>
          /nested|reopen|swap|preauth|redirect|never_ending/.test(name),
        );
        assert.deepEqual(
          odd.map(({ name, context }) => [name, context]),
          [],
        );
      });
    }
  },
);
