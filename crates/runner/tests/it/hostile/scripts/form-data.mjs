// A form of a million fields.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const form = new FormData();
    for (let i = 0; i < 1e6; i++) form.append("a", "b".repeat(100));
    await new Response(form).formData();
    return new Response("ended");
  },
};
