/**
 * The console's files, read once at the start: what is served is what stood in the folder then, so that no path of a
 * request ever reaches the file system and no reader waits on a disk.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { log } from '../core/index.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
/** Names that hold a hash of what is in them: they never change. */
const HASHED = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_FILES = 500;
/** Smaller files are not worth packing. */
const PACK_FROM_BYTES = 1024;

interface Asset {
  readonly bytes: Buffer;
  readonly packed: Buffer | undefined;
  readonly type: string;
  readonly etag: string;
  readonly isForever: boolean;
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Stanzawatch</title></head>
<body><h1>Stanzawatch</h1>
<p>The sensor works; its console is not built. Build it with <code>npm run build</code>, then start the sensor again.</p>
<p>The <a href="/metrics">metrics</a> are here, and alerts on the command line: <code>stanzawatch alerts list</code></p>
</body></html>
`;

/** Pages of the console's router (dashboards/console/src/routes.ts; a test holds both together). */
const LISTS = 'inbox|campaigns|files|identities|exposures|sessions|rules|health|audit|graph';
const DETAILS = 'alerts|campaigns|files|identities|rules';
const PAGE = new RegExp(`^/(?:(?:${LISTS})/?|(?:${DETAILS})/([^/]+)/?)?$`);

/**
 * Serves `/`, the files of the folder, and `index.html` for the console's own paths. A person who mistyped one gets
 * the same page with 404: it says so, and leads back.
 */
export function addConsole(app: FastifyInstance, folder: string): void {
  const assets = readAssets(folder);
  const index = assets.get('/index.html') ?? assetOf(Buffer.from(NOT_BUILT), '/index.html');
  app.get('/*', { schema: { hide: true }, exposeHeadRoute: true }, (request, reply) => {
    const [path = ''] = (request.raw.url ?? '').split('?');
    const asset = assets.get(path) ?? (isPage(path) ? index : undefined);
    if (asset !== undefined) return sendAsset(request, reply, asset);
    if (isForPeople(request, path)) {
      const headers = { 'content-type': index.type, vary: 'accept' };
      return reply.code(404).headers(headers).send(index.bytes);
    }
    reply.callNotFound();
    return reply;
  });
}

/** A path of the console's router. What it names may hold anything (an account out of traffic), but leads nowhere else. */
function isPage(path: string): boolean {
  const match = PAGE.exec(path);
  return match !== null && isPlain(match[1] ?? '');
}

/** Asked for in the address bar: scripts, styles and programs do not ask for HTML, and never take it for what they miss. */
function isForPeople({ headers }: FastifyRequest, path: string): boolean {
  const accept = headers.accept ?? '';
  if (!accept.includes('text/html') || accept.includes('json')) return false;
  return !/^\/(?:api|assets)(?:\/|$)/.test(path) && path.split('/').every(isPlain);
}

/** A part of a path that names something, and not a way up: the page would ask the API for what it leads to. */
function isPlain(part: string): boolean {
  try {
    return !/^\.+$/.test(decodeURIComponent(part));
  } catch {
    return false;
  }
}

function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, packed, type, etag, isForever }: Asset,
): FastifyReply {
  void reply.headers({
    'content-type': type,
    etag,
    vary: 'accept-encoding',
    'cache-control': isForever ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const takesPacked = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (packed === undefined || !takesPacked) return reply.send(bytes);
  return reply.header('content-encoding', 'gzip').send(packed);
}

function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  const visit = (path: string, url: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const name = join(path, entry.name);
      if (entry.name.startsWith('.') || entry.name.endsWith('.map')) continue;
      if (entry.isDirectory()) visit(name, `${url}/${entry.name}`);
      else if (entry.isFile() && assets.size < MAX_FILES) {
        const bytes = readFileSync(name);
        if (bytes.length <= MAX_FILE_BYTES) {
          assets.set(`${url}/${entry.name}`, assetOf(bytes, `${url}/${entry.name}`));
        }
      }
    }
  };
  try {
    visit(folder, '');
  } catch {
    log('debug', 'api', `there is no console in ${folder}`);
  }
  return assets;
}

function assetOf(bytes: Buffer, path: string): Asset {
  const packed = bytes.length >= PACK_FROM_BYTES ? gzipSync(bytes, { level: 9 }) : undefined;
  return {
    bytes,
    packed: packed !== undefined && packed.length < bytes.length ? packed : undefined,
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isForever: path.startsWith('/assets/') && HASHED.test(path),
  };
}
