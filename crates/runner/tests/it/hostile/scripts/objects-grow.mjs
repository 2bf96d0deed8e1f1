// Objects kept until memory runs out.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    while (true) {
      kept.push(new Array(1000).fill(kept.length));
    }
    return new Response("ended");
  },
};
