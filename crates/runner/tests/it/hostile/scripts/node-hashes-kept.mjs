// Hashes that are begun and kept.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

import { createHash } from "node:crypto";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    globalThis.kept ??= [];
    for (;;) kept.push(createHash("sha512").update("a"));
    return new Response("ended");
  },
};
