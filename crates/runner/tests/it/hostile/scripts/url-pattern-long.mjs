// A pattern of megabytes.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (;;) new URLPattern({ pathname: "/" + "x{a}?".repeat(3e5) });
    return new Response("ended");
  },
};
