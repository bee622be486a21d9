/**
 * Values that would report everybody, or nobody: what an import must not take without being told.
 * A feed with one such line, by mistake or by malice, makes a sensor useless.
 */
import { isV4Block, parseBlock, type AddressBlock } from '../address-set.ts';
import type { IntelKind } from './items.ts';

/** RFC 2606, RFC 6761, RFC 6762, RFC 8375, and what is used inside of networks. */
const RESERVED_TOPS = new Set(
  'test example invalid localhost local localdomain internal intranet lan home corp arpa onion'.split(
    ' ',
  ),
);
const RESERVED_NAMES = new Set(['example.com', 'example.net', 'example.org']);

/** Second-level names under which anybody registers: a block of these is a block of a country. */
const SECOND_LEVELS = new Set(
  'ac co com edu gob gov gub go ltd me mil ne net nom or org sch'.split(' '),
);

/** Suffixes of several labels under which strangers share a name (excerpt of the public suffix list). */
const SHARED = new Set([
  ...['github.io', 'gitlab.io', 'herokuapp.com', 'netlify.app', 'vercel.app', 'pages.dev'],
  ...['workers.dev', 'web.app', 'firebaseapp.com', 'blogspot.com', 'wordpress.com', 'weebly.com'],
  ...['azurewebsites.net', 'cloudfront.net', 'amazonaws.com', 's3.amazonaws.com', 'appspot.com'],
  ...['duckdns.org', 'no-ip.org', 'ddns.net', 'dyndns.org', 'hopto.org', 'ngrok.io', 'ngrok.app'],
  ...['googleapis.com', 'googleusercontent.com', 'windows.net', 'fly.dev', 'onrender.com'],
]);

/** Services so many people use that a listed name would be a report on all of them. */
const PROVIDERS = new Set([
  ...['gmail.com', 'googlemail.com', 'google.com', 'youtube.com', 'outlook.com', 'hotmail.com'],
  ...['live.com', 'microsoft.com', 'office.com', 'sharepoint.com', 'yahoo.com', 'aol.com'],
  ...['icloud.com', 'apple.com', 'proton.me', 'protonmail.com', 'gmx.de', 'gmx.net', 'web.de'],
  ...['mail.ru', 'yandex.ru', 'ya.ru', 'vk.com', 'qq.com', '163.com', 'facebook.com'],
  ...['instagram.com', 'whatsapp.com', 'twitter.com', 'x.com', 't.co', 'linkedin.com'],
  ...['telegram.org', 't.me', 'discord.com', 'discord.gg', 'slack.com', 'github.com'],
  ...['gitlab.com', 'wikipedia.org', 'amazon.com', 'dropbox.com', 'drive.google.com'],
  ...['docs.google.com', 'bit.ly', 'tinyurl.com', 'pastebin.com', 'cloudflare.com', 'mozilla.org'],
  ...['jabber.org', 'jabber.ru', 'jabber.de', 'jabber.at', 'jabber.ccc.de', 'jabber.cz', 'jabb.im'],
  ...['jabber.fr', 'jabber.hot-chilli.net', 'xmpp.jp', 'xmpp.is', 'conversations.im', 'dismail.de'],
  ...[
    'disroot.org',
    '404.city',
    'movim.eu',
    'yax.im',
    'trashserver.net',
    'draugr.de',
    'chatterboxtown.us',
  ],
  ...[
    'conference.jabber.org',
    'conference.jabber.ru',
    'xmpp.org',
    'monal-im.org',
    'magicbroccoli.de',
  ],
]);

/** A host that strangers share or so many people use that a link to it tells nothing; lower case. */
export function isSharedHost(host: string): boolean {
  const name = host.replace(/^www\./, '').replace(/:\d+$/, '');
  const parent = name.slice(name.indexOf('.') + 1);
  return PROVIDERS.has(name) || SHARED.has(name) || SHARED.has(parent);
}

