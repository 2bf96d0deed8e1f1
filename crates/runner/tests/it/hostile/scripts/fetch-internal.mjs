// Ports that browsers block, and schemes that are none of HTTP.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await fetch('file:///etc/passwd');
    return new Response("ended");
  },
};
