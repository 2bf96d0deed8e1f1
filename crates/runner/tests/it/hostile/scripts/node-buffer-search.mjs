// Searches that find what does not count.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { Buffer } from "node:buffer";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = Buffer.alloc(2e6 + 1, "ab");
    const needle = Buffer.alloc(1e6, "ba");
    while (true) {
      bytes.indexOf(needle, 0, "utf16le");
    }
    return new Response("ended");
  },
};
