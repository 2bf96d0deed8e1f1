// What util.inspect is asked to show without a bound: elements, characters, lines.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { inspect } from "node:util";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = new Uint8Array(1e7);
    const text = "\u0001\n".repeat(1e7);
    for (;;) {
      inspect(bytes, { maxArrayLength: Infinity });
      inspect({ a: { [inspect.custom]: () => text } });
      inspect(text, { maxStringLength: Infinity });
    }
    return new Response("ended");
  },
};
