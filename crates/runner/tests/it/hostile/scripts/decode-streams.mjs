// Decoders that are never finished.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new TextDecoder('utf-16').decode(new Uint8Array(1), { stream: true });
    }
    return new Response("ended");
  },
};
