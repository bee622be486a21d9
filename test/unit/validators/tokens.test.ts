import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge, judgeAll } from './judge.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('jwt', () => {
  const header = part({ alg: 'HS256', typ: 'JWT' });
  const none = part({ alg: 'none' });
  const payload = part({ sub: '1' });

  it('accepts a header with alg, an object as payload and any signature', () => {
    judgeAll('jwt', true, [`${header}.${payload}.c2ln`, `see [[${header}.${payload}.c2ln]] ok`]);
  });
  it('tells signed from unsigned', () => {
    judgeAll('jwt', true, [`${header}.${payload}.c2ln`], 'signed');
    judgeAll('jwt', false, [`${header}.${payload}.c2ln`], 'unsigned');
    judgeAll('jwt', true, [`${none}.${payload}.`, `${none}.${payload}.x`], 'unsigned');
    judgeAll('jwt', false, [`${none}.${payload}.`], 'signed');
  });
  it('refuses what does not decode, has no alg or is cut', () => {
    judgeAll('jwt', false, [
      `eyJhbGci.${payload}.c2ln`,
      `${part({ typ: 'JWT' })}.${payload}.c2ln`,
      `${part({ alg: 7 })}.${payload}.c2ln`,
      `${header}.c2ln.c2ln`,
      `${header}.${payload}`,
      `[[${header}.${payload}.c2]]ln`,
      'a.b.c',
      '',
    ]);
  });
});

describe('not-placeholder', () => {
  it('accepts keys', () => {
    judgeAll('not-placeholder', true, [
      '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',
      'AKIAQ7Z2M4N6P3R5T2V4',
      'xoxb-123456789012-1234567890123-r6nzrvZcmT4a4Ad5y2FibpBV',
    ]);
  });
  it('refuses samples', () => {
    judgeAll('not-placeholder', false, [
      'AKIAXXXXXXXXXXXXXXXX',
      'AKIAIOSFODNN7EXAMPLE',
      'AIzaSyabcdefghijklmnopqrstuvwxyz1234567',
      'sk_live_1234567890123',
      'xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx',
      'xoxb-123456789012-1234567890123',
      'glpat-your_token_here',
      'ghp_16C7e42F292c6912E7710c83...',
      '<[[token123abc]]>',
      '[[xoxe-1-SlackAppConfig]]urationTokenHere',
    ]);
  });
});

describe('private-key', () => {
  const begin = '-----BEGIN RSA PRIVATE KEY-----';
  const line = 'MIIEpQIBAAKCAQEAn6/O8li+SX4m98LLYt/PKSzEmQ++ZBD7Loh9P13f4yQ92EF3';

  it('accepts a BEGIN line with material behind it', () => {
    judgeAll('private-key', true, [
      `[[${begin}]]\n${line}\n-----END RSA PRIVATE KEY-----`,
      `[[${begin}]] ${line}`,
      `{"key":"[[${begin}]]\\n${line}\\n"}`,
      `[[${begin}]]\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n${line}`,
      `[[${begin}]]\n${line.slice(0, 20)}\n${line.slice(20, 45)}\n`,
    ]);
  });
  it('refuses a BEGIN line alone, with placeholder or prose behind it', () => {
    judgeAll('private-key', false, [
      `[[${begin}]]`,
      `[[${begin}]]\n...\n-----END RSA PRIVATE KEY-----`,
      `the file must start with [[${begin}]] and nothing else may stand before that line, ok`,
      `[[${begin}]]-----END RSA PRIVATE KEY-----${line}`,
      `[[${begin}]]${' '.repeat(2000)}${line}`,
    ]);
  });
});

describe('password', () => {
  it('accepts values that look like one', () => {
    judgeAll('password', true, [
      'password=Sup3rS3cret!',
      'password: hunter2',
      'Passwort: "geheim#99"',
      'pwd => wonder-1and',
      'пароль: Секрет123',
      'the password is [[is tr0ub4dor]] ok',
      '[[password: hunter2.]] bye',
      'pass=QwErTyUi',
      `{"password":"[[password":"hunter2]]"}`,
    ]);
  });
  it('refuses talk, code, templates and pieces of a value', () => {
    judgeAll('password', false, [
      'password: reset',
      'password: Forgot?',
      'password: later!',
      'password: 12345678',
      'password = getPassword()',
      'password: $DB_PASSWORD1',
      'password: ${PASS1}',
      'password: <your-p4ss>',
      'password: {p4ss}',
      'password: https://h1.example',
      'password: ******',
      'pwd=/home/user1',
      'password: a1b',
      'password=userPassword',
      'password: xxxx1',
      'password:',
      '[[password: hunt]]er2',
    ]);
  });
  it('refuses the link of an invitation, and no other password in a link', () => {
    const value = (text: string): string => `[[${text}]]`;
    judgeAll(
      'password',
      false,
      [
        `join https://zoom.us/j/81234567890?pwd=${value('aB3dE5fG7hJ9')}`,
        `https://corp.zoom.us/j/8123?uname=x&PWD=${value('aB3dE5fG7hJ9.1')}`,
      ],
      'value',
    );
    judgeAll(
      'password',
      true,
      [
        `https://db.corp.example/login?pwd=${value('aB3dE5fG7hJ9')}`,
        `our zoom.us/ account, pwd=${value('aB3dE5fG7hJ9')}`,
        `https://zoom.us/j/1 my mail pwd=${value('aB3dE5fG7hJ9')}`,
      ],
      'value',
    );
  });
  it('accepts digits only as a PIN', () => {
    judgeAll('password', true, ['PIN: 4711', 'pin=123456'], 'pin');
    judgeAll('password', false, ['PIN: 47', 'PIN: 123456789', 'PIN: 47a1'], 'pin');
  });
  it('accepts credentials in an URL unless they are a sample', () => {
    judgeAll(
      'password',
      true,
      ['https://admin:S3cret@', 'ftp://bob:hunter2@', 'amqp://svc:password@', 'https://user:r3al@'],
      'url',
    );
    judgeAll(
      'password',
      false,
      [
        'https://user:pass@',
        'https://username:password@',
        'https://${u}:${p}@',
        'https://bob:<pw>@',
        'https://bob:****@',
        'https://bob:@',
        'https://bob@',
        'https://bob:secret',
      ],
      'url',
    );
  });
});

describe('every validator', () => {
  it('survives any bytes, any range inside them and any argument', () => {
    const bytes = Array.from({ length: 300 }, (_, i) => String.fromCharCode((i * 73 + 11) % 256));
    for (const name of ['luhn', 'pan', 'iban', 'verhoeff', 'mod11', 'jwt', 'entropy', 'password']) {
      for (let i = 0; i < 60; i++) {
        const text = bytes.slice(i, i + 3 * i).join('');
        assert.equal(typeof judge(name, text, i % 2 === 0 ? '' : 'x'), 'boolean');
      }
    }
  });
});
