// Paths of millions of steps.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

import path from "node:path";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const text = "../a/".repeat(4e6);
    for (;;) path.normalize(path.join(text, text));
    return new Response("ended");
  },
};
