/** Chat played through the sensor's rules and memory: who wrote what to whom and when; what was found. */
import type { CasePlayer } from '../../sensor/case-player.ts';
import type { Finding } from '../../sensor/detect/index.ts';
import type { CaseTurn, SignatureCase } from '../../sensor/rules/index.ts';

export interface ChatLine {
  readonly text: string;
  /** Full JIDs; alice at her desk writes to bob unless told. */
  readonly from?: string;
  readonly to?: string;
  readonly type?: string;
  readonly id?: string;
  /** Further children of the message. */
  readonly extra?: string;
  /** Seconds since the line before. */
  readonly after?: number;
}

const encoder = new TextEncoder();

const HEADER =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='corp.example' to='ext.example' version='1.0'>";

function escaped(text: string): string {
  // What XML cannot hold nobody can send.
  const sendable = text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
  return sendable.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function data(text: string): CaseTurn {
  return { kind: 'data', direction: 0, bytes: encoder.encode(text) };
}

/** Plays lines on one connection between servers; gives what leaks were found, in order. */
export function playChat(player: CasePlayer, lines: readonly ChatLine[]): Finding[] {
  const turns: CaseTurn[] = [data(HEADER)];
  lines.forEach(({ text, from, to, type, id, extra, after = 0 }, i) => {
    if (after > 0) turns.push({ kind: 'wait', seconds: after });
    turns.push(
      data(
        `<message from='${from ?? 'alice@corp.example/desk'}' to='${to ?? 'bob@ext.example'}' type='${type ?? 'chat'}' id='${id ?? `m${i}`}'><body>${escaped(text)}</body>${extra ?? ''}</message>`,
      ),
    );
  });
  const source: SignatureCase = {
    file: '',
    line: 0,
    name: 'chat',
    sid: 0,
    isFiring: false,
    fires: [],
    flows: [
      {
        client: '192.0.2.10',
        clientPort: 40_000,
        server: '198.51.100.20',
        serverPort: 5269,
        isMidstream: false,
        atSeconds: 0,
        turns,
        sessionTurns: 1,
      },
    ],
    isNewSensor: false,
    lists: new Map(),
    event: undefined,
    capture: undefined,
    sentFile: undefined,
    body: undefined,
  };
  return player
    .play(source)
    .filter(({ rule }) => rule.metadata.get('detection')?.[0]?.startsWith('dlp-') === true);
}

/** Detections of findings, each with how many messages it took. */
export function leaksOf(findings: readonly Finding[]): string[] {
  return findings.map(({ rule, context }) => {
    const slug = rule.metadata.get('detection')?.[0] ?? '';
    const messages = context['joined_messages'];
    return messages === undefined ? slug : `${slug} over ${messages}`;
  });
}
