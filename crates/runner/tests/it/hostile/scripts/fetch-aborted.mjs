// Fetches aborted as soon as they have begun.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; i < 500; i++) {
      const controller = new AbortController();
      fetch(`${env.STUB}/never`, { signal: controller.signal }).catch(() => {});
      controller.abort();
    }
    return new Response("ended");
  },
};
