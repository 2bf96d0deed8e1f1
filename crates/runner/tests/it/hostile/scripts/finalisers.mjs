// Callbacks for every object that goes.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const registry = new FinalizationRegistry(() => {
      while (true);
    });
    while (true) {
      registry.register({}, 1);
    }
    return new Response("ended");
  },
};
