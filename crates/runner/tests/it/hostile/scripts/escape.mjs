// An expression of an escaped text of megabytes.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (;;) new RegExp(RegExp.escape("(".repeat(1 << 22)), "v").test("(");
    return new Response("ended");
  },
};
