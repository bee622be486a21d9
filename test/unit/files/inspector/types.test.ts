/** Types by their bytes, and near misses that only look like them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FileType } from '../../../../sensor/files/types.ts';
import { look } from './look.ts';
import {
  GIF,
  PNG,
  bytes,
  compound,
  docx,
  jpeg,
  odt,
  pdf,
  pe,
  pptx,
  tar,
  xlsx,
  zip,
} from '../../../support/file-samples.ts';

type Case = readonly [name: string, content: Uint8Array, magic: string, group: FileType['group']];

const raw = (text: string, length = 0): Uint8Array => {
  const content = Buffer.from(text, 'latin1');
  return new Uint8Array(
    Buffer.concat([content, Buffer.alloc(Math.max(0, length - content.length))]),
  );
};

const at = (offset: number, text: string, length: number): Uint8Array => {
  const content = Buffer.alloc(length);
  content.write(text, offset, 'latin1');
  return new Uint8Array(content);
};

function dll(): Uint8Array {
  const file = Buffer.from(pe());
  file.writeUInt16LE(0x2102, 150);
  file.writeUInt16LE(0x20b, 152);
  return new Uint8Array(file);
}

const PKCS8 = '3082025d020100300d06092a864886f70d0101010500048202473082024302010002818100';
const PKCS12 = '308204e9020103308204af06092a864886f70d010701a08204a00482049c308204983082034f';
const CERTIFICATE = '308203a53082028da0030201020214114f0e5a';

function der(head: string): Uint8Array {
  const start = Buffer.from(head, 'hex');
  const length = start.readUInt16BE(2) + 4;
  return new Uint8Array(Buffer.concat([start, Buffer.alloc(length - start.length, 0x55)]));
}

const PROGRAMS: readonly Case[] = [
  ['PE', pe(), 'PE32 executable', 'program'],
  ['DLL', dll(), 'PE32+ library (DLL)', 'program'],
  [
    'DOS program',
    raw('MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0', 128),
    'MS-DOS executable',
    'program',
  ],
  [
    'ELF',
    raw('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0'),
    'ELF 64-bit shared object',
    'program',
  ],
  [
    'ELF, big-endian',
    raw('\x7fELF\x01\x02\x01\0\0\0\0\0\0\0\0\0\0\x02\0\x08'),
    'ELF 32-bit executable',
    'program',
  ],
  ['Mach-O', raw('\xcf\xfa\xed\xfe\x07\0\0\x01'), 'Mach-O executable', 'program'],
  ['fat Mach-O', raw('\xca\xfe\xba\xbe\0\0\0\x02'), 'Mach-O universal executable', 'program'],
  ['class', raw('\xca\xfe\xba\xbe\0\0\0\x41'), 'Java class file', 'program'],
  ['LNK', raw('L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F'), 'Windows shortcut', 'program'],
  ['MSI', msi(), 'Windows installer package', 'program'],
  [
    'JAR',
    zip({ 'META-INF/MANIFEST.MF': 'x', 'a/B.class': '\xca\xfe' }),
    'Java archive (JAR)',
    'program',
  ],
  [
    'APK',
    zip({ 'AndroidManifest.xml': 'x', 'classes.dex': 'dex' }),
    'Android package (APK)',
    'program',
  ],
  ['Flash', raw('CWS\x0a\x10\x27\0\0xxxx'), 'Flash movie', 'program'],
];

function msi(): Uint8Array {
  const file = Buffer.from(compound({ Table: 'x' }));
  const root = file.indexOf(Buffer.from('Root Entry', 'utf16le'));
  file.write('84100c0000000000c000000000000046', root + 80, 'hex');
  return new Uint8Array(file);
}

const DOCUMENTS: readonly Case[] = [
  ['docx', docx(['words']), 'Microsoft Word 2007+ document', 'document'],
  [
    'docm',
    docx(['words'], { 'word/vbaProject.bin': 'x' }),
    'Microsoft Word 2007+ document with macros',
    'document',
  ],
  ['xlsx', xlsx('<row/>'), 'Microsoft Excel 2007+ document', 'document'],
  ['pptx', pptx('words'), 'Microsoft PowerPoint 2007+ document', 'document'],
  ['odt', odt('words'), 'OpenDocument text', 'document'],
  [
    'doc',
    compound({ WordDocument: 'x'.repeat(5000) }),
    'Microsoft Word 97-2003 document',
    'document',
  ],
  ['xls', compound({ Workbook: 'x' }), 'Microsoft Excel 97-2003 document', 'document'],
  [
    'ppt',
    compound({ 'PowerPoint Document': 'x' }),
    'Microsoft PowerPoint 97-2003 document',
    'document',
  ],
  ['msg', compound({ '__properties_version1.0': 'x' }), 'Outlook message', 'document'],
  ['PDF', pdf('words'), 'PDF document', 'document'],
  [
    'PDF behind a line',
    bytes('junk\n' + Buffer.from(pdf('words')).toString('latin1'), 'latin1'),
    'PDF document',
    'document',
  ],
  ['RTF', bytes('{\\rtf1\\ansi words}'), 'Rich Text document', 'document'],
  ['OneNote', bytes('e4525c7b8cd8a74daeb15378d02996d30000', 'hex'), 'OneNote section', 'document'],
  ['SQLite', raw('SQLite format 3\0', 100), 'SQLite database', 'document'],
  ['pcap', raw('\xd4\xc3\xb2\xa1\x02\0\x04\0', 24), 'pcap capture file', 'document'],
];

const ARCHIVES: readonly Case[] = [
  ['zip', zip({ 'a.txt': 'a' }), 'Zip archive', 'archive'],
  ['7z', raw('7z\xbc\xaf\x27\x1c\0\x04', 64), '7-Zip archive', 'archive'],
  [
    '7z with password',
    raw('7z\xbc\xaf\x27\x1c\0\x04' + '\0'.repeat(60) + '\x24\x06\xf1\x07\x01\x0a'),
    '7-Zip archive, encrypted',
    'encrypted',
  ],
  ['rar', raw('Rar!\x1a\x07\0\xcf\x90s\0\0\x0d\0', 64), 'RAR archive', 'archive'],
  [
    'rar with password',
    raw('Rar!\x1a\x07\0\xcf\x90s\x80\0\x0d\0', 64),
    'RAR archive, encrypted',
    'encrypted',
  ],
  ['bzip2', raw('BZh91AY&SY'), 'bzip2 compressed data', 'archive'],
  ['xz', raw('\xfd7zXZ\0\0\x04'), 'XZ compressed data', 'archive'],
  ['cab', raw('MSCF\0\0\0\0\x10'), 'Microsoft Cabinet archive', 'archive'],
  ['tar', tar([['a', 'b']]), 'tar archive', 'archive'],
  ['ISO 9660', at(32769, 'CD001', 40_000), 'ISO 9660 disk image', 'disk'],
  ['VHD', at(40_000 - 512, 'conectix', 40_000), 'Virtual PC disk image (VHD)', 'disk'],
  ['VHDX', raw('vhdxfile', 64), 'Hyper-V disk image (VHDX)', 'disk'],
];

const KEYS: readonly Case[] = [
  ['OpenSSH', bytes('-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n'), 'OpenSSH private key', 'key'],
  [
    'key behind a certificate',
    bytes(
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nMIIC\n',
    ),
    'PEM rsa private key',
    'key',
  ],
  ['PuTTY', bytes('PuTTY-User-Key-File-3: ssh-ed25519\n'), 'PuTTY private key', 'key'],
  ['KDBX', raw('\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5', 64), 'KeePass database', 'key'],
  ['PKCS #12', der(PKCS12), 'PKCS #12 key store', 'key'],
  ['PKCS #8', der(PKCS8), 'PKCS #8 private key', 'key'],
  [
    'PGP private key',
    bytes('-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n'),
    'PEM pgp private key block',
    'key',
  ],
  ['PGP message', bytes('-----BEGIN PGP MESSAGE-----\n\nhQ\n'), 'PGP message', 'encrypted'],
];

const PICTURES: readonly Case[] = [
  ['PNG', PNG, 'PNG image', 'image'],
  ['GIF', GIF, 'GIF image', 'image'],
  ['JPEG', jpeg(), 'JPEG image', 'image'],
  [
    'SVG',
    bytes('<?xml version="1.0"?>\n<!-- made -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
    'SVG image',
    'image',
  ],
  ['MP3', raw('\xff\xfb\x90\x64', 500), 'MP3 data', 'media'],
  ['WebP', raw('RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0', 44), 'WEBP image', 'image'],
];

const SCRIPTS: readonly Case[] = [
  ['shell', bytes('#!/bin/sh\necho hi\n'), 'Shell script', 'script'],
  ['env', bytes('#!/usr/bin/env python3\nprint(1)\n'), 'Python script', 'script'],
  [
    'PowerShell',
    bytes('$c = New-Object Net.WebClient\nInvoke-Expression $c.DownloadString("u")\n'),
    'PowerShell script',
    'script',
  ],
  ['batch', bytes('@echo off\r\nset X=1\r\ngoto end\r\n'), 'Windows batch file', 'script'],
  [
    'VBScript',
    bytes('Set s = CreateObject("WScript.Shell")\r\ns.Run "calc"\r\n'),
    'VBScript',
    'script',
  ],
  [
    'JScript',
    bytes('var a = new ActiveXObject("WScript.Shell");\na.Run("x");'),
    'JavaScript program',
    'script',
  ],
  [
    'HTA',
    bytes('<html><head><hta:application id="a"/></head></html>'),
    'HTML application (HTA)',
    'script',
  ],
  ['PHP', bytes('<?php system($_GET["c"]); ?>'), 'PHP script', 'script'],
  [
    'UTF-16 PowerShell',
    new Uint8Array(
      Buffer.from(
        '\ufeff$a = [Convert]::FromBase64String("QQ==")\r\nInvoke-Expression $a',
        'utf16le',
      ),
    ),
    'PowerShell script, UTF-16LE',
    'script',
  ],
];

/** Text that speaks of code, and bytes that begin like something else. */
const NEAR_MISSES: readonly Case[] = [
  [
    'prose on scripts',
    bytes('Please run powershell with New-Object, then set the variable and goto the next page.'),
    'Text, ASCII',
    'text',
  ],
  [
    'a manual with examples',
    bytes(
      'This chapter tells how to use objects from other programs.\nFor that you make an object and call it.\n\n' +
        '    Set app = CreateObject("Some.Application")\n    On Error Resume Next\n\n' +
        'Then the methods of the object are at your service.\nAll of them are told in the next chapter.\n',
    ),
    'Text, ASCII',
    'text',
  ],
  [
    'settings of an editor',
    bytes('set number=1\nif exists("a")\n  set list=2\nendif\n'),
    'Text, ASCII',
    'text',
  ],
  [
    'a function in prose',
    bytes('The function of the heart is to pump; var is a programme.'),
    'Text, ASCII',
    'text',
  ],
  [
    'MZ in text',
    bytes('MZ stands for Mark Zbikowski, who wrote the format of programs for DOS.'),
    'Text, ASCII',
    'text',
  ],
  [
    'BM in text',
    bytes('BM is short for a bitmap, and this is a text of some length about it.'),
    'Text, ASCII',
    'text',
  ],
  ['PDF named far behind', bytes(`${'x'.repeat(2000)}%PDF-1.4`), 'Text, ASCII', 'text'],
  [
    'certificate alone',
    bytes('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'),
    'PEM certificate',
    'text',
  ],
  ['certificate in DER', der(CERTIFICATE), 'X.509 certificate', 'unknown'],
  [
    'key named in prose',
    bytes('The file begins with -----BEGIN RSA PRIVATE KEY----- and so on.'),
    'Text, ASCII',
    'text',
  ],
  [
    'table with a key behind it',
    bytes(`${'name;card\n'.repeat(200)}-----BEGIN RSA PRIVATE KEY-----\nMIIC\n`),
    'Text, ASCII',
    'text',
  ],
  ['HTML', bytes('<!DOCTYPE html><html><body>Hi</body></html>'), 'HTML document', 'text'],
  ['XML', bytes('<?xml version="1.0"?><a><b/></a>'), 'XML document', 'text'],
  ['CSV', bytes('name,card\na,1\nb,2\n'), 'Text, ASCII', 'text'],
  [
    'a quoted header',
    bytes('From: here on we go\nThen there is more to say.'),
    'Text, ASCII',
    'text',
  ],
  ['noise', noise(4096), '', 'unknown'],
  ['nothing', new Uint8Array(0), '', 'unknown'],
];

