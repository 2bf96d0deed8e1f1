// Dates from long texts.
// ends: 429 CpuTimeLimit, 200, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; i < 50; i++) {
      Date.parse('('.repeat(1e5) + '1 Jan 2000');
    }
    return new Response("ended");
  },
};
