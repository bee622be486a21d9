/** What a text is: keys, mail, markup, scripts; plain text when it is none of them. */
import { latin1 } from './bytes.ts';
import type { KnownType } from './magic-table.ts';
import { scriptType } from './scripts.ts';

const SAMPLE_CHARS = 16 * 1024;
const PLAIN: KnownType = { magic: 'Text', mime: 'text/plain', group: 'text', form: 'text' };

/** A PEM file is what the first lines of its blocks say; certificates may stand before a key. */
const PEM = /^-----BEGIN ([A-Z0-9 #]{2,60})-----[ \t\r]*$/gm;
/** Comments may stand before its first block (`openssl pkcs12` writes some); behind more it is a text with a key in it. */
const PEM_COMMENT_CHARS = 1024;
/** Fields of mail (RFC 5322); a mail begins with several of them. */
const MAIL_FIELD =
  /^(?:From|To|Cc|Subject|Date|Message-ID|Received|Return-Path|Delivered-To|MIME-Version|Content-Type|Reply-To|DKIM-Signature|X-[\w-]+):[ \t]?\S/i;
const MAIL_FIELDS_NEEDED = 3;

/** `text` is UTF-8, `encoding` the name of the one it came in. */
export function textType(text: Uint8Array, encoding: string): KnownType {
  const sample = latin1(text, 0, SAMPLE_CHARS);
  const found =
    keyType(sample) ?? markupType(sample) ?? mailType(sample) ?? asScript(sample) ?? PLAIN;
  const isUsual = encoding === 'ASCII' || encoding === 'UTF-8';
  return found === PLAIN || !isUsual ? { ...found, magic: `${found.magic}, ${encoding}` } : found;
}

function asScript(sample: string): KnownType | undefined {
  const script = scriptType(sample);
  return script === undefined ? undefined : { ...script, form: 'text' };
}

function keyType(sample: string): KnownType | undefined {
  let certificate: KnownType | undefined;
  for (const { index, 1: label = '' } of sample.matchAll(PEM)) {
    if (certificate === undefined && index > PEM_COMMENT_CHARS) return undefined;
    if (label.includes('PRIVATE KEY'))
      return {
        magic: label.includes('OPENSSH') ? 'OpenSSH private key' : `PEM ${label.toLowerCase()}`,
        mime: label.includes('PGP') ? 'application/pgp-keys' : 'application/x-pem-file',
        group: 'key',
        form: 'text',
      };
    certificate ??= {
      magic: `PEM ${label.toLowerCase()}`,
      mime: 'application/x-pem-file',
      group: label.endsWith('MESSAGE') && label.startsWith('PGP') ? 'encrypted' : 'text',
      form: 'text',
    };
  }
  return certificate;
}

function markupType(sample: string): KnownType | undefined {
  const start = sample.trimStart().slice(0, 4096);
  if (!start.startsWith('<')) return undefined;
  const markup = (magic: string, mime: string, group: KnownType['group'] = 'text'): KnownType => ({
    magic,
    mime,
    group,
    form: 'markup',
  });
  if (/<hta:application\b/i.test(sample))
    return markup('HTML application (HTA)', 'application/hta', 'script');
  const script = asScript(sample);
  if (script?.mime === 'text/scriptlet' || script?.mime === 'text/x-php') return script;
  const body = start.replace(
    /^(?:<\?[^>]{0,400}\?>|<!--[\s\S]{0,1000}?-->|<!DOCTYPE[^>]{0,400}>|\s){0,20}/i,
    '',
  );
  const root = /^<(?:[\w.-]{1,40}:)?([\w.-]{1,60})/.exec(body)?.[1]?.toLowerCase();
  if (root === 'svg') return markup('SVG image', 'image/svg+xml', 'image');
  if (/^<!doctype html/i.test(start) || (root !== undefined && HTML_ROOTS.has(root)))
    return markup('HTML document', 'text/html');
  if (/<\?mso-application progid="Word/.test(start))
    return markup('Microsoft Word XML document', 'application/msword', 'document');
  if (/<\?mso-application progid="Excel/.test(start))
    return markup('Microsoft Excel XML document', 'application/vnd.ms-excel', 'document');
  if (start.startsWith('<?xml') || (root !== undefined && /xmlns(?::[\w.-]+)?=/.test(start)))
    return markup('XML document', 'application/xml');
  return undefined;
}

const HTML_ROOTS: ReadonlySet<string> = new Set([
  'html',
  'head',
  'body',
  'script',
  'meta',
  'title',
]);

function mailType(sample: string): KnownType | undefined {
  const isMbox = /^From \S+ +\w{3} \w{3} [ \d]\d \d\d:\d\d/.test(sample);
  let fields = 0;
  const lines = sample.split(/\r?\n/, 60);
  for (const [i, line] of lines.entries()) {
    if (i === 0 && isMbox) continue;
    if (line === '') break;
    if (MAIL_FIELD.test(line)) fields++;
    else if (!/^[ \t]|^[\w-]+:/.test(line)) return undefined;
  }
  if (fields < (isMbox ? 2 : MAIL_FIELDS_NEEDED)) return undefined;
  return {
    magic: isMbox ? 'Mailbox' : 'Mail message',
    mime: isMbox ? 'application/mbox' : 'message/rfc822',
    group: 'document',
    form: 'mail',
  };
}
