// A large body as JSON, which it is not.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// method: POST
// body: 524288
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await request.json();
    return new Response("ended");
  },
};
