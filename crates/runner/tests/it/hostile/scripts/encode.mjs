// A long text as bytes, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const encoder = new TextEncoder();
    while (true) {
      encoder.encode('ä'.repeat(1e7));
    }
    return new Response("ended");
  },
};
