// Tests of the bootstrap JavaScript under Node, without V8 embedding:
//   node crates/exec/tests/bootstrap_js/run.mjs
// Every suite evaluates guest code in a Context of harness.mjs.
import "./suites/headers.mjs";
import "./suites/urls.mjs";
import "./suites/bodies.mjs";
import "./suites/events.mjs";
import "./suites/global_scope.mjs";
import "./suites/async_context.mjs";
import "./suites/performance.mjs";
import "./suites/wasm.mjs";
import "./suites/async.mjs";
import "./suites/text.mjs";
import "./suites/console.mjs";
import "./suites/dispatch.mjs";
import "./suites/attacks.mjs";
import "./suites/bindings.mjs";
import "./suites/caches.mjs";
import "./suites/codings.mjs";
import "./suites/compression.mjs";
import "./suites/messages.mjs";
import "./suites/crypto.mjs";

// The built-in modules, a suite for each.
import { readdirSync } from "node:fs";

const suites = new URL("suites/node/", import.meta.url);
for (const file of readdirSync(suites, { recursive: true })) {
  if (file.endsWith(".mjs")) await import(new URL(file, suites));
}
