// Formatters of all kinds, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    for (let i = 0; ; i++) {
      kept.push(new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }), new Intl.Collator('sv'), new Intl.PluralRules('ar'));
    }
    return new Response("ended");
  },
};
