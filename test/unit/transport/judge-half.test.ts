import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeHalf, type HalfContext } from '../../../sensor/transport/judge-half.ts';
import { VERDICT, type Verdict } from '../../../sensor/transport/verdict.ts';

const NAMES = new Map(Object.entries(VERDICT).map(([name, value]) => [value, name]));
const STREAMS = 'http://etherx.jabber.org/streams';

function judge(data: string | Uint8Array, context: Partial<HalfContext> = {}): string {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  const framed = Buffer.concat([Buffer.from('##'), bytes, Buffer.from('##')]);
  const verdict: Verdict = judgeHalf(framed, 2, bytes.length, {
    isClient: true,
    isStart: true,
    isStreamPort: false,
    isFinal: false,
    chunkStart: 0,
    ...context,
  });
  return NAMES.get(verdict) ?? '?';
}

const HEADER = `<stream:stream to='a.test' xmlns='jabber:client' xmlns:stream='${STREAMS}' version='1.0'>`;

describe('start of a half, on any port', () => {
  const streams: Record<string, string> = {
    'plain header': HEADER,
    'declaration before it': `<?xml version='1.0'?>${HEADER}`,
    'double quotes': HEADER.replaceAll("'", '"'),
    'another prefix': `<flux:stream xmlns='jabber:client' xmlns:flux='${STREAMS}'>`,
    'the default namespace': `<stream xmlns='${STREAMS}'>`,
    'white space around it': `\r\n  \t${HEADER}`,
    'white space inside the tag': `<stream:stream\n\txmlns:stream = \n '${STREAMS}'\n>`,
    'a comment before it': `<!-- > <html> -->${HEADER}`,
    'a processing instruction before it': `<?xml version="1.0"?><?go '>' ?>${HEADER}`,
    'a document type with a subset': `<!DOCTYPE s [ <!ENTITY a "]>"> <!-- x --> ]>\n${HEADER}`,
    'a namespace in character references': `<s:stream xmlns:s='http://ether&#120;.jabber.org/&#x73;treams'>`,
    'a byte order mark': `\ufeff${HEADER}`,
    'the content namespace only': `<iq xmlns='jabber:client' type='get'/>`,
    'a component': `<stream:stream xmlns='jabber:component:accept' xmlns:stream='${STREAMS}'>`,
    'a name that is not ASCII': `<ж:stream xmlns:ж='${STREAMS}'>`,
  };
  for (const [name, text] of Object.entries(streams)) {
    it(`knows ${name}`, () => {
      assert.equal(judge(text), 'xmpp');
    });
    it(`waits while it is incomplete: ${name}`, () => {
      const bytes = Buffer.from(text, 'utf8');
      const verdicts = Array.from(bytes, (_, i) => judge(bytes.subarray(0, i + 1)));
      const decided = verdicts.indexOf('xmpp');
      assert.ok(decided > 10);
      assert.ok(verdicts.every((verdict, i) => verdict === (i < decided ? 'more' : 'xmpp')));
    });
  }

  const others: Record<string, string> = {
    'http answer': 'HTTP/1.1 200 OK\r\n\r\n<stream:stream>',
    html: '<html xmlns="http://www.w3.org/1999/xhtml"><body>',
    'html with document type': '<!DOCTYPE html><html>',
    'html with a public document type':
      '<!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">\n<html>',
    svg: '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">',
    soap: `<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">`,
    'another stream element': '<stream:stream xmlns:stream="http://example.org/streams">',
    'a message of another protocol': '<message to="a@b"><body>hi</body></message>',
    ssh: 'SSH-2.0-OpenSSH_9.2\r\n',
    smtp: '220 mail.test ESMTP\r\n',
    binary: '\x01\x02\x03\x04',
    'a tag that is none': '<<<<>>>>',
    'the namespace in text only': `<doc>${STREAMS}</doc>`,
  };
  for (const [name, text] of Object.entries(others)) {
    it(`does not take ${name} for XMPP`, () => {
      assert.equal(judge(text), 'other');
      assert.equal(judge(text, { isFinal: true }), 'other');
    });
  }
});

