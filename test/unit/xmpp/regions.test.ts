/** The small parts that work on bytes: region table, paths, cached strings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RegionTable } from '../../../sensor/xmpp/regions.ts';
import { StringCache } from '../../../sensor/xmpp/string-cache.ts';
import { testReader } from '../../support/element-reader.ts';
import { login, play } from '../../support/dialogue.ts';

describe('RegionTable', () => {
  const { reader, memory, free } = testReader();
  const table = (end: number): RegionTable => new RegionTable(reader, free, end);

  it('keeps regions in order and leaves out empty ones', () => {
    const regions = table(free + 50);
    regions.add(7, 10, 3, false);
    regions.add(8, 20, 0, false);
    regions.add(9, 30, 5, true);
    assert.equal(regions.count, 2);
    assert.deepEqual([...regions.regions.subarray(0, 6)], [7, 10, 3, 9, 30, 5]);
    assert.equal(regions.find(9), 1);
    assert.equal(regions.find(8), -1);
    assert.equal(regions.isNonAscii(1), true);
  });

  it('stops at its size and says so', () => {
    const regions = table(free + 50);
    for (let i = 0; i < reader.capacity; i++) regions.add(1, 0, 1, false);
    assert.equal(regions.capped, false);
    regions.add(1, 0, 1, false);
    assert.equal(regions.count, reader.capacity);
    assert.equal(regions.capped, true);
  });

  it('copies into its scratch space and never beyond', () => {
    memory.fill(0, free, free + 16);
    const regions = table(free + 8);
    regions.addBytes(1, Uint8Array.of(1, 2, 3, 4, 5), 5, false);
    regions.addBytes(1, Uint8Array.of(6, 7, 8, 9), 4, false);
    regions.addBytes(1, Uint8Array.of(6, 7, 8), 3, false);
    assert.equal(regions.count, 2);
    assert.equal(regions.capped, true);
    assert.deepEqual([...memory.subarray(free, free + 9)], [1, 2, 3, 4, 5, 6, 7, 8, 0]);
  });
});

describe('StringCache', () => {
  it('gives the text that stands there now, whatever stood there before', () => {
    const memory = new Uint8Array(4096);
    const cache = new StringCache(memory);
    const put = (text: string): string => {
      const { written } = new TextEncoder().encodeInto(text, memory);
      return cache.get(0, written);
    };
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5000; i++)
        assert.equal(put(`user${i}@ex\u00e4mple`), `user${i}@ex\u00e4mple`);
    }
    assert.equal(put(''), '');
    assert.equal(put('x'.repeat(128)), 'x'.repeat(128));
    assert.equal(put('x'.repeat(1000)), 'x'.repeat(1000));
  });
});

describe('xmpp.path', () => {
  const path = (xml: string): string | undefined =>
    play([...login(), ['C', xml]]).stanzas.at(-1)?.buffers['xmpp.path']?.[0];

  it('is one line per element, with attributes and without prefixes', () => {
    assert.equal(
      path(
        "<iq type='set' id='1'><q:query xmlns:q='urn:example' q:a='1' b='2'><q:item/><other/></q:query></iq>",
      ),
      '/iq@type@id\n/iq/query@a@b\n/iq/query/item\n/iq/query/other\n',
    );
  });

  it('does not repeat the line before', () => {
    assert.equal(
      path(
        "<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='a'/><item jid='b'/><item jid='c'><group>x</group></item></query></iq>",
      ),
      '/iq@type@id\n/iq/query\n/iq/query/item@jid\n/iq/query/item/group\n',
    );
  });

  it('ends where its space or depth ends', () => {
    const deep = path(`<iq>${'<a>'.repeat(100)}${'</a>'.repeat(100)}</iq>`) ?? '';
    assert.equal(deep.split('\n').length, 65);
    const long =
      path(`<iq>${Array.from({ length: 3000 }, (_, i) => `<e${i}/>`).join('')}</iq>`) ?? '';
    assert.ok(long.length > 10_000 && long.length <= 16 * 1024);
    assert.ok(long.endsWith('\n'));
    const wide =
      path(
        `<iq><x ${Array.from({ length: 60 }, (_, i) => `${'a'.repeat(100)}${i}=''`).join(' ')}/></iq>`,
      ) ?? '';
    assert.ok(wide.length < 2100);
    assert.ok(wide.endsWith('\n'));
  });
});
