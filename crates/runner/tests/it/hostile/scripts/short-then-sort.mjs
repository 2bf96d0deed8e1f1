// Short turns, and then a built-in that V8 does not interrupt for long.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 503 WorkerQuarantined
// requests: 400
// loses: its isolate
// then: fine

let requests = 0;

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    if (++requests > 350) {
      Array.prototype.sort.call({ length: 2 ** 53 - 1 });
    }
    return new Response("short");
  },
};
