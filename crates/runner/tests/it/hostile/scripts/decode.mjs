// Many bytes as text, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = new Uint8Array(2e7);
    const decoder = new TextDecoder();
    while (true) {
      decoder.decode(bytes);
    }
    return new Response("ended");
  },
};
