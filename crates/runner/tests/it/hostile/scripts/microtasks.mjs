// Microtasks without end (lesson 20).
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) await 0;
    return new Response("ended");
  },
};
