// Addresses whose host is megabytes of letters that are not ASCII.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (const host of ['\u00fc', '\u00df', 'xn--']) {
      URL.canParse('http://' + host.repeat(5e5));
      URL.canParse('//' + host.repeat(5e5), 'https://a.test/');
    }
    new URL('http://' + '\u00fc'.repeat(1e6) + '/');
    return new Response("ended");
  },
};
