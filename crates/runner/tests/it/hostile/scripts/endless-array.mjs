// An iterator that never ends, given to a built-in.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    function* endless() {
      for (let i = 0; ; i++) yield [`${i}`, i];
    }
    Array.from(endless());
    return new Response("ended");
  },
};
