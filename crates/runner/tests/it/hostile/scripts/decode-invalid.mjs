// Bytes of which every one is wrong.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = new Uint8Array(1e6).fill(255);
    while (true) {
      new TextDecoder().decode(bytes);
    }
    return new Response("ended");
  },
};
