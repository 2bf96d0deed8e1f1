// A table that grows without end.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const table = new WebAssembly.Table({ initial: 1, element: 'externref' });
    while (true) {
      table.grow(1e5, {});
    }
    return new Response("ended");
  },
};
