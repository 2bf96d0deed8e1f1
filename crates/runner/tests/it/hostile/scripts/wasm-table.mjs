// A table with ten million places.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new WebAssembly.Table({ initial: 1e7, element: 'anyfunc' });
    return new Response("ended");
  },
};
