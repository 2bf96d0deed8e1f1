// A body that never becomes text.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return new Response({
      toString() {
        while (true);
      },
    });
    return new Response("ended");
  },
};
