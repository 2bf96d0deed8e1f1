// Raw JSON in itself.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let raw = JSON.rawJSON('"a"');
    for (let i = 0; ; i++) raw = JSON.rawJSON(JSON.stringify(JSON.stringify([raw, raw])));
    return new Response("ended");
  },
};
