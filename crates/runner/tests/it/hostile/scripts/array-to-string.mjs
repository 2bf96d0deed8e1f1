// Nested arrays whose text grows exponentially.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let array = ['x'];
    for (let i = 0; i < 40; i++) {
      array = [array, array];
    }
    String(array);
    return new Response("ended");
  },
};
