/** Validators of shapes: wallet keys, recovery words, made-up names, records of loot, passwords of settings. */
import { describe, it } from 'node:test';
import { judgeAll } from './judge.ts';

describe('base58check', () => {
  it('accepts keys and addresses with their checksum', () => {
    judgeAll('base58check', true, [
      'L13N2hM3cD4eJUUftuLktXPLQx74Jf5z9gUR6htrhSJ2jqXgFvc2',
      '5JgWEXSPLky7BkqQmPHFvpDJzY4dzvVKPMj1UaHHF9T4ZqoW6Za',
      'xprv9s21ZrQH143K3CCetdD5cz3PeNYsNYr1dXdrb6AgDf4Wnu78j3hHs5ahFycQ3Tj9iQRvnLaWbSynsMJZsgr3vKDQDEm3e3QuH2FGNKYu5Kx',
      '1BPv9FNrgaXBMvLE546iLiPLpjWAqTV3Ro',
    ]);
  });
  it('refuses one letter off, other letters and too much', () => {
    judgeAll('base58check', false, [
      'L13N2hM3cD4eJUUftuLktXPLQx74Jf5z9gUR6htrhSJ2jqXgFvc3',
      '5JgWEXSPLky7BkqQmPHFvpDJzY4dzvVKPMj1UaHHF9T4ZqoW60a',
      '',
      '1',
      '1111',
      'z'.repeat(128),
      'z'.repeat(500),
    ]);
  });
});

describe('distinct-words', () => {
  const words = 'ripple lamp orbit canvas mango stove pilot harvest tunnel velvet garden echo';
  it('counts words that differ', () => {
    judgeAll('distinct-words', true, [words, words.replaceAll(' ', ', ')], '11');
  });
  it('refuses repeats, sentences and few words', () => {
    judgeAll(
      'distinct-words',
      false,
      [
        'lamp '.repeat(20),
        'please copy all the files from this old disk and then tell bob about the rest',
        'ripple lamp orbit',
        '',
      ],
      '11',
    );
  });
});

describe('generated-name', () => {
  it('accepts what programs make up', () => {
    judgeAll('generated-name', true, [
      '492817365518@ext.example',
      'anna.miller48213@',
      'anna_miller48213@',
      'annamiller48213@',
      'x7k2qpz9w4tb@ext.example',
      'bvkrtzqpnw@ext.example',
    ]);
  });
  it('refuses names of people, years and machines', () => {
    judgeAll('generated-name', false, [
      'anna.miller@ext.example',
      'anna.miller1987@ext.example',
      'christopher@ext.example',
      'jean-pierre.van.der.berg@ext.example',
      '20261121@ext.example',
      'müller48213@ext.example',
      'a-b-c-d-e-f@ext.example',
      '@ext.example',
    ]);
  });
});

describe('loot-record', () => {
  it('accepts records about logins', () => {
    judgeAll(
      'loot-record',
      true,
      [
        'URL: https://a.example\nUsername: zoe\n[[Password: blue]]\nApplication: Chrome',
        'Host: a.example\nLogin: zoe\n[[Pass: blue]]\n\nHost: b.example\nLogin: zoe\nPass: green',
        'url=a.example|login=zoe|[[pass=blue]]|ip=198.51.100.7',
      ],
      'logins',
    );
  });
  it('refuses one login passed on', () => {
    judgeAll(
      'loot-record',
      false,
      [
        'URL: https://a.example\nlogin: zoe\n[[password: blue]]',
        '[[password: blue]]',
        'login: zoe\n[[password: blue]]\napplication: mail',
        'URL:\nlogin:\n[[password: blue]]\nOS: Windows',
      ],
      'logins',
    );
  });
  it('accepts word of a victim and refuses that of a client', () => {
    judgeAll(
      'loot-record',
      true,
      [
        '[[New bot]]!\nIP: 198.51.100.7\nCountry: XX\nOS: Windows 10',
        '[[new victim]] | IP: 198.51.100.7 | HWID: 7F3A | OS: Windows 10',
      ],
      'victim',
    );
    judgeAll(
      'loot-record',
      false,
      [
        '[[new client]]: Example Corp, country: DE',
        '[[new install]] on os: Debian, ram: 8 GB, cpu: 4',
      ],
      'victim',
    );
  });
});

describe('password in settings', () => {
  it('takes any value but templates', () => {
    judgeAll(
      'password',
      true,
      ['[[;Password=blindfold]];Encrypt=1', "[[ password='blind]]'"],
      'any',
    );
    judgeAll(
      'password',
      false,
      ['[[;Password=mypassword]];', '[[;Pwd=${PW}]];', '[[;Pwd=blind]]fold;'],
      'any',
    );
  });
  it('judges the value alone', () => {
    judgeAll('password', true, ['pass: [[Tr0ub4dor]] ok', 'pass: [[a:b1cde]]'], 'value');
    judgeAll('password', false, ['pass: [[monday]]', 'pass: [[Tr0ub]]4dor'], 'value');
  });
});
