// An error of ten thousand errors, logged.
// ends: 500 Exception, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const error = new AggregateError(new Array(10000).fill(new Error('x')));
    console.log(error);
    throw error;
    return new Response("ended");
  },
};
