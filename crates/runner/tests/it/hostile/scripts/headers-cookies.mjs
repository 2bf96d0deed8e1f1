// Cookies without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const headers = new Headers();
    while (true) {
      headers.append('set-cookie', 'a=1');
    }
    return new Response("ended");
  },
};