describe('HTTP', () => {
  const common = ['PUT', 'GET', 'POST', 'HEAD', 'OPTIONS'];

  it('is told by the method of a request, from the client alone', () => {
    for (const method of common) {
      const request = `${method} / HTTP/1.1\r\n\r\n`;
      assert.equal(judge(request), 'http');
      assert.equal(judge(request, { isClient: false }), 'other');
      for (let length = 1; length < request.length; length++) {
        const isTold = length > method.length;
        assert.equal(judge(request.slice(0, length)), isTold ? 'http' : 'more');
        assert.equal(judge(request.slice(0, length), { isFinal: true }), isTold ? 'http' : 'other');
      }
    }
  });

  it('is told by its version behind any other method', () => {
    for (const method of [
      'PROPFIND',
      'PATCH',
      'DELETE',
      'put',
      'PUTS',
      'M-X_1.0',
      'x'.repeat(32),
    ]) {
      const request = `${method} /a b HTTP/1.1\r\n`;
      const told = request.length - '1\r\n'.length;
      for (let length = 1; length <= request.length; length++) {
        assert.equal(judge(request.slice(0, length)), length < told ? 'more' : 'http');
      }
      assert.equal(judge(request.slice(0, told - 1), { isFinal: true }), 'other');
      assert.equal(judge(request, { isClient: false }), 'other');
    }
    for (const text of [
      'PROPFIND /a\r\nX: HTTP/1.1\r\n',
      'PATCH / HTTP/2.0\r\n',
      'PATCH\r\n / HTTP/1.1\r\n',
      'PATCH \0 HTTP/1.1\r\n',
      'EHLO client.example\r\n',
      `${'x'.repeat(33)} / HTTP/1.1\r\n`,
      '(x) / HTTP/1.1\r\n',
    ]) {
      assert.equal(judge(text), 'other', text);
    }
  });

  it('is nothing to wait for where streams are expected', () => {
    for (const text of ['G', 'GET / HTTP/1.1\r\n', 'hello']) {
      assert.equal(judge(text, { isStreamPort: true }), 'other');
    }
  });

  it('may begin with empty lines, as XML may', () => {
    for (const lines of ['\r\n', '\n', '\r\n\r\n\r\n\r\n', '\r\r\n', '\r']) {
      assert.equal(judge(lines), 'more');
      for (const method of [...common, 'PATCH']) {
        assert.equal(judge(`${lines}${method.slice(0, 2)}`), 'more');
        assert.equal(judge(`${lines}${method} / HTTP/1.1\r\n`), 'http');
      }
      assert.equal(
        judge(`${lines}<stream:stream xmlns:stream='${STREAMS}' xmlns='jabber:client'>`),
        'xmpp',
      );
      assert.equal(judge(`${lines}EHLO x\r\n`), 'other');
      assert.equal(judge(` ${lines}PUT / HTTP/1.1\r\n`), 'other');
    }
  });

  it('is told in the middle of a connection by a whole request line', () => {
    assert.equal(judge('PUT /a HTTP/1.1\r\n', { isStart: false }), 'http');
    assert.equal(judge('\r\nPUT /a HTTP/1.1\r\n', { isStart: false }), 'http');
    assert.equal(judge('PUT the kettle on\r\n', { isStart: false }), 'more');
    assert.equal(judge('I like HTTP/1.1\r\n', { isStart: false }), 'more');
    assert.equal(judge('HTTP/1.1 200 OK\r\n', { isStart: false, isClient: false }), 'more');
  });
});

describe('encodings', () => {
  const encode: Record<string, (text: string) => Buffer> = {
    'UTF-16 little-endian': (text) => Buffer.from(text, 'utf16le'),
    'UTF-16 big-endian': (text) => Buffer.from(text, 'utf16le').swap16(),
    'UTF-32 little-endian': (text) => utf32(text),
    'UTF-32 big-endian': (text) => utf32(text).swap32(),
  };
  for (const [name, encoder] of Object.entries(encode)) {
    for (const mark of ['', '\ufeff']) {
      it(`${name}${mark === '' ? '' : ' with byte order mark'}, at every cut`, () => {
        const bytes = encoder(`${mark}<?xml version='1.0'?>${HEADER}`);
        assert.equal(judge(bytes), 'xmpp');
        let end = 1;
        while (judge(bytes.subarray(0, end)) === 'more') end++;
        assert.equal(judge(bytes.subarray(0, end)), 'xmpp', `after ${end} bytes`);
        assert.equal(judge(encoder(`${mark}<html><body>`)), 'other');
      });
    }
  }

  it('reads UTF-16 in the middle of a stream', () => {
    const text = Buffer.from("<message to='b@a.test'>", 'utf16le');
    const context = { isStart: false, isStreamPort: true };
    assert.equal(judge(text, context), 'xmppMiddle');
    assert.equal(judge(text.swap16(), context), 'xmppMiddle');
  });
});

