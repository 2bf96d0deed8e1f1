// Texts of bodies that follow each other.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let body = new Response("x".repeat(1 << 20)).body;
    for (;;) body = new Response(body.pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream())).body;
    return new Response("ended");
  },
};
