// Texts of a million parts, and the parts for them.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { format } from "node:util";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const template = "%s".repeat(1e6);
    const parts = Array(1e5).fill("part");
    for (;;) {
      format(template, ...parts);
      format("%%%z".repeat(1e7), 1);
    }
    return new Response("ended");
  },
};
