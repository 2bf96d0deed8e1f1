// Durations without end, if there are any.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; ; i++) {
      const time = Temporal.Now.zonedDateTimeISO("Europe/Berlin");
      time.add({ days: i }).until(time.add({ years: 9999 }), { largestUnit: "nanoseconds" });
    }
    return new Response("ended");
  },
};
