// Stacks captured on one object without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const object = {};
    for (;;) Error.captureStackTrace(object);
    return new Response("ended");
  },
};
