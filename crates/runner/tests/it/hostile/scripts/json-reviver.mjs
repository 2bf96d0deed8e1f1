// A reviver that adds what it has to visit.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    JSON.parse('[1,2,3]', function (key, value) {
      if (Array.isArray(this)) {
        this.push([1, 2, 3]);
        this[+key + 1] = [1, 2, 3];
      }
      return value;
    });
    while (true);
    return new Response("ended");
  },
};
