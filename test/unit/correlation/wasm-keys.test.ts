/** Keys made in WebAssembly are those made in TypeScript. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../support/property.ts';
import { Counters, bufferId, defaultLimits } from '../../../sensor/core/index.ts';
import { JidKeys, Key } from '../../../sensor/correlation/keys.ts';
import { createXmpp, type StanzaView } from '../../../sensor/xmpp/index.ts';

/** Calls back with the view of a presence from `jid`. */
function withView(jid: string, look: (view: StanzaView) => void): void {
  const nothing = (): void => undefined;
  const xmpp = createXmpp({
    limits: { ...defaultLimits(), flowTableFlows: 4 },
    counters: new Counters(),
    config: { redirectAllow: [] },
    handler: {
      onSessionOpen: nothing,
      onStanza: look,
      onEvent: nothing,
      onEncrypted: nothing,
      onSessionEnd: nothing,
    },
  });
  xmpp.open(1, true, 40_000, 5222, 1);
  const text = jid.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;');
  const bytes = new TextEncoder().encode(`<presence xmlns='jabber:client' from='${text}'/>`);
  xmpp.data(1, 1, bytes, 0, bytes.length, 2);
}

describe('keys of addresses in a stanza', () => {
  const part = fc.string({
    unit: fc.constantFrom('a', 'Z', '@', '/', '.', '9', 'é', "'", '<', '漢'),
  });
  it('equal those of the same text', () => {
    let looks = 0;
    fc.assert(
      fc.property(part, part, part, (local, domain, resource) => {
        const jid = `${local}@${domain}/${resource}`;
        withView(jid, (view) => {
          const region = view.regions.indexOf(bufferId('xmpp.from'));
          assert.equal(region % 3, 0);
          const offset = view.regions[region + 1] ?? 0;
          const length = view.regions[region + 2] ?? 0;
          const inWasm = new JidKeys().ofRegion(view.keys, offset, length);
          const inScript = new JidKeys().ofBytes(view.memory, offset, length);
          assert.deepEqual(facts(inWasm), facts(inScript));
          const bytes = new Key().ofRegion(view.keys, offset, length);
          assert.ok(bytes.equals(new Key().ofBytes(view.memory, offset, length)));
          looks++;
        });
      }),
      { numRuns: 200, seed: 11 },
    );
    assert.equal(looks, 200);
  });

  function facts(keys: JidKeys): unknown {
    const { isKnown, hasLocal, hasResource, isPlain, bare, domain, full } = keys;
    const words = [bare, domain, full].flatMap(({ high, low }) => [high, low]);
    return { isKnown, hasLocal, hasResource, isPlain, words };
  }
});
