/** Limits of the HTTP API: what one reader, or many, can ask of the sensor. */
import { limit } from './limit.ts';

export const HTTP_LIMITS = {
  httpBodyBytes: limit('http.body_bytes', 64 * 1024, 'bytes', 'request is refused with 413'),
  httpTryBytes: limit(
    'http.try_bytes',
    450 * 1024,
    'bytes',
    'stanza to try against the rules is refused with 413',
  ),
  httpUrlChars: limit('http.url_chars', 4096, 'items', 'request is refused with 414'),
  httpRequestsPerMinute: limit(
    'http.requests_per_minute',
    1200,
    'items',
    'further requests of the token within the minute are refused with 429',
  ),
  httpWritesPerMinute: limit(
    'http.writes_per_minute',
    240,
    'items',
    'further changes by the token within the minute are refused with 429',
  ),
  httpHeavyPerMinute: limit(
    'http.heavy_per_minute',
    60,
    'items',
    'further stanzas to try, packet files, transcripts and reloads of the token within the minute are refused with 429',
  ),
  httpFailuresPerMinute: limit(
    'http.failures_per_minute',
    30,
    'items',
    'further wrong tokens from the address within the minute are refused with 429',
  ),
  httpRequestSeconds: limit(
    'http.request_seconds',
    60,
    'seconds',
    'question that takes longer is answered with 503',
  ),
  httpConnections: limit('http.connections', 512, 'items', 'further connections are closed'),
  httpConnectionsPerAddress: limit(
    'http.connections_per_address',
    64,
    'items',
    'further connections from the address are closed; those from the machine itself are not counted',
  ),
  httpEventReaders: limit(
    'http.event_readers',
    64,
    'items',
    'further reader of live events is refused with 503',
  ),
  httpEventReadersPerToken: limit(
    'http.event_readers_per_token',
    8,
    'items',
    'further reader of live events with the token is refused with 429',
  ),
  httpEventBacklogBytes: limit(
    'http.event_backlog_bytes',
    256 * 1024,
    'bytes',
    'events are not sent to the reader until it has caught up: it is told how many it lost',
  ),
  httpEventsPerSecond: limit(
    'http.events_per_second',
    20,
    'items',
    'further alerts of the second are not sent to readers of live events: they are told how many',
  ),
} as const;
