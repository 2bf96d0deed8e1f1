// A string appended to itself.
// ends: 500 Exception, 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let string = 'x';
    while (true) {
      string += string;
    }
    return new Response("ended");
  },
};
