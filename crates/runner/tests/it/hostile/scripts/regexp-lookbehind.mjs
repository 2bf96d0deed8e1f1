// The same backwards.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    /(?<=^(?:a|aa)+b)c/.test('a'.repeat(100) + 'c');
    /(?<!(a+)+)b$/.test('a'.repeat(60) + 'b');
    while (true) /(?<=(a+)+b)c/.test('a'.repeat(28) + 'bbc');
    return new Response("ended");
  },
};
