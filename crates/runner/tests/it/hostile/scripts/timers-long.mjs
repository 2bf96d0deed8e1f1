// A timer that is due tomorrow.
// ends: 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await new Promise((resolve) => setTimeout(resolve, 1e8));
    return new Response("ended");
  },
};
