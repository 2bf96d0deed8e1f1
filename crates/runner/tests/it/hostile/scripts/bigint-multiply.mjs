// Squares without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let number = 3n;
    while (true) {
      number *= number;
    }
    return new Response("ended");
  },
};
