// An array appended to itself.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let array = [1];
    while (true) {
      array = array.concat(array);
    }
    return new Response("ended");
  },
};
