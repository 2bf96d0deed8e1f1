// An object with a million elements logged: only a hundred may be looked at.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const value = {};
    for (let i = 0; i < 1e6; i++) {
      value[i] = i;
    }
    console.log(value);
    return new Response("ended");
  },
};
