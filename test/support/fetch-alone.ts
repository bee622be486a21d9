/**
 * A request over a connection of its own. A test that waits for a child process (execFileSync) stands still meanwhile: a
 * connection kept from before may be closed by the server at the very moment the next request goes out on it, and nobody
 * can tell then whether that request was served. Nothing is kept here, so nothing has to be asked twice.
 */
export async function fetchAlone(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('connection', 'close');
  return await fetch(url, { ...init, headers });
}
