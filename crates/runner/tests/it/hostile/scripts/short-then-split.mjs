// Short turns, and then one that V8 does not come back from.
// ends: 200, 429 MemoryLimit, 429 CpuTimeLimit, 503 WorkerQuarantined
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
      'a'.repeat(2 ** 27 + 10).split('a');
    }
    return new Response("short");
  },
};
