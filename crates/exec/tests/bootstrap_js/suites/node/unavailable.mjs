import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Context } from "../../harness.mjs";

const require = createRequire(import.meta.url);

// [module, names that Node.js has and nobody imports]
const NAMES = {
  child_process: [], cluster: [], dgram: ["_createSocketHandle"], dns: [], "dns/promises": [], domain: [], fs: [], "fs/promises": [], http: [], http2: [], https: [], inspector: [], "inspector/promises": [], net: [], readline: [],
  "readline/promises": [], repl: [], tls: [], trace_events: [], tty: [], v8: [], vm: [], wasi: [], worker_threads: [],
};
for (const [name, absent] of Object.entries(NAMES)) {
  test(`the names of ${name}`, () => {
    const ours = new Context().builtIn(name);
    const theirs = Object.keys(require(`node:${name}`)).filter((key) => !key.startsWith("_") && /^[a-z]/i.test(key) && !absent.includes(key));
    const missing = theirs.filter((key) => !(key in ours) && !/^[A-Z][A-Z0-9_]+$/.test(key));
    assert.deepEqual(missing, []);
  });
}

test("what is not here says so when it is called", () => {
  const context = new Context();
  const fs = context.builtIn("fs");
  assert.throws(() => fs.readFileSync("x"), { code: "ERR_METHOD_NOT_IMPLEMENTED", message: "node:fs is not available here: readFileSync was called" });
  assert.throws(() => new (context.builtIn("worker_threads").Worker)("x"), { code: "ERR_METHOD_NOT_IMPLEMENTED", message: /node:worker_threads is not available here: Worker was constructed/ });
  assert.equal(fs.existsSync("/x"), false);
  assert.equal(fs.constants.O_CREAT, 64);
  assert.equal(fs.promises, context.builtIn("fs/promises"));
  assert.deepEqual([...context.builtIn("http").METHODS].slice(0, 3), ["ACL", "BIND", "CHECKOUT"]);
  assert.equal(context.builtIn("http").STATUS_CODES[404], "Not Found");
  const { isIP, isIPv4, isIPv6 } = context.builtIn("net");
  assert.deepEqual([isIP("127.0.0.1"), isIP("::1"), isIP("x"), isIPv4("1.2.3"), isIPv4("1.2.3.4."), isIPv6("fe80::1%eth0")], [4, 6, 0, false, false, true]);
});
