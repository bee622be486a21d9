/**
 * However a SOCKS5 transfer is cut, mixed and holed, and in whatever pieces a file is fetched: what is told is the file,
 * or not whole. Whatever comes in whatever order, nothing throws and nothing grows.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { connectionName } from '../../sensor/files/offers/bytestreams.ts';
import { ALICE, BOB, FilesLab, type HttpLab, type SocksLab } from '../support/ledger-lab.ts';

const URL_OF_FILE = 'http://upload.corp.example:5280/slot/4a77/plan.pdf';

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Alice offers and uploads files, each under a name of its own. */
class Offers {
  readonly lab = new FilesLab();
  readonly #client = this.lab.client();
  #number = 0;

  /** The next one; what ended before is forgotten. */
  next(size: number): { readonly name: string; readonly url: string } {
    const sid = `s${this.#number++}`;
    const url = URL_OF_FILE.replace('4a77', sid);
    this.lab.finished.length = 0;
    this.#client
      .c(
        `<iq type='set' id='o${sid}' to='${BOB}'><si xmlns='http://jabber.org/protocol/si' id='${sid}' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='x.bin' size='${size}'/></si></iq>`,
      )
      .c(
        `<iq type='set' id='q${sid}' to='${BOB}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='${sid}'><streamhost jid='p.corp.example' host='198.51.100.20' port='7777'/></query></iq>`,
      )
      .s(
        `<iq type='result' id='u${sid}' from='upload.corp.example' to='${ALICE}'><slot xmlns='urn:xmpp:http:upload:0'><put url='${url}'/><get url='${url}'/></slot></iq>`,
      );
    return { name: connectionName(sid, ALICE, BOB), url };
  }
}

/** Pieces of a leg: their lengths, and which of them are lost. */
const pieces = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), {
  minLength: 1,
  maxLength: 20,
});

/** Plays one leg step by step. */
function* leg(
  socks: SocksLab,
  direction: 0 | 1,
  content: Uint8Array,
  cuts: readonly (readonly [number, boolean])[],
  mayLose: boolean,
): Generator<readonly [from: number, to: number], undefined> {
  for (let at = 0, i = 0; at < content.length; i++) {
    const [length, isLost] = cuts[i % cuts.length] as readonly [number, boolean];
    const end = Math.min(content.length, at + length);
    if (isLost && mayLose) {
      socks.gap(direction, end - at);
      yield [at, end];
    } else socks.data(direction, content.subarray(at, end));
    at = end;
    yield [0, 0];
  }
  return undefined;
}

