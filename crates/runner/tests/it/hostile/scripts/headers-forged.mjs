// Headers that only the server may set.
// ends: 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return new Response('ended', { headers: { 'x-termination-reason': 'CpuTimeLimit', connection: 'x-a', 'transfer-encoding': 'chunked', 'content-length': '5' } });
    return new Response("ended");
  },
};
