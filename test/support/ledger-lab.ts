/** A CorrelationLab with the watches and roads of files/, and a desk that keeps what ended. */
import { createFileDesk, type FileDeskControl } from '../../sensor/files/desk.ts';
import { createFiles, type Files, type OfferNews } from '../../sensor/files/index.ts';
import type { FileOffer, FinishedFile } from '../../sensor/files/types.ts';
import {
  Counters,
  defaultLimits,
  thresholdValues,
  type Direction,
} from '../../sensor/core/index.ts';
import type { HttpRequest, HttpResponse } from '../../sensor/transport/index.ts';
import { CorrelationLab, logIn, type LabFlow, type LabOptions } from './correlation-lab.ts';

export const ALICE = 'alice@corp.example/desk';
export const BOB = 'bob@ext.example/phone';

export class FilesLab {
  readonly finished: FinishedFile[] = [];
  readonly news: OfferNews[] = [];
  readonly counters = new Counters();
  readonly desk: FileDeskControl;
  readonly files: Files;
  readonly lab: CorrelationLab;
  #closingBytes = 0;

  /** `peers`: there are other workers, who hear the news. */
  constructor(options: LabOptions & { readonly peers?: boolean } = {}) {
    const limits = { ...defaultLimits(), ...options.limits };
    this.desk = createFileDesk({
      counters: this.counters,
      limits,
      onFile: (file) => this.finished.push(file),
    });
    this.files = createFiles({
      counters: this.counters,
      limits,
      thresholds: thresholdValues(options.thresholds),
      desk: this.desk,
      endpointsOf: (flow) => this.lab.endpointsOf(flow),
      teller: {
        raiseOnFlow: (...event) => {
          this.lab.correlation.raiseOnFlow(...event);
        },
      },
      bytesOf: () => this.#closingBytes,
      ...(options.peers === true ? { onOffer: (news) => this.news.push(news) } : {}),
    });
    this.lab = new CorrelationLab({
      ...options,
      watches: (watchOptions) => this.files.watches(watchOptions),
    });
  }

  get nowUsec(): number {
    return this.lab.nowUsec;
  }

  /** A client logged in to corp.example. */
  client(user = 'alice', resource = 'desk'): LabFlow {
    const flow = this.lab.flow();
    logIn(flow, user, 'corp.example', resource);
    return flow;
  }

  /** Events of files/ raised so far. */
  told(): string[] {
    return this.lab.raised
      .map(({ event }) => event)
      .filter((event) => event.startsWith('file.') || event.startsWith('service.socks'));
  }

  /** What the ledger knows of a stream. */
  stream(sid: string, a = ALICE, b = BOB): FileOffer | undefined {
    return this.files.ledger.ofStream(sid, a, b, this.nowUsec)?.offer;
  }

  /** The same of a URL. */
  url(url: string): FileOffer | undefined {
    return this.files.ledger.ofUrl(url, this.nowUsec)?.offer;
  }

  /** A SOCKS5 connection. */
  socks(
    host: string,
    facts: { readonly client?: string; readonly server?: string; readonly port?: number } = {},
  ): SocksLab {
    const { client = '192.0.2.10', server = '198.51.100.20', port = 7777 } = facts;
    const { index } = this.lab.flow({ client, server, port });
    const request = {
      methods: [0],
      command: 1,
      addressType: 3,
      host,
      port: 0,
      isFromReply: false,
    };
    return new SocksLab(this, index, this.files.onSocks(index, request, this.nowUsec));
  }

  /** The end of a SOCKS5 connection that carried `bytes`, headers included. */
  closeSocks(flow: number, bytes: number, reason = 'closed'): void {
    this.#closingBytes = bytes;
    this.files.onClose(flow, this.nowUsec, reason);
  }

  http(
    facts: { readonly client?: string; readonly server?: string; readonly port?: number } = {},
  ): HttpLab {
    const { client = '192.0.2.10', server = '198.51.100.30', port = 5280 } = facts;
    return new HttpLab(this, this.lab.flow({ client, server, port }).index);
  }

