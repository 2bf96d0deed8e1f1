// A query of a million names.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

import querystring from "node:querystring";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const text = "a[]=%zz&".repeat(1e6);
    for (;;) querystring.parse(text, "&", "=", { maxKeys: 0 });
    return new Response("ended");
  },
};
