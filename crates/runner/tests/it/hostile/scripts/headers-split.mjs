// A header value with a line of its own.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return new Response('', { headers: { a: 'b\r\nx-forged: 1' } });
    return new Response("ended");
  },
};
