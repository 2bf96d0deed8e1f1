// Random bytes without end.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = new Uint8Array(65536);
    for (;;) crypto.getRandomValues(bytes);
    return new Response("ended");
  },
};
