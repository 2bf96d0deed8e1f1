// A pattern of many groups.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let n = 1; ; n *= 2) {
      const pattern = new URLPattern({ pathname: "/:a*".replace("a", "a") + "/(a*)*".repeat(n) + "/b" });
      pattern.test({ pathname: "/" + "a".repeat(30) + "/c" });
    }
    return new Response("ended");
  },
};
