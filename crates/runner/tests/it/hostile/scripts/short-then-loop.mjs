// Short turns, which threads of connections take, and then endless ones.
// ends: 200, 429 CpuTimeLimit
// requests: 400
// then: fine

let requests = 0;

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    if (++requests > 350) {
      while (true);
    }
    return new Response("short");
  },
};
