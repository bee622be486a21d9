/** A way to a server that can be shut: what stands is cut, what comes is turned away, and the address stays the same. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Gateway {
  /** As the server's, with another port. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  #isShut = false;

  private constructor(server: Server, sockets: Set<Socket>, port: number) {
    this.#server = server;
    this.#sockets = sockets;
    this.url = `http://127.0.0.1:${port}`;
    server.on('connection', (socket) => {
      if (this.#isShut) socket.destroy();
    });
  }

  /** `target`: URL on loopback. */
  static async open(target: string): Promise<Gateway> {
    const port = Number(new URL(target).port);
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        one.on('error', () => undefined);
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Gateway(server, sockets, (server.address() as AddressInfo).port);
  }

  shut(): void {
    this.#isShut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  reopen(): void {
    this.#isShut = false;
  }

  async close(): Promise<void> {
    this.shut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
