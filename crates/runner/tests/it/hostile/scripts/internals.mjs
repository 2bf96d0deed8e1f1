// A search for what the runtime hides (lesson 45).
// ends: 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const seen = new Set();
    const suspects = [];
    const visit = (object) => {
      if ((typeof object !== 'object' && typeof object !== 'function') || object === null || seen.has(object)) return;
      seen.add(object);
      for (const key of Reflect.ownKeys(object)) {
        if (/^__(?!proto__|defineGetter__|defineSetter__|lookupGetter__|lookupSetter__)|primordials|internals|fetchStart|urlParse/.test(String(key))) suspects.push(String(key));
        const { value, get, set } = Reflect.getOwnPropertyDescriptor(object, key);
        visit(value);
        visit(get);
        visit(set);
      }
      visit(Reflect.getPrototypeOf(object));
    };
    visit(globalThis);
    visit(context);
    visit(request);
    if (suspects.length > 0) throw new Error(suspects.join());
    return new Response("ended");
  },
};
