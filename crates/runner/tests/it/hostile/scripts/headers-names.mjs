// Headers of an object with many names, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

const value = {};
for (let i = 0; i < 5e4; i++) {
  value[`name-${i}`] = i;
}

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new Headers(value);
    }
    return new Response("ended");
  },
};
