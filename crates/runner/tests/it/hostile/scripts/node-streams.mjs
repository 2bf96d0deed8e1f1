// A stream that is read faster than anybody can.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { PassThrough, Readable } from "node:stream";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const endless = new Readable({ read() { this.push(new Uint8Array(1e4)); } });
    endless.pipe(new PassThrough()).resume();
    await new Promise(() => {});
    return new Response("ended");
  },
};
