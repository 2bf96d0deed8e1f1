// A fetch with headers that are none.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await fetch(`${env.STUB}/small`, { headers: { 'a b': 'c' } });
    return new Response("ended");
  },
};