function noise(length: number): Uint8Array {
  let state = 12345;
  return Uint8Array.from(
    { length },
    () => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16,
  );
}

for (const [title, cases] of Object.entries({
  PROGRAMS,
  DOCUMENTS,
  ARCHIVES,
  KEYS,
  PICTURES,
  SCRIPTS,
  NEAR_MISSES,
})) {
  describe(`file types: ${title.toLowerCase().replace('_', ' ')}`, () => {
    for (const [name, content, magic, group] of cases)
      it(`tells ${name}`, async () => {
        const seen = await look(content);
        assert.deepEqual([seen.magic, seen.group], [magic, group]);
      });
  });
}

describe('file types: ordinary files', () => {
  it('raise no sign', async () => {
    const ordinary: readonly Uint8Array[] = [
      docx(['words']),
      xlsx('<row/>'),
      pptx('words'),
      odt('words'),
      pdf('words'),
      zip({ 'a.txt': 'a', 'b/c.txt': 'c' }),
      tar([['a', 'b']]),
      jpeg(),
      PNG,
      GIF,
      bytes('plain text'),
      compound({ WordDocument: 'x'.repeat(5000) }),
    ];
    for (const content of ordinary) {
      const { inspection } = await look(content);
      assert.deepEqual([inspection.signs, inspection.unseen], [[], '']);
    }
  });
});
