// A key derived with as many iterations as there can be.
// ends: 429 CpuTimeLimit
// then: fine
import { pbkdf2Sync } from "node:crypto";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    pbkdf2Sync("password", "salt", 2 ** 31 - 1, 64, "sha512");
    return new Response("ended");
  },
};
