// Bytes as base64 and back, by all that does it.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { Buffer } from "node:buffer";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = new Uint8Array(1e6).fill(77);
    for (;;) {
      Uint8Array.fromBase64(bytes.toBase64());
      Buffer.from(Buffer.from(bytes).toString("base64url"), "base64url");
      await fetch(`data:;base64,${btoa("x".repeat(1e6))}`);
    }
    return new Response("ended");
  },
};
