// Locales that do not exist, and long ones.
// ends: 429 CpuTimeLimit, 500 Exception, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Intl.Locale('en-' + 'abcde-'.repeat(1e6) + 'x');
    return new Response("ended");
  },
};
