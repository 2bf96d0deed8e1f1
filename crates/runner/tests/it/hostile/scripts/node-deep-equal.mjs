// Bytes that are compared one by one, and have a name each for what lists names.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { isDeepStrictEqual } from "node:util";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const [one, other] = [new Uint8Array(1e7), new Uint8Array(1e7)];
    for (;;) {
      isDeepStrictEqual(one, other);
    }
    return new Response("ended");
  },
};
