// A stream that is pulled without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const stream = new ReadableStream({ pull(c) { c.enqueue(1); } }, { highWaterMark: Infinity });
    for await (const chunk of stream) globalThis.last = chunk;
    return new Response("ended");
  },
};
