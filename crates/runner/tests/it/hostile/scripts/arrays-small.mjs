// A loop that the optimiser leaves without a stack check (lesson 15).
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let n = 0;
    while (true) {
      const small = new Array(4000);
      small[0] = n++;
    }
    return new Response("ended");
  },
};
