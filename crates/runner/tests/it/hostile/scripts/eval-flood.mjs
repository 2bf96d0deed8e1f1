// Source text evaluated without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; ; i++) {
      (0, eval)(`globalThis.f${i} = function () { return ${'1+'.repeat(1000)}${i} }`);
    }
    return new Response("ended");
  },
};
