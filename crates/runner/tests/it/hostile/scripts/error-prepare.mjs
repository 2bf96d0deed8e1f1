// A stack that is never prepared.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Error.prepareStackTrace = () => {
      while (true);
    };
    throw new Error('x');
    return new Response("ended");
  },
};
