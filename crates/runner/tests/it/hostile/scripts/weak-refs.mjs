// References to what is gone.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const refs = [];
    while (true) {
      refs.push(new WeakRef({}));
    }
    return new Response("ended");
  },
};
