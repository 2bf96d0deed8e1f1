// URLs and queries of a hundred million characters.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { parse as parseQuery } from "node:querystring";
import url from "node:url";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const texts = ["http:" + "\\".repeat(1e8), "/" + "#%".repeat(5e7)];
    for (;;) {
      for (const text of texts) {
        for (const call of [url.parse, url.pathToFileURL, url.domainToASCII, parseQuery, (pathname) => url.format({ pathname })]) {
          try {
            call(text);
          } catch {
            // The next one.
          }
        }
      }
    }
    return new Response("ended");
  },
};
