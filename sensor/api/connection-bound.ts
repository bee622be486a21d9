/** One address cannot take all connections: what it opens beyond its share is closed at once. */
import type { Server } from 'node:http';
import { isLoopback } from './guards.ts';

/** Connections from the machine itself do not count: behind a proxy they are everybody's. */
export function boundAddresses(
  server: Server,
  most: number,
  isExempt: (address: string) => boolean = isOwn,
): void {
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    if (isExempt(address)) return;
    const count = (open.get(address) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}

function isOwn(address: string): boolean {
  return isLoopback(address.replace(/^::ffff:/, ''));
}
