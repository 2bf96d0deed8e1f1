// scrypt that asks for gigabytes.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

import { scrypt, scryptSync } from "node:crypto";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let n = 10; n < 31; n++) {
      try { scryptSync("a", "b", 64, { N: 2 ** n, r: 8, p: 16, maxmem: 2 ** 40 }); } catch {}
    }
    await new Promise((resolve) => scrypt("a", "b", 64, { N: 2 ** 24, r: 64, p: 64, maxmem: 2 ** 45 }, resolve));
    throw new Error("all refused");
    return new Response("ended");
  },
};
