// A stack trace without limit, at the bottom.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Error.stackTraceLimit = Infinity;
    const errors = [];
    const deeper = () => { errors.push(new Error("x")); deeper(); };
    for (;;) { try { deeper(); } catch {} errors.map((error) => error.stack); }
    return new Response("ended");
  },
};
