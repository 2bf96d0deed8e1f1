// A module that does not exist, asked for at run time, where no loader sees it.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await import('./missing' + '.mjs');
    return new Response("ended");
  },
};
