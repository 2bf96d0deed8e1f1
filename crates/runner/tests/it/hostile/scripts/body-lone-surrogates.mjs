// Text that is no Unicode.
// ends: 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return new Response('\ud800'.repeat(1000), { headers: { 'x-latin': '\u00ff' } });
    return new Response("ended");
  },
};
