// A large body, read again and again.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit
// method: POST
// body: 1048576
// requests: 2
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = await request.bytes();
    const kept = [];
    for (let i = 0; i < 8; i++) {
      kept.push(new TextDecoder('latin1').decode(bytes));
    }
    return new Response("ended");
  },
};
