// Rejections that nobody handles.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      Promise.reject(new Error('x'.repeat(1000)));
    }
    return new Response("ended");
  },
};
