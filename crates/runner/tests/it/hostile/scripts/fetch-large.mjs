// Large answers, many at a time.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const all = [];
    for (let i = 0; i < 40; i++) {
      all.push(fetch(`${env.STUB}/large`).catch(() => {}));
    }
    await Promise.all(all);
    return new Response("ended");
  },
};
