// Texts of hundreds of millions of characters where names are expected.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { isBuiltin } from "node:module";

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const long = "x".repeat(4e8);
    for (;;) {
      for (const call of [
        () => createHash(long),
        () => Buffer.from("", long),
        () => isBuiltin(long),
        () => import(long),
        () => new TextDecoder(long),
        () => crypto.subtle.digest(long, new Uint8Array(1)),
        () => crypto.subtle.importKey(long, new Uint8Array(1), long, true, [long]),
        () => new URLPattern({ pathname: long }).test({ pathname: long }),
        () => structuredClone(Object.assign(new Error(), { name: long })),
      ]) {
        try {
          await call();
        } catch {
          // There is none of this name.
        }
      }
    }
    return new Response("ended");
  },
};
