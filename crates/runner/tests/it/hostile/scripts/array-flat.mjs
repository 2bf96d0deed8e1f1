// A deeply shared array, flattened.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let array = new Array(1e5).fill(1);
    for (let i = 0; i < 30; i++) {
      array = [array, array];
    }
    array.flat(Infinity);
    return new Response("ended");
  },
};
