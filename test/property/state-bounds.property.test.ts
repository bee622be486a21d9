/**
 * State is bounded whatever comes: a million accounts, sessions and texts at the default limits, and every kind of
 * traffic against tables of a few entries.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIMITS, type LimitName } from '../../sensor/core/index.ts';
import { CorrelationLab, logIn, type LabFlow } from '../support/correlation-lab.ts';
import { assortedStanzas, words } from '../support/assorted-stanzas.ts';

const MILLION = 1_000_000;
const BATCH = 200;
const YEAR_SECONDS = 365 * 86400;

/** Every table of the room at so many entries. */
function tiny(entries: number): Partial<Record<LimitName, number>> {
  const names = Object.keys(LIMITS).filter((name) => /^correlation.*(Entries|Owners)$/.test(name));
  assert.ok(names.length > 20);
  return Object.fromEntries(names.map((name) => [name, entries]));
}

function assertBounded(lab: CorrelationLab, what: string): void {
  let evictions = 0;
  for (const table of lab.correlation.report()) {
    assert.ok(table.count <= table.capacity, `${what}: ${table.name} holds ${table.count}`);
    assert.ok(table.bytes <= table.limitBytes, `${what}: ${table.name} takes ${table.bytes}`);
    evictions += table.evictions;
  }
  assert.equal(lab.counters.get('stateEvictions'), evictions, what);
}

function address(i: number): string {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
}

/** The same things said in each direction of each kind of connection. */
function sayEverywhere(lab: CorrelationLab, i: number, local?: string, resource?: string): void {
  const text = assortedStanzas(i, i, local, resource).join('');
  for (const port of [5222, 5269, 5347]) {
    const client = address(i);
    const flow = lab.flow({ midstream: true, port, client, server: address(i + 7) });
    flow.c(text).s(text).close();
  }
}

function begin(lab: CorrelationLab, i: number): LabFlow {
  return lab
    .flow({ client: address(i) })
    .c(
      `<stream:stream to='corp${i}.example' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`,
    )
    .s(
      `<stream:stream from='corp${i}.example' id='${i}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
    )
    .c(
      `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${Buffer.from(`\0u${i}\0pw${i}`).toString('base64')}</auth>`,
    );
}

describe('state of correlation/', () => {
  it('is bounded for a million accounts, sessions and texts', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < MILLION; i += BATCH) {
      const link = lab.flow({ midstream: true, port: 5269 });
      let text = '';
      for (let k = i; k < i + BATCH; k++) {
        text += `<message xmlns='jabber:server' from='u${k}@e${k % 50_000}.example/r' to='v${k}@corp.example' id='n${k}' type='chat'><body>${words(k)}</body></message>`;
        lab.flow({ midstream: true, client: address(k) }).close();
      }
      link.c(text).close();
      lab.raised.length = 0;
      lab.campaigns.length = 0;
    }
    assertBounded(lab, 'a million');
    const report = new Map(lab.correlation.report().map((table) => [table.name, table]));
    for (const name of ['sightings', 'contacts', 'senders']) {
      const table = report.get(name);
      assert.equal(table?.count, table?.capacity, name);
      assert.ok((table?.evictions ?? 0) >= 30_000, name);
    }
    assert.equal(
      report.get('contacts')?.evictions,
      MILLION - (report.get('contacts')?.capacity ?? 0),
    );
  });

  it('is bounded for every kind of stanza in every table', () => {
    const lab = new CorrelationLab({ limits: tiny(16) });
    for (let i = 0; i < 300; i++) {
      sayEverywhere(lab, i);
      logIn(lab.flow({ client: address(i) }), `u${i}`, `corp${i}.example`);
      begin(lab, i).s(
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure></stream:stream>",
      );
    }
    assertBounded(lab, 'all kinds');
    const full = lab.correlation.report().filter(({ evictions }) => evictions > 0);
    assert.ok(full.length >= 40, `only ${full.length} tables were driven over`);
  });

  it('bears clocks that step back, jump by years and stand still', () => {
    const lab = new CorrelationLab({ limits: tiny(64) });
    const jumps = [0, -1, -86400, 3600, -YEAR_SECONDS, 30 * YEAR_SECONDS, -25 * YEAR_SECONDS];
    for (let i = 0; i < 140; i++) {
      lab.wait(jumps[i % jumps.length] ?? 0);
      sayEverywhere(lab, i % 20);
      assert.ok(lab.nowUsec > 0);
    }
    assertBounded(lab, 'clock');
  });

  it('takes JIDs of maximum length for names like others', () => {
    const lab = new CorrelationLab({ limits: tiny(64) });
    for (let i = 0; i < 20; i++) sayEverywhere(lab, i, 'l'.repeat(1000), 'r'.repeat(1023));
    assertBounded(lab, 'long');
    const texts = lab.raised.map(({ context }) => String(context['summary'] ?? ''));
    assert.ok(Math.max(0, ...texts.map((text) => text.length)) < 1200);
  });

  it('bears a hundred thousand logins that never end', () => {
    const lab = new CorrelationLab({ limits: { flowTableFlows: 131_072 } });
    for (let i = 0; i < 100_000; i++) begin(lab, i);
    assertBounded(lab, 'half-open');
    lab.raised.length = 0;
  });
});
