// Answers kept from request to request.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// requests: 6
// then: fine

const kept = [];

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; i < 5; i++) {
      kept.push(await (await fetch(`${env.STUB}/large`)).bytes());
    }
    return new Response("ended");
  },
};
