// Millions of elements copied by one built-in, which V8 does not interrupt.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Object.assign({}, new Array(4e6).fill(1));
    return new Response("ended");
  },
};
