import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeBase64, loginName, sendsPassword } from '../../../sensor/xmpp/sasl.ts';

function decode(text: string, room = 1000): string {
  const memory = new Uint8Array(4096);
  const { written } = new TextEncoder().encodeInto(text, memory);
  const length = decodeBase64(memory, 0, written, 2000, room);
  return Buffer.from(memory.subarray(2000, 2000 + length)).toString('latin1');
}

describe('decodeBase64', () => {
  it('decodes with and without padding, over line breaks, and URL-safe', () => {
    assert.equal(decode('AGFsaWNlAHBh'), '\0alice\0pa');
    assert.equal(decode('YQ=='), 'a');
    assert.equal(decode('YQ'), 'a');
    assert.equal(decode('AGFs\n  aWNl'), '\0alice');
    assert.equal(decode('-_-_'), decode('+/+/'));
    assert.equal(decode('='), '');
    assert.equal(decode(''), '');
  });

  it('stops where its room ends', () => {
    assert.equal(decode('AGFsaWNlAHBh', 3), '\0al');
  });
});

describe('loginName', () => {
  const cases: readonly (readonly [
    mechanism: string,
    payload: string,
    user: string,
    authzid: string,
  ])[] = [
    ['PLAIN', '\0alice\0secret', 'alice', ''],
    ['PLAIN', 'admin\0alice\0secret', 'alice', 'admin'],
    ['PLAIN', '\0bob&<pass>\0x', 'bob&<pass>', ''],
    ['PLAIN', 'no zero bytes', '', ''],
    ['PLAIN', '\0alice', '', ''],
    ['X-OAUTH2', '\0alice\0token', 'alice', ''],
    ['LOGIN', 'alice', 'alice', ''],
    ['EXTERNAL', 'alice@corp.example', 'alice@corp.example', ''],
    ['CRAM-MD5', 'alice smith 0123456789abcdef', 'alice smith', ''],
    ['SCRAM-SHA-1', 'n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL', 'alice', ''],
    ['SCRAM-SHA-256', 'y,a=admin,n=a=2Cb=3Dc,r=x', 'a,b=c', 'admin'],
    ['SCRAM-SHA-1-PLUS', 'p=tls-unique,,n=n,r=x', 'n', ''],
    ['SCRAM-SHA-1', 'c=biws,r=x,p=proof', '', ''],
    ['HT-SHA-256-NONE', 'alice\0hash', 'alice', ''],
    ['DIGEST-MD5', 'username="al\\"ice",realm="corp.example",response=0123', 'al"ice', ''],
    ['DIGEST-MD5', 'charset=utf-8,username="alice",response=0123', 'alice', ''],
    ['DIGEST-MD5', 'rspauth=0123', '', ''],
    [
      'OAUTHBEARER',
      'n,a=alice@corp.example,\u0001auth=Bearer a=b\u0001\u0001',
      'alice@corp.example',
      '',
    ],
    ['OAUTHBEARER', 'n,,\u0001auth=Bearer ,a=b\u0001\u0001', '', ''],
    ['ANONYMOUS', 'trace', '', ''],
    ['GSSAPI', '\u0001\u0002', '', ''],
  ];
  for (const [mechanism, payload, user, authzid] of cases) {
    it(`${mechanism}: ${JSON.stringify(payload)}`, () => {
      const bytes = Buffer.concat([Buffer.from('junk'), Buffer.from(payload), Buffer.from('junk')]);
      const length = Buffer.byteLength(payload);
      const found = loginName(mechanism, bytes, 4, length);
      assert.deepEqual([found.user, found.authzid], [user, authzid]);
      assert.equal(found.passwordKey !== undefined, mechanism === 'PLAIN' && user !== '');
    });
  }

  it('keys of passwords and nonces tell equal ones from others, and nothing else', () => {
    const keys = (mechanism: string, payload: string): unknown[] => {
      const bytes = Buffer.from(payload);
      const { passwordKey, nonceKey } = loginName(mechanism, bytes, 0, bytes.length);
      return [passwordKey, nonceKey];
    };
    assert.deepEqual(keys('PLAIN', '\0alice\0secret'), keys('PLAIN', 'x\0bob\0secret'));
    assert.notDeepEqual(keys('PLAIN', '\0alice\0secret'), keys('PLAIN', '\0alice\0Secret'));
    assert.deepEqual(keys('PLAIN', '\0alice\0'), [undefined, undefined]);
    assert.deepEqual(
      keys('SCRAM-SHA-1', 'n,,n=alice,r=abc'),
      keys('SCRAM-SHA-256', 'y,,n=bob,r=abc,x=1'),
    );
    assert.notDeepEqual(
      keys('SCRAM-SHA-1', 'n,,n=alice,r=abc'),
      keys('SCRAM-SHA-1', 'n,,n=alice,r=abd'),
    );
  });

  it('reads nothing from nothing', () => {
    assert.deepEqual(loginName('PLAIN', new Uint8Array(4), 4, 0), { user: '', authzid: '' });
  });
});

it('knows which mechanisms send the password itself', () => {
  assert.ok(sendsPassword('PLAIN'));
  assert.ok(sendsPassword('LOGIN'));
  assert.ok(!sendsPassword('SCRAM-SHA-1'));
});
