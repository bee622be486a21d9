import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  maskPassword,
  maskValue,
  redactIdentifier,
  redactJid,
  redactName,
  redactText,
} from '../../../sensor/alert/redact.ts';

const DATA = join(process.cwd(), '..', 'shared', 'data', 'leak');

interface Labelled {
  readonly text: string;
  readonly [field: string]: unknown;
}

function labelled(name: string): Labelled[] {
  const text = gunzipSync(readFileSync(join(DATA, name))).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Labelled);
}

/** `secret` between words, as it would stand in a message. */
function inProse(secret: string): string {
  return `here it is: ${secret} , thanks`;
}

// One of each row of threats.md 10.3, made up.
const TOKENS = [
  'AKIAQ7Z2M4N6P3R5T2V4',
  'ASIAQ7Z2M4N6P3R5T2V4',
  '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',
  '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',
  'glpat-aBcDeFgHiJkLmNoPqRsT',
  'GR1348941aBcDeFgHiJkLmNoPqRsT',
  'xoxb-23984754863-2348975623000-AAAAANzjawSSE9krECohd',
  'xapp-1-AA2JWS7BEDD-1234576618999-1234010643963577ab7449ef8014ade5482143da98cb46bb',
  'AIzaSyNHxIf32IQ1a1yjl3ZJIqKZqzLAK1XhDk',
  'bP88Q~rcBcYjzzOhg1Hnn76Wm3jGgakZiZ.8vMgR',
  'sk-proj-f5-UKZNwZTgzRb8ZucIrNqTs9oT6D1DMRv_0Zq3WY7G1J1O',
  'sk-ant-api03-z0zjHHXo5uibD2havvfqiZYJe9ENlwI1trcQC4pyRC2N2w6nbpUitUU',
  'hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH',
  'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
  'sq0atp-812erere3wewew45678901',
  'shpat_0123456789abcdef0123456789abcdef',
  '123456789:AAF0b1c2d3e4f5g6h7i8j9k0l1m2n3o4p5q',
  'SK0123456789abcdef0123456789abcdef',
  'SG.APhb3zgjtx3hajdas1TjBB.H7Sgbba3afgKSDyB442aDK0kpGO3SD332313-L5528K',
  'key-3ax6xnjp29jd6fds4gc373sgvjxteol0',
  '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',
  'pypi-AgEIcHlwaS5vcmcCJDExMTExMTExLTExMTEtMTExMS0xMTExLTExMTExMTExMTExMQ',
  'rubygems_0123456789abcdef0123456789abcdef0123456789abcdef',
  'hvs.hWay-wis3QpoSXob5gz_jyHmBQeyTg0l4IRsl4rnZw0tMbiT8h6X',
  'dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'dapi0123456789abcdef0123456789abcdef',
  'dp.pt.aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789aBcDeFg',
  'pul-0123456789abcdef0123456789abcdef01234567',
  'fo1_8rz-j7r2eqJ2U7affEOO3HJN0j63DInyog3eV-glQSc',
  'sha256~aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789aBcDeFg',
  'HRKU-AAabcdef0123456789abcdef0123456789abcdef0123456789abcdef0',
  'ntn_12345678901aBcDeFgHiJkLmNoPqRsT1234567890abcde',
  'lin_api_f1g2kLGLqdezihCUTzgIAUk6d9wvCnStWrvEXAMPL',
  'PMAK-0123456789abcdef01234567-0123456789abcdef0123456789abcdef01',
  'glsa_abcdefghijklmnopqrstuvwxyz012345_89abcdef',
  'sntrys_eyJpYXQiOjE2ODcwMDAwMDAuMDAsInVybCI6Imh0dHBzOi8vc2VudHJ5LmlvIn0',
  'ops_eyJzaWduSW5BZGRyZXNzIjoibXkuMXBhc3N3b3JkLmNvbSIsInVzZXJBdXRoIjp7Im1l',
  'dt0c01.ST2EY72KQINMH574WMNVI7YN.G3DFPBEJYMODIDAEX454M7YWBUVEFOWKPRVMWFASS64',
  'API-ZNRMR7SL6L3ATMOIK7GKJDKLPY',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
  '$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
  '$6$rounds=5000$saltsalt$yVbXlDnxUyvP1aWXIJwHGm9m0nUmkw8nYfvE1J5RYrq',
  'AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN',
];

