// Megabytes that are no module.
// ends: 500 Exception, 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new WebAssembly.Module(new Uint8Array(2e7));
    return new Response("ended");
  },
};
