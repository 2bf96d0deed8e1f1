// A set of strings.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const set = new Set();
    for (let i = 0; ; i++) {
      set.add(`${i}`.padEnd(100));
    }
    return new Response("ended");
  },
};
