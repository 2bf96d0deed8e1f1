// A worker that compares what is almost the same, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

import assert from 'node:assert';

const value = Array.from({ length: 1000 }, (_, i) => ({ i }));

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      try {
        assert.deepStrictEqual(value, [...value, 1]);
      } catch {}
    }
    return new Response("ended");
  },
};
