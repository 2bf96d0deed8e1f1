// A chain of a hundred thousand causes.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let error = new Error('first');
    for (let i = 0; i < 1e4; i++) error = new Error('next', { cause: error });
    console.error(error);
    throw error;
    return new Response("ended");
  },
};