/** Blocks nobody can be told apart in, or that never cross a border: name -> reason. */
const ODD_BLOCKS: readonly (readonly [block: string, what: string])[] = [
  ['0.0.0.0/8', 'an address of "this network"'],
  ['10.0.0.0/8', 'a private address'],
  ['100.64.0.0/10', 'an address shared by a provider'],
  ['127.0.0.0/8', 'a loopback address'],
  ['169.254.0.0/16', 'a link-local address'],
  ['172.16.0.0/12', 'a private address'],
  ['192.0.2.0/24', 'a documentation address'],
  ['192.168.0.0/16', 'a private address'],
  ['198.51.100.0/24', 'a documentation address'],
  ['203.0.113.0/24', 'a documentation address'],
  ['224.0.0.0/3', 'a multicast or reserved address'],
  ['::/127', 'a loopback address'],
  ['2001:db8::/32', 'a documentation address'],
  ['fc00::/7', 'a private address'],
  ['fe80::/10', 'a link-local address'],
  ['ff00::/8', 'a multicast address'],
];

const odd = ODD_BLOCKS.flatMap(([text, what]) => {
  const block = parseBlock(text);
  return block === undefined ? [] : [{ block, what }];
});

/** Wider blocks hold more networks than any campaign has. */
const WIDEST_V4 = 96 + 16;
const WIDEST_V6 = 32;

/** Why a value must not be imported unless told; undefined when it may. Values are canonical. */
export function refusal(kind: IntelKind, value: string): string | undefined {
  switch (kind) {
    case 'domain':
    case 'server':
      return domainRefusal(value);
    case 'jid': {
      const domain = (value.split('/', 1)[0] ?? '').replace(/^[^@]*@/, '');
      return value.includes('@') ? reservedName(domain) : domainRefusal(domain);
    }
    case 'url':
      return urlRefusal(value);
    case 'ip':
      return blockRefusal(value);
    default:
      return isEmptyFile(value) ? 'the hash of an empty file' : undefined;
  }
}

function domainRefusal(domain: string): string | undefined {
  const reserved = reservedName(domain);
  if (reserved !== undefined) return reserved;
  const labels = domain.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  const isCountry = top.length === 2;
  if (labels.length === 2 && isCountry && SECOND_LEVELS.has(second)) return 'a public suffix';
  if (SHARED.has(domain)) return 'a name that strangers share';
  return PROVIDERS.has(domain) ? 'a large provider' : undefined;
}

function reservedName(domain: string): string | undefined {
  const labels = domain.split('.');
  const isReserved =
    RESERVED_TOPS.has(labels.at(-1) ?? '') || RESERVED_NAMES.has(labels.slice(-2).join('.'));
  if (isReserved) return 'a reserved name';
  return labels.length < 2 ? 'a public suffix' : undefined;
}

/** A page of a provider may be listed; its front page may not. */
function urlRefusal(url: string): string | undefined {
  const rest = url.replace(/^[a-z0-9+.-]+:\/\//i, '');
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const host = authority.replace(/:\d+$/, '');
  const address = parseBlock(host.replace(/^\[|\]$/g, ''));
  if (address !== undefined) return blockRefusal(host.replace(/^\[|\]$/g, ''));
  const reserved = reservedName(host);
  if (reserved !== undefined) return reserved;
  const path = end < 0 ? '' : rest.slice(end);
  return /^\/*$/.test(path) ? domainRefusal(host.replace(/^www\./, '')) : undefined;
}

function blockRefusal(text: string): string | undefined {
  const block = parseBlock(text);
  if (block === undefined) return undefined;
  if (block.prefix < (isV4Block(block) ? WIDEST_V4 : WIDEST_V6)) return 'a block that is too wide';
  return odd.find((entry) => isInside(block, entry.block))?.what;
}

function isInside(inner: AddressBlock, outer: AddressBlock): boolean {
  if (inner.prefix < outer.prefix) return false;
  for (let word = 0; word < 4; word++) {
    const bits = Math.max(0, Math.min(32, outer.prefix - 32 * word));
    const mask = bits === 0 ? 0 : -1 << (32 - bits);
    if ((((inner.words[word] ?? 0) ^ (outer.words[word] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** MD5 and SHA-256 of nothing: feeds hold them, and every empty file has them. */
function isEmptyFile(hash: string): boolean {
  return (
    hash === 'd41d8cd98f00b204e9800998ecf8427e' ||
    hash === 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  );
}
