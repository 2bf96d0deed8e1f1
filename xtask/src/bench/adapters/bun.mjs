// What Bun does with a module whose default export has `fetch`, with the address and without its development mode.
import worker from './worker.js';

const context = { waitUntil() {}, passThroughOnException() {} };

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  development: false,
  maxRequestBodySize: 4 * 2 ** 30,
  fetch: (request) => worker.fetch(request, {}, context),
});
