// A rope of a million pieces, read at its end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let rope = '';
    for (let i = 0; i < 1e6; i++) {
      rope += `${i % 10}x`;
    }
    rope.charCodeAt(1e6);
    return new Response("ended");
  },
};
