// Objects of which none is like another.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    for (let i = 0; ; i++) {
      const object = {};
      for (let j = 0; j < 50; j++) object[`p${i}x${j}`] = j;
      kept.push(object);
    }
    return new Response("ended");
  },
};
