import assert from 'node:assert/strict';
import { it } from 'node:test';
import { carriedWords } from '../../../sensor/service/packets.ts';

it('a connection that carried a file says so in place of a transcript, others do not', () => {
  const context = { road: 'http', file_name: 'report-Q3.pdf', file_id: '10fb11' };
  const words = carriedWords({ context });
  assert.match(words, /the file "report-Q3\.pdf" over HTTP, no XMPP/);
  assert.match(words, /take them as pcapng; the page of the file 10fb11/);
  assert.match(
    carriedWords({ context: { road: 'socks5', file_id: 'a' } }),
    /carried a file over SOCKS5/,
  );
  assert.equal(carriedWords({ context: { road: 'ibb', file_name: 'x' } }), '');
  assert.equal(carriedWords({ context: {} }), '');
});
