// An object that is shown without end.
// ends: 200, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let list = [];
    for (let i = 0; i < 8; i++) {
      list = new Array(100).fill(list);
    }
    console.dir(list, { depth: null });
    return new Response("ended");
  },
};
