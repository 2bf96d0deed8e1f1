// A worker that logs an object with many names, again and again.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// requests: 3
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
    console.log(value);
    console.table([value]);
    return new Response("ended");
  },
};
