// What is small, and large when it is decompressed.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { gunzipSync, gzipSync } from "node:zlib";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let bomb = gzipSync(new Uint8Array(1e5));
    const kept = [];
    while (true) {
      kept.push(gunzipSync(bomb));
      bomb = gzipSync(new Uint8Array(1e5 * kept.length));
    }
    return new Response("ended");
  },
};