  wait(seconds: number): void {
    this.lab.wait(seconds);
    this.lab.correlation.onTick(this.nowUsec);
    this.files.sweep(this.nowUsec);
  }

  /** The sensor stops. */
  finish(): readonly FinishedFile[] {
    this.lab.correlation.finish();
    this.files.finish(this.nowUsec);
    this.desk.finish(this.nowUsec);
    return this.finished;
  }
}

export class SocksLab {
  readonly flow: number;
  readonly isWanted: boolean;
  readonly #lab: FilesLab;
  #bytes = 0;

  constructor(lab: FilesLab, flow: number, isWanted: boolean) {
    this.#lab = lab;
    this.flow = flow;
    this.isWanted = isWanted;
  }

  data(direction: Direction, bytes: Uint8Array | string): this {
    const data = Buffer.from(bytes);
    // Bytes are borrowed: what comes behind the call is another's.
    const borrowed = Buffer.concat([Buffer.from('##'), data, Buffer.from('##')]);
    this.#lab.files.onSocksData(this.flow, direction, borrowed, 2, data.length, this.#lab.nowUsec);
    borrowed.fill(0);
    this.#bytes += data.length;
    return this;
  }

  gap(direction: Direction, length: number): this {
    this.#lab.files.onSocksGap(this.flow, direction, length, this.#lab.nowUsec);
    return this;
  }

  close(reason = 'closed'): void {
    this.#lab.closeSocks(this.flow, this.#bytes + 400, reason);
  }
}

const NOTHING = {
  contentType: '',
  contentLength: -1,
  contentRange: undefined,
  contentEncoding: '',
};

export class HttpLab {
  readonly flow: number;
  readonly #lab: FilesLab;
  #number = 0;

  constructor(lab: FilesLab, flow: number) {
    this.#lab = lab;
    this.flow = flow;
  }

  request(method: string, url: string, facts: Partial<HttpRequest> = {}): boolean | 'skip' {
    const { hostname, port, pathname, search } = new URL(url);
    const request: HttpRequest = {
      ...NOTHING,
      number: ++this.#number,
      method,
      target: pathname + search,
      host: `${hostname}:${port === '' ? '80' : port}`,
      ...facts,
    };
    return this.#lab.files.onHttpRequest(this.flow, request, this.#lab.nowUsec);
  }

  respond(status: number, facts: Partial<HttpResponse> = {}): boolean {
    const response = { ...NOTHING, number: this.#number, status, contentDisposition: '', ...facts };
    return this.#lab.files.onHttpResponse(this.flow, response, this.#lab.nowUsec);
  }

  body(direction: Direction, text: Uint8Array | string): this {
    const bytes = Buffer.from(text);
    this.#lab.files.onHttpBody(this.flow, direction, bytes, 0, bytes.length, this.#lab.nowUsec);
    bytes.fill(0);
    return this;
  }

  gap(direction: Direction, length: number): this {
    this.#lab.files.onHttpBodyGap(this.flow, direction, length, this.#lab.nowUsec);
    return this;
  }

  end(direction: Direction, isWhole = true): this {
    this.#lab.files.onHttpBodyEnd(this.flow, direction, isWhole, this.#lab.nowUsec);
    return this;
  }

  /** A whole upload. */
  put(url: string, content: string): this {
    this.request('PUT', url, { contentLength: content.length });
    this.body(0, content).end(0);
    this.respond(201);
    return this.end(1);
  }

  /** A whole download. */
  get(url: string, content: string): this {
    this.request('GET', url);
    this.end(0);
    if (this.respond(200, { contentLength: content.length })) this.body(1, content);
    return this.end(1);
  }

  close(): void {
    this.#lab.files.onClose(this.flow, this.#lab.nowUsec);
  }
}
