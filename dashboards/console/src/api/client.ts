/**
 * Requests to the sensor's API: bearer token in the header, JSON in and out, every refusal as ApiError with the
 * server's own words. A server that is busy (503) is asked again a few times; nothing else is.
 */
import type { Problem } from '../../../../sensor/api/contract.ts';
import { signOut, token } from '../session.ts';

const BASE = '/api/v1';
const RETRIES = 3;
const RETRY_MS = 400;
/** The server's words are for those who write requests. */
const TOKEN_OVER = 'Your token was revoked or has ended. Sign in with another.';

/** An answer that is not 2xx, or none at all (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;

  constructor(status: number, code: string, message: string, hint = '') {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Another token than that of the session: for signing in. */
  readonly token?: string;
  readonly accept?: string;
  /** Nobody waits for the answer. */
  readonly isBackground?: boolean;
}

/** A path below /api/v1 with its query; values that are undefined or '' are left out, lists are repeated. */
export function apiPath(path: string, query: object = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query) as [string, Query[string]][]) {
    if (value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(key, String(one));
  }
  const text = params.toString();
  return `${BASE}${path}${text === '' ? '' : `?${text}`}`;
}

/** GET that answers JSON. Rejects ApiError; an abort rejects the AbortError of fetch. */
export async function get<Answer>(
  path: string,
  query: object = {},
  options: RequestOptions = {},
): Promise<Answer> {
  const response = await send('GET', apiPath(path, query), undefined, options);
  return (await response.json()) as Answer;
}

/** POST or DELETE of JSON that answers JSON. */
export async function change<Answer>(
  method: 'POST' | 'DELETE',
  path: string,
  body: object,
  options: RequestOptions = {},
): Promise<Answer> {
  const response = await send(method, apiPath(path), body, options);
  return (await response.json()) as Answer;
}

/** GET of a file. */
export async function getBlob(path: string, options: RequestOptions = {}): Promise<Blob> {
  const response = await send('GET', apiPath(path), undefined, { accept: '*/*', ...options });
  return response.blob();
}

/** One request, its refusals as ApiError. A 401 for the session's own token signs out. */
export async function send(
  method: string,
  url: string,
  body: object | undefined,
  options: RequestOptions,
): Promise<Response> {
  const used = options.token ?? token.value;
  const headers: Record<string, string> = {
    authorization: `Bearer ${used}`,
    accept: options.accept ?? 'application/json',
  };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const init: RequestInit = { method, headers, cache: 'no-store', credentials: 'omit' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (options.signal !== undefined) init.signal = options.signal;
  if (options.isBackground === true) init.priority = 'low';
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetchOnce(url, init);
    if (response.ok) return response;
    if (response.status === 503 && attempt < RETRIES) {
      await pause(RETRY_MS * 2 ** attempt, options.signal);
      continue;
    }
    const error = await problemOf(response);
    // A late answer to the token of before must not end the session of the new one.
    const isOwn = options.token === undefined && used === token.value;
    if (response.status !== 401 || !isOwn) throw error;
    signOut(TOKEN_OVER);
    throw new ApiError(401, error.code, TOKEN_OVER);
  }
}

async function fetchOnce(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(
      0,
      'UNREACHABLE',
      'The sensor does not answer',
      'Is it running, and is this machine still connected to it? What is shown here is asked again when it is back.',
    );
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as Problem;
    return new ApiError(response.status, error.code, error.message, error.hint ?? '');
  } catch {
    const words = response.statusText === '' ? '' : ` (${response.statusText})`;
    return new ApiError(
      response.status,
      'HTTP',
      `The sensor answered ${response.status}${words}`,
      response.status === 404 ? 'It may be older than this page: reload it.' : '',
    );
  }
}

/** Was this thrown because the request was no longer wanted? */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      window.clearTimeout(timer);
      reject(new DOMException('The request is no longer wanted', 'AbortError'));
    });
  });
}
