// A long string normalised.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    '\u1e9b\u0323'.repeat(1e6).normalize('NFKD');
    return new Response("ended");
  },
};
