// A tag whose parameters make another.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const make = () => new WebAssembly.Tag({ get parameters() { make(); return ["i32"]; } });
    make();
    return new Response("ended");
  },
};
