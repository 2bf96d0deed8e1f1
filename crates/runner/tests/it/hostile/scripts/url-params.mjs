// Parameters appended to the query of an address, one by one.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const url = new URL('http://a.test/');
    for (let i = 0; ; i++) {
      url.searchParams.append('a', i);
    }
    return new Response("ended");
  },
};
