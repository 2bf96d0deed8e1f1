// Listeners that add listeners.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

import { EventEmitter } from "node:events";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const emitter = new EventEmitter();
    emitter.setMaxListeners(0);
    emitter.on("x", function more() { emitter.on("x", more); emitter.on("x", more); });
    for (;;) emitter.emit("x");
    return new Response("ended");
  },
};
