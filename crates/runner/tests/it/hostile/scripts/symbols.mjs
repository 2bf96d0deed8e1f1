// Symbols that live for ever.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; ; i++) {
      Symbol.for(`symbol${i}`.padEnd(1000));
    }
    return new Response("ended");
  },
};
