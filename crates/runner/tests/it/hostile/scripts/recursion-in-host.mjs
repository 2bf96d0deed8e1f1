// The end of the stack inside of host functions.
// ends: 500 Exception, 200, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    function deeper() {
      try {
        deeper();
      } catch {}
      structuredClone({ a: [1] });
      new URL('http://a.test/?b#c').searchParams.get('b');
      new TextEncoder().encode('ä');
    }
    deeper();
    return new Response("ended");
  },
};
