/**
 * A real client (xmpp.js): logs in with SASL PLAIN in clear and sends messages.
 * node xmppjs.mjs HOST DOMAIN USER PASSWORD TO BODY [BODY ...]
 */
import { client, xml } from '@xmpp/client';

const [host, domain, username, password, to, ...bodies] = process.argv.slice(2);

const xmpp = client({
  service: `xmpp://${host}:5222`,
  domain,
  resource: 'xmppjs',
  credentials: (authenticate) => authenticate({ username, password }, 'PLAIN'),
});
xmpp.reconnect.stop();
xmpp.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
xmpp.on('online', async () => {
  await xmpp.send(xml('presence'));
  for (const [i, body] of bodies.entries()) {
    await xmpp.send(xml('message', { to, type: 'chat', id: `js-${i}` }, xml('body', {}, body)));
  }
  await xmpp.stop();
  process.exit(0);
});
setTimeout(() => process.exit(2), 60_000).unref();
await xmpp.start();
