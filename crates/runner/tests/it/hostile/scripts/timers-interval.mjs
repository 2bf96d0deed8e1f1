// An interval that nobody clears.
// ends: 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await new Promise(() => setInterval(() => {}, 1000));
    return new Response("ended");
  },
};
