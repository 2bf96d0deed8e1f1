// A header that cannot be sent.
// ends: 500 Exception, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return new Response('', { headers: { 'x-large': 'x'.repeat(1e6) } });
    return new Response("ended");
  },
};
