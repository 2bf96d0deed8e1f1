// A scheduled handler, which the platform calls by the clock, beside a fetch handler that tells of it.
// Both see the same globals as long as the context is kept (`--reuse warm`).

const runs = [];

export default {
  async scheduled(event) {
    const run = { cron: event.cron, due: new Date(event.scheduledTime).toISOString() };
    runs.push(run);
    console.log('scheduled run', run);
  },

  fetch() {
    return Response.json({ runs });
  },
};
