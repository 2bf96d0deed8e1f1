// Bodies that are longer than the heap may be.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const long = "x".repeat(4e8);
    for (;;) {
      try {
        await fetch(`${env.STUB}/`, { method: "POST", body: long });
      } catch {
        // Too large.
      }
    }
    return new Response("ended");
  },
};
