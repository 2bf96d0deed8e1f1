// A stack of all frames, with long names.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Error.stackTraceLimit = Infinity;
    const name = 'f'.repeat(1e5);
    const object = {
      [name](n) {
        if (n === 0) throw new Error('deep');
        return object[name](n - 1) + 1;
      },
    };
    object[name](2000);
    return new Response("ended");
  },
};
