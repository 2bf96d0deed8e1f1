// Large bodies sent many times.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const body = new Uint8Array(1 << 22);
    const all = [];
    for (let i = 0; i < 100; i++) {
      all.push(fetch(`${env.STUB}/never`, { method: 'POST', body }).catch(() => {}));
    }
    await Promise.race([...all, new Promise((resolve) => setTimeout(resolve, 200))]);
    return new Response("ended");
  },
};