describe('the ledger of files', () => {
  it('tells a file over both legs of a proxy once, and right', () => {
    const offers = new Offers();
    const { lab } = offers;
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        pieces,
        pieces,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }),
        fc.constantFrom('none', 'one', 'both'),
        (content, cutsA, cutsB, order, losses) => {
          const { name } = offers.next(content.length);
          const sender = lab.socks(name, { client: '192.0.2.10' });
          const receiver = lab.socks(name, { client: '192.0.2.11' });
          const steps = [
            leg(sender, 0, content, cutsA, losses !== 'none'),
            leg(receiver, 1, content, cutsB, losses === 'both'),
          ] as const;
          const lost = [new Set<number>(), new Set<number>()] as const;
          const isOver = [false, false];
          for (let i = 0; !isOver.every(Boolean); i++) {
            const turn =
              isOver[0] === true || (order[i % order.length] === true && isOver[1] !== true)
                ? 1
                : 0;
            const { value, done } = steps[turn].next();
            if (done === true) isOver[turn] = true;
            else for (let at = value[0]; at < value[1]; at++) lost[turn].add(at);
          }
          sender.close();
          receiver.close();
          const isGone = [...lost[0]].some((at) => lost[1].has(at));
          // Losses on both legs may leave nothing at all.
          if (lab.finished.length === 0) return lost[0].size + lost[1].size >= content.length;
          assert.equal(lab.finished.length, 1);
          const [file] = lab.finished;
          assert.ok(file !== undefined && file.seenBytes <= content.length);
          if (file.lack === '') assert.equal(file.sha256, sha256(content));
          else assert.equal(file.sha256, '');
          if (losses !== 'both') assert.equal(file.lack, '');
          if (isGone) assert.equal(file.lack, 'gap');
          assert.equal(file.seenBytes + file.gapBytes, content.length);
          return true;
        },
      ),
      { numRuns: 200 },
    );
  });

  it('joins a file that is fetched in pieces, or tells that it is not whole', () => {
    const offers = new Offers();
    const { lab } = offers;
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 12, maxLength: 200 }),
        fc.array(fc.tuple(fc.nat(199), fc.nat(199)), { minLength: 1, maxLength: 8 }),
        (content, ranges) => {
          const { name, url } = offers.next(content.length);
          // No file of an earlier run.
          content.set(Buffer.from(name).subarray(0, 12));
          const total = content.length;
          let [reached, isWhole, isTold] = [0, true, false];
          for (const [a, b] of ranges) {
            const first = Math.min(a, b) % total;
            const last = Math.max(first, Math.max(a, b) % total);
            if (first > reached) isWhole = false;
            reached = Math.max(reached, last + 1);
            if (reached === total) {
              isTold ||= isWhole;
              [reached, isWhole] = [0, true];
            }
            const http: HttpLab = lab.http();
            http.request('GET', url);
            if (http.respond(206, { contentRange: { first, last, total } })) {
              http.body(1, content.subarray(first, last + 1));
            }
            http.end(1).close();
          }
          lab.files.finish(lab.nowUsec);
          const whole = lab.finished.filter(({ lack }) => lack === '');
          assert.equal(whole.length > 0, isTold);
          for (const file of whole) assert.equal(file.sha256, sha256(content));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stands whatever comes, within its bounds', () => {
    const limits = {
      filesOffers: 16,
      filesUrls: 16,
      filesConnections: 8,
      correlationBytestreamEntries: 64,
    };
    const step = fc.record({
      what: fc.nat(15),
      flow: fc.nat(11),
      number: fc.integer({ min: -2, max: 300 }),
      text: fc.string({ maxLength: 20 }),
    });
    const lab = new FilesLab({ limits, peers: true });
    const client = lab.client();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { files } = lab;
        for (const { what, flow, number, text } of steps) {
          const now = lab.nowUsec;
          const bytes = Buffer.from(text);
          const direction = (number & 1) as 0 | 1;
          const host = connectionName(String(number), ALICE, BOB);
          const safe = text.replace(/[^a-z0-9]/gi, 'x');
          const range = { first: number, last: number + 5, total: number * 2 };
          const head = {
            number: Math.abs(number) % 4,
            method: ['GET', 'PUT', 'POST', safe][what % 4] ?? '',
            target: `/slot/4a77/plan.pdf${number % 3 === 0 ? '' : text}`,
            host: 'upload.corp.example:5280',
            contentType: text,
            contentLength: number,
            contentRange: number % 2 === 0 ? range : undefined,
            contentEncoding: '',
          };
          switch (what) {
            case 0:
              files.onSocks(
                flow,
                { methods: [0], command: 1, addressType: 3, host, port: 0, isFromReply: false },
                now,
              );
              break;
            case 1:
            case 2:
              files.onSocksData(flow, direction, bytes, 0, bytes.length, now);
              break;
            case 3:
              files.onSocksGap(flow, direction, number, now);
              break;
            case 4:
              files.onSocksReply(flow, Math.abs(number), now);
              break;
            case 5:
            case 6:
              files.onHttpRequest(flow, head, now);
              break;
            case 7:
              files.onHttpResponse(
                flow,
                { ...head, status: number % 2 === 0 ? 206 : 200, contentDisposition: '' },
                now,
              );
              break;
            case 8:
              files.onHttpBody(flow, direction, bytes, 0, bytes.length, now);
              break;
            case 9:
              files.onHttpBodyGap(flow, direction, number, now);
              break;
            case 10:
              files.onHttpBodyEnd(flow, direction, number > 9, now);
              break;
            case 11:
              files.onClose(flow, now, number > 9 ? 'closed' : 'reset');
              break;
            case 12:
              lab.wait(number);
              break;
            case 13:
              client.c(
                `<iq type='set' id='${safe}' to='${BOB}'><si xmlns='http://jabber.org/protocol/si' id='${number}'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='${safe}' size='${safe}'/></si></iq><iq type='set' id='q' to='${BOB}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='${number}'><streamhost host='1'/></query></iq>`,
              );
              break;
            case 14:
              client.s(
                `<iq type='result' id='u1' from='upload.corp.example' to='${ALICE}'><slot xmlns='urn:xmpp:http:upload:0'><put url='${URL_OF_FILE}'/><get url='${URL_OF_FILE}'/></slot></iq>`,
              );
              break;
            default:
              client.c(
                `<message type='chat' id='${safe}' to='${safe}@ext.example'><body>${URL_OF_FILE}</body><x xmlns='jabber:x:oob'><url>http://${safe}.example/${number}</url></x></message>`,
              );
          }
        }
        for (const { name, count, capacity } of files.report()) assert.ok(count <= capacity, name);
      }),
      { numRuns: 150 },
    );
    lab.files.finish(lab.nowUsec);
    assert.ok(lab.finished.length > 0);
    assert.equal(lab.desk.openFiles, 0);
    assert.equal(lab.desk.bytes, 0);
  });
});
