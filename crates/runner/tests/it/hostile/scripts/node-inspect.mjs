// A worker that has values shown, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

import { inspect } from 'node:util';

const value = Array.from({ length: 100 }, (_, i) => ({ [`name${i}`]: new Map([[i, 'x'.repeat(100)]]) }));

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      inspect(value, { depth: Infinity, compact: false });
    }
    return new Response("ended");
  },
};
