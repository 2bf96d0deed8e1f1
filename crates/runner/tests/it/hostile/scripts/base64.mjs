// Long texts to base64 and back.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      atob(btoa('x'.repeat(1e6)));
    }
    return new Response("ended");
  },
};
