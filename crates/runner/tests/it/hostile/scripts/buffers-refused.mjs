// The refusal caught, again and again.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    while (true) {
      try {
        kept.push(new ArrayBuffer(1 << 24));
      } catch {
        kept.push(0);
      }
    }
    return new Response("ended");
  },
};