describe('start of a half, on a stream port', () => {
  const port = { isStreamPort: true };

  it('takes the name for the namespace', () => {
    assert.equal(judge('<stream:stream ', port), 'xmpp');
    assert.equal(judge('<message/>', port), 'xmpp');
    assert.equal(judge('<html>', port), 'other');
    assert.equal(judge('<streams>', port), 'other');
  });

  it('believes XML without end, so that no padding hides a stream', () => {
    const padded = `<!DOCTYPE x [${'<!ENTITY a "b">'.repeat(50)}`;
    assert.equal(judge(padded, port), 'more');
    assert.equal(judge(padded, { ...port, isFinal: true }), 'xmpp');
    assert.equal(judge(`<?xml ${' '.repeat(500)}`, { ...port, isFinal: true }), 'xmpp');
    assert.equal(judge(' '.repeat(500), { ...port, isFinal: true }), 'other');
  });

  it('elsewhere believes a padded header by its name only', () => {
    const padded = `<x:stream ${' '.repeat(500)}`;
    assert.equal(judge(padded), 'more');
    assert.equal(judge(padded, { isFinal: true }), 'xmpp');
    assert.equal(judge(`<x:feed ${' '.repeat(500)}`, { isFinal: true }), 'other');
  });
});

describe('TLS', () => {
  const hello = (alpn: string): Buffer => {
    const name = Buffer.from(alpn, 'latin1');
    const body = Buffer.concat([Buffer.alloc(60), Buffer.of(name.length), name, Buffer.alloc(9)]);
    return Buffer.concat([Buffer.of(0x16, 3, 1, 0, body.length + 4, 1, 0, 0, body.length), body]);
  };

  it('shows in six bytes on a stream port', () => {
    const bytes = hello('h2');
    for (let end = 1; end < 6; end++) {
      assert.equal(judge(bytes.subarray(0, end), { isStreamPort: true }), 'more');
    }
    assert.equal(judge(bytes.subarray(0, 6), { isStreamPort: true }), 'tls');
  });

  it('elsewhere the whole hello is waited for', () => {
    const bytes = hello('xmpp-client');
    assert.equal(judge(bytes.subarray(0, -1)), 'more');
    assert.equal(judge(bytes), 'tls');
    assert.equal(judge(bytes.subarray(0, -1), { isFinal: true }), 'tls');
  });

  it('is not every record that begins like one', () => {
    assert.equal(judge(Buffer.of(0x16, 3, 9, 0, 40, 1)), 'other');
    assert.equal(judge(Buffer.of(0x16, 3, 1, 0, 40, 9)), 'other');
    assert.equal(judge(Buffer.of(0x16, 3), { isFinal: true }), 'other');
  });

  it('of any record type shows in the middle of a flow', () => {
    const middle = { isStart: false, isStreamPort: true };
    assert.equal(judge(Buffer.of(0x17, 3, 3, 1, 0, 0xaa), middle), 'tls');
    assert.equal(judge(Buffer.of(0x17, 3, 3, 0xff, 0, 0xaa), middle), 'other');
  });
});

describe('middle of a stream', () => {
  const middle = { isStart: false };
  const onPort = { isStart: false, isStreamPort: true };

  it('on a stream port a stanza, closed or open, with any prefix, is enough', () => {
    for (const text of [
      '<message to="a"/>',
      'dy></body></message>',
      'text <c:iq type="get">',
      "<presence/><r xmlns='urn:xmpp:sm:3'/>",
      "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
      '</stream:stream>',
    ]) {
      assert.equal(judge(text, onPort), 'xmppMiddle', text);
    }
  });

  it('on a stream port other text is waited with, binary is not', () => {
    assert.equal(judge('QUJDREVGR0g='.repeat(20), onPort), 'more');
    assert.equal(judge('<messages>', onPort), 'more');
    assert.equal(judge('   ', onPort), 'more');
    assert.equal(judge('QUJD\x00\x01\x02', onPort), 'other');
    assert.equal(judge('QUJDREVGR0g=', { ...onPort, isFinal: true }), 'other');
  });

  it('elsewhere a segment must begin with a stanza and name a namespace of XMPP', () => {
    const iq = `<iq id='1'><query xmlns='jabber:iq:roster'/></iq>`;
    assert.equal(judge(iq, middle), 'xmppMiddle');
    assert.equal(judge(`tail of a stanza ${iq}`, middle), 'more');
    assert.equal(judge(`tail ${iq}`, { ...middle, chunkStart: 5 }), 'xmppMiddle');
    assert.equal(judge('<message to="a@b"><body>hi</body></message>', middle), 'more');
    assert.equal(judge(`<p>write &lt;iq> with xmlns='jabber:client'</p>`, middle), 'more');
  });

  it('a header where the capture begins counts as a start', () => {
    assert.equal(judge(`<?xml version='1.0'?>${HEADER}`, middle), 'xmpp');
    assert.equal(judge(HEADER, onPort), 'xmpp');
  });
});

function utf32(text: string): Buffer {
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(codes.length * 4);
  codes.forEach((code, i) => bytes.writeUInt32LE(code, i * 4));
  return bytes;
}
