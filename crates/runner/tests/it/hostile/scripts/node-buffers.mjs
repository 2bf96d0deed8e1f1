// Buffers as texts in every encoding, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { Buffer } from "node:buffer";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = Buffer.alloc(1e6, "some text");
    while (true) {
      for (const encoding of ["hex", "base64", "latin1", "utf16le", "ascii"]) {
        Buffer.from(bytes.toString(encoding), encoding);
      }
    }
    return new Response("ended");
  },
};
