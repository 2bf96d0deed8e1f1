// Memories kept until none is left (lesson 17).
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    while (true) {
      kept.push(new WebAssembly.Memory({ initial: 64 }));
    }
    return new Response("ended");
  },
};
