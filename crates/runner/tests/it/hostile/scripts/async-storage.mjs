// Storages in each other.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

import { AsyncLocalStorage } from "node:async_hooks";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const storages = [];
    const deeper = (n) => { const storage = new AsyncLocalStorage(); storages.push(storage); return storage.run(new Array(100).fill(n), () => Promise.resolve().then(() => deeper(n + 1))); };
    await deeper(0);
    return new Response("ended");
  },
};
