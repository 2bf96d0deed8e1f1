// An asynchronous generator without an end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    async function* numbers() {
      for (let i = 0; ; i++) yield i;
    }
    for await (const number of numbers());
    return new Response("ended");
  },
};
