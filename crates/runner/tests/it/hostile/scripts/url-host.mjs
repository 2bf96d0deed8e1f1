// A host name of a million letters.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new URL('http://' + 'ü'.repeat(1e5) + '.test/');
    throw new Error('a host name');
    return new Response("ended");
  },
};
