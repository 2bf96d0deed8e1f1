// Node has no server for workers: this is about the least that makes `Request` and `Response` of what it has.
import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';

import worker from './worker.js';

const context = { waitUntil() {}, passThroughOnException() {} };

async function answer(incoming, outgoing) {
  const { method, headers } = incoming;
  const body = method === 'GET' || method === 'HEAD' ? undefined : Readable.toWeb(incoming);
  const request = new Request(`http://${headers.host}${incoming.url}`, { method, headers, body, duplex: 'half' });
  const response = await worker.fetch(request, {}, context);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body) {
    for await (const chunk of response.body) {
      if (!outgoing.write(chunk)) await once(outgoing, 'drain');
    }
  }
  outgoing.end();
}

const server = http.createServer((incoming, outgoing) => {
  answer(incoming, outgoing).catch((error) => outgoing.destroy(error));
});
server.listen(Number(process.env.PORT), '127.0.0.1');
