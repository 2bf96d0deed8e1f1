// A response with more headers than can be sent.
// ends: 500 Exception, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const headers = new Headers();
    for (let i = 0; i < 2000; i++) {
      headers.append(`x-${i}`, '1');
    }
    return new Response('', { headers });
    return new Response("ended");
  },
};
