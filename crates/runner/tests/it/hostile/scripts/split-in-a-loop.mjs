// The same with strings that just fit, kept.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    while (true) {
      kept.push('ab'.repeat(2 ** 20).split(''));
    }
    return new Response("ended");
  },
};
