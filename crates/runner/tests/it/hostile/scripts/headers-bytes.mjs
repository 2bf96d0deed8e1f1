// A large typed array taken for the fields of headers.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = new Uint8Array(3e7);
    bytes[Symbol.iterator] = null;
    new Headers(bytes);
    return new Response("ended");
  },
};