/** Parts of labelled texts that are long and are no secrets: names, hosts, paths, client ids. */
const NOT_SECRET =
  /[/.]|^(?:acd3c08b-|12345678-ABCD|dac6fb3d-|AZURE_CLIENT_ID|TokenIssuer1WithAzp|auth_provider|client_x509|--host=)/;

describe('redactText()', () => {
  it('keeps at most four characters at either end of a token', () => {
    for (const secret of TOKENS) {
      const masked = redactText(inProse(secret));
      for (let at = 0; at + 10 <= secret.length; at++) {
        assert.ok(!masked.includes(secret.slice(at, at + 10)), `${secret} -> ${masked}`);
      }
      assert.match(masked, /^here it is: .*\*{8}.* , thanks$/);
    }
  });

  it('leaves no secret of the labelled corpora in clear', () => {
    let checked = 0;
    const texts = [
      ...labelled('gitleaks-tp-fp.jsonl.gz').filter((row) => row['label'] === 'tp'),
      ...labelled('secretlint-snapshots.jsonl.gz').filter((row) => Number(row['findings']) > 0),
    ];
    for (const { text } of texts) {
      const masked = redactText(text);
      for (const [token] of text.matchAll(/[\w+/=~.-]{16,}/g)) {
        if (!/\d/.test(token) || !/[a-z]/i.test(token) || NOT_SECRET.test(token)) continue;
        checked++;
        assert.ok(!masked.includes(token), `${token} in ${masked}`);
      }
    }
    assert.ok(checked > 200, `only ${checked} tokens checked`);
  });

  it('leaves no card and no account number of the labelled corpora in clear', () => {
    const rows = labelled('validatorjs-valid-invalid.jsonl.gz').filter(
      (row) =>
        row['label'] === 'valid' &&
        ['isCreditCard', 'isIBAN', 'isJWT'].includes(String(row['validator'])),
    );
    assert.ok(rows.length > 80);
    for (const { text } of rows) assert.ok(!redactText(inProse(text)).includes(text), text);
    const presidio = labelled('presidio-recognizer-cases.jsonl.gz').filter((row) =>
      /credit_card|iban/.test(String(row['recognizer'])),
    );
    for (const { text, positions } of presidio) {
      for (const [start, end] of (positions ?? []) as [number, number][]) {
        assert.ok(!redactText(text).includes(text.slice(start, end)), text);
      }
    }
  });

  for (const [text, expected] of [
    ['card 4111 1111 1111 1111 exp 10/28', 'card 4111********1111 exp 10/28'],
    ['4111111111111111 5555555555554444', '4111********4444'],
    ['DE89 3704 0044 0532 0130 00 and call me', 'DE89********0 00 and call me'],
    ['password: hunter2 ok', 'password: ******** ok'],
    ['{"password":"my long one","user":"bob"}', '{"password":"********","user":"bob"}'],
    ['the password is hunter2 now', 'the password is ******** now'],
    ['Пароль: Секрет123 вот', 'Пароль: ******** вот'],
    ["<x password='hunter2'/>", "<x password='********'/>"],
    ['https://bob:hun/ter2@h.example/x', 'https://bob:********@h.example/x'],
    ['curl -u dev:yqDVtkq https://h', 'curl -u dev:******** https://h'],
    ['Cookie: sid=1; user=bob', 'Cookie: ********'],
    ['Authorization: Basic Ym9iOnB3', 'Authorization: Basic ********'],
    ['<auth mechanism="PLAIN">AGJvYgBwdw==</auth>', '<auth mechanism="PLAIN">********</auth>'],
    ['<response xmlns="u">Yz1iaXdz</response>', '<response xmlns="u">********</response>'],
    [
      "<field var='muc#roomconfig_roomsecret'><value>T1deW</value></field>",
      "<field var='muc#roomconfig_roomsecret'><value>********</value></field>",
    ],
    [
      "<field type='text-private' var='x'><desc>Your code</desc><value>ab c</value></field>",
      "<field type='text-private' var='x'><desc>Your code</desc><value>********</value></field>",
    ],
    [
      "<field var='name'><value>Tide</value></field>",
      "<field var='name'><value>Tide</value></field>",
    ],
    ['<db:password>a b</db:password>', '<db:password>********</db:password>'],
  ] as const) {
    it(`masks ${JSON.stringify(text)}`, () => {
      assert.equal(redactText(text), expected);
    });
  }

  it('masks key blocks from BEGIN, to END, and lines of material alone', () => {
    const line = 'MIIEpQIBAAKCAQEAn6/O8li+SX4m98LLYt/PKSzEmQ++ZBD7Loh9P13f4yQ92EF3';
    const tail = 'yxR5MsXFu9PRsrYQA7==';
    for (const text of [
      `-----BEGIN RSA PRIVATE KEY-----\n${line}\n${tail}\n-----END RSA PRIVATE KEY-----`,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${line}\n${tail}`,
      `${line}\n${tail}\n-----END EC PRIVATE KEY-----`,
      `look: ${line}\n${tail}`,
      `{"k":"-----BEGIN PRIVATE KEY-----\\n${line}\\n${tail}\\n-----END PRIVATE KEY-----"}`,
    ]) {
      const masked = redactText(text);
      assert.ok(!masked.includes(line.slice(6, 60)), masked);
      assert.ok(!masked.includes(tail.slice(4, 16)), masked);
    }
  });

  it('masks secrets that are written to be read past', () => {
    for (const text of [
      '4111&#x20;1111 &#49;111 1111',
      '<body>4111<![CDATA[1111]]>11111111</body>',
      '<body>4111<!-- x -->111111111111</body>',
      '<span>41111111</span><span>11111111</span>',
      '4111\u200b1111\u200b1111\u200b1111',
      '４１１１１１１１１１１１１１１１',
    ]) {
      const masked = redactText(text);
      assert.match(masked, /\*{8}/, text);
      assert.doesNotMatch(masked.replace(/[^\d１]/g, ''), /.{9}/, text);
    }
    assert.equal(redactText('pass<!-- x -->word: hunter2'), 'pass<!-- x -->word: ********');
    assert.equal(redactText('password&#58; hunt&#101;r2'), 'password&#58; ********');
    assert.equal(redactText('pass<b>word</b>: hunter2'), 'pass<b>word</b>: ********');
  });

  it('leaves ordinary text as it is', () => {
    for (const text of [
      '',
      'meet at 10:30 in room 5, tel +49 30 1234567',
      '5 < 6 && 7 > 3, "quotes" & <tags>',
      'Привет! Как дела? 你好世界 😀👨‍👩‍👧 ñandú',
      '<message from="a@b.example/r" to="c@d.example" id="m1"><body>hi</body></message>',
      'version 1.2.3, uuid 550e8400-e29b-41d4-a716-446655440000',
      'the passport was lost, a pin-up, a token of love',
    ]) {
      assert.equal(redactText(text), text);
    }
  });

  it('never cuts a surrogate pair', () => {
    for (const text of [
      'password: 😀😀😀😀',
      'key="😀😀a😀😀b😀😀1😀😀"',
      `token=${'😀'.repeat(200)}`,
    ]) {
      const masked = redactText(text);
      assert.doesNotMatch(
        masked,
        /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/,
      );
    }
  });

  it('reads hostile text of 16 KiB without getting stuck', () => {
    const pieces = ['a', '1', '1-', 'A1 ', 'ey-', 'a://', '<!--', '<a', '&#', '\u200b1', 'DE89'];
    const labels = [
      '-----BEGIN ',
      '-----END PRIVATE KEY',
      'password: ',
      '<auth ',
      'De89 3704 0044 ',
    ];
    for (const piece of [...pieces, ...labels]) {
      const masked = redactText(piece.repeat(Math.ceil(16384 / piece.length)));
      assert.ok(masked.length > 0);
    }
  });
});

describe('maskPassword()', () => {
  for (const [value, expected] of [
    [';password=sl0w-meadow', ';password=********'],
    ['the wifi password: Tr0ub4dor', 'the wifi password: ********'],
    ['"password": "two words', '"password": "********'],
    ['пароль: Секрет123', 'пароль: ********'],
    ['PIN is 4711', 'PIN is ********'],
    ['password for the wifi: Tr0ub4dor', 'password for the wifi: ********'],
    ['kodeord: Tr0ub4dor', 'kodeord: ********'],
    // What stands before a separator may be the password itself.
    ['sl0w-meadow;encrypt=true', '********'],
    ['two words', '********'],
    ['abc:def=ghi', '********'],
    ['https://admin:S3cret99@', '********'],
    ['sl0w;token=abc', '********'],
    ['', '********'],
  ] as const) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(value)}`, () => {
      assert.equal(maskPassword(value), expected);
    });
  }
});

describe('maskValue()', () => {
  for (const [value, expected] of [
    ['4111 1111 1111 1111', '4111********1111'],
    ['DE89 3704 0044 0532 0130 00', 'DE89********0 00'],
    ['AKIAQ7Z2M4N6P3R5T2V4', 'AKIA********T2V4'],
    ['secret12', 'se********12'],
    ['hunter2', '********'],
    ['', '********'],
    ['password: hunter2', 'password: ********'],
    ['password is hunter22', 'password ********'],
    ['"password":"hunter2', '"password":"********'],
    ['https://admin:S3cret@', 'https:********'],
    ['DB_PASS = x', 'DB_PASS = ********'],
  ] as const) {
    it(`shows ${JSON.stringify(value)} as ${expected}`, () => {
      assert.equal(maskValue(value), expected);
    });
  }
});

describe('redactIdentifier(), redactName(), redactJid()', () => {
  it('hide what is known to be a secret', () => {
    for (const secret of [...TOKENS, '4111 1111 1111 1111', 'DE89370400440532013000']) {
      for (const redact of [redactIdentifier, redactName]) {
        const masked = redact(`id ${secret} .txt`);
        assert.ok(!masked.includes(secret.slice(5, 16)), `${secret} -> ${masked}`);
      }
      const jid = redactJid(`alice@corp.example/${secret}`);
      assert.ok(!jid.includes(secret.slice(5, 16)), jid);
    }
    assert.equal(redactIdentifier('password=hunter2'), 'password=********');
    assert.equal(redactName('4111-1111-1111-1111-2026.pdf'), '4111********2026.pdf');
  });

  it('leave what is random by nature: ids, resources, hashes of capabilities', () => {
    for (const id of [
      '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      '5284723984729384723984',
      '1695017621532140',
      'x7Kd92mQpL4vT8zWn3Rb',
      '3f2504e04f8941d39a0c0305e82c3301',
      'sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org',
      'http://gajim.org#zsTSTlxlBm8bL6aX5eGXJXYyzZ0=',
      'gajim.4X0CQW1N',
      'leak-0001',
    ]) {
      assert.equal(redactIdentifier(id), id);
      assert.equal(redactJid(`alice@corp.example/${id}`), `alice@corp.example/${id}`);
    }
    assert.equal(redactJid('4111111111111111@corp.example'), '4111111111111111@corp.example');
  });

  it('mask keys that have too few digits to look like chance', () => {
    // Made for this test, in the form of access keys of AWS.
    for (const key of ['AKIAUQBJYRBOWDNXSSPO', 'ASIAYNQSDTIGIXTVOFQN', 'A3TXKQWLMZNBVRTYHGFD']) {
      assert.ok(!redactName(`backup-${key}.csv`).includes(key), key);
      assert.ok(!redactIdentifier(`put_${key}`).includes(key), key);
      assert.ok(!redactText(`the key ${key} of`).includes(key), key);
    }
    assert.equal(redactName('ASIAPACIFICREGIONALSALES.pdf'), 'ASIAPACIFICREGIONALSALES.pdf');
  });

  it('leave names and ids whose words begin as tokens do', () => {
    for (const name of [
      'risk-assessment-2026.pdf',
      'global-report-2026-01-31.pdf',
      'API-Spec-V2-For-3rd-Party.pdf',
      'app-v1.0-beta-windows.zip',
      'npm_install_log_2026-11-21.txt',
      'A3-poster-design-final.pdf',
      'ops_runbook_2026_final.docx',
      'SG.Annual.Report.2026.pdf',
      'monkey-business-plan.pdf',
      'key-RSA_PRIVATE_KEY',
      'task-123456789012345678',
      'desk-1790000000123456',
    ]) {
      assert.equal(redactName(name), name);
      assert.equal(redactIdentifier(name), name);
    }
  });
});
