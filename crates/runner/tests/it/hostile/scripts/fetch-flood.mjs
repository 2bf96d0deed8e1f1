// More fetches than a request may have.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const all = [];
    for (let i = 0; i < 1500; i++) {
      all.push(fetch(`${env.STUB}/small`).catch(() => {}));
    }
    await Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, 1000))]);
    return new Response("ended");
  },
};
