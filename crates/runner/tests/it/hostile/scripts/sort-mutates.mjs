// A comparison that changes what is sorted.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const array = new Array(1e5).fill(0).map(Math.random);
    array.sort((a, b) => {
      array.length = 0;
      array.push(...new Array(1000).fill(a));
      return b - a;
    });
    while (true);
    return new Response("ended");
  },
};
