// A `toJSON` that always has something deeper.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const deeper = () => ({ toJSON: deeper, deeper: { toJSON: deeper } });
    const endless = { toJSON: () => ({ a: endless }) };
    JSON.stringify({ deeper: deeper(), endless });
    return new Response("ended");
  },
};
