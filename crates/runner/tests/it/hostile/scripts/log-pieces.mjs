// A format with more specifiers than fit into a line.
// ends: 200, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    console.log('%o'.repeat(5000), ...new Array(5000).fill(new Array(100).fill('x'.repeat(100))));
    return new Response("ended");
  },
};
