// Buffers that are handed back and forth.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const stream = new ReadableStream({ type: "bytes", pull(c) { c.byobRequest.respond(1); } });
    const reader = stream.getReader({ mode: "byob" });
    let view = new Uint8Array(8 << 20);
    for (;;) ({ value: view } = await reader.read(new Uint8Array(view.buffer)));
    return new Response("ended");
  },
};
