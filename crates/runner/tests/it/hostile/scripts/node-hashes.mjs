// Hashes that are never finished.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { createHash } from "node:crypto";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = new Uint8Array(1e5);
    const kept = [];
    while (true) {
      kept.push(createHash("md5").update(bytes));
    }
    return new Response("ended");
  },
};
