/**
 * A receiver of webhooks: `node hook-receiver.mjs PORT FILE` listens on loopback and appends each request to FILE as a line
 * of JSON with path, headers and body. Plain JavaScript, since it runs as a process of its own in a namespace.
 */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port = '', file = ''] = process.argv.slice(2);

createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => (body += text));
  request.on('end', () => {
    const { url: path, headers } = request;
    appendFileSync(file, `${JSON.stringify({ path, headers, body })}\n`);
    response.writeHead(200).end();
  });
}).listen(Number(port), '127.0.0.1');
