// A pattern that backtracks without end (lesson 27).
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    /^(a+)+$/.test('a'.repeat(50) + 'b');
    return new Response("ended");
  },
};
