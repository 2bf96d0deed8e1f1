// Guest code that looks for the internals in built-in modules, or patches what they use.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Context, builtIns } from "../../harness.mjs";
import { ATTACKS, PREPARATION, assertNoLeak } from "../attacks.mjs";

const PUBLIC = [...builtIns.keys()].filter((name) => !name.startsWith("internal/"));

// Uses those that have something of the host.
const TOUR = `
  const use = (f) => { try { f() } catch (e) { spy(e, e?.stack) } };
  use(() => modules.util.inspect({ a: [new Map([[1, Promise.resolve(2)]]), new Proxy({}, {}), new Headers()] }));
  use(() => modules.util.types.isDate(1));
  use(() => modules.process.env.NAME);
  use(() => modules.process.getBuiltinModule("fs").readFileSync("x"));
  use(() => modules.module.createRequire("/x")("path"));
  use(() => modules.events.getEventListeners(new EventTarget(), "x"));
  use(() => { const s = new modules.async_hooks.AsyncLocalStorage(); s.run(1, () => s.getStore()) });
  use(() => new modules["cloudflare:workers"].DurableObject());
  use(() => modules["cloudflare:workers"].waitUntil(1));
  use(() => new modules["cloudflare:workers"].WorkerEntrypoint(1, 2));
  use(() => modules.assert.deepEqual({ a: 1 }, { a: 2 }));
`;

for (const [label, attack] of ATTACKS) {
  test(`built-in modules under attack: ${label}`, async () => {
    const context = new Context({ nodejsCompat: true });
    context.eval(PREPARATION);
    const modules = context.eval("globalThis.modules = { __proto__: null }");
    const early = new Set(["path", "util", "events"]);
    for (const name of early) modules[name] = context.builtIn(name);
    context.eval(attack);
    for (const name of PUBLIC) {
      try {
        modules[name] = context.builtIn(name);
      } catch (error) {
        context.eval("spy")(error);
      }
    }
    context.eval(`(() => { ${TOUR} })()`);
    await context.settled();
    assertNoLeak(context, context.eval("seen"), "seen");
    assertNoLeak(context, [modules], "modules");
    // What the host calls works as before.
    context.module("{ fetch: () => new Response('still') }");
    assert.equal(context.event(await context.fetch(), "respond")?.body, "still");
  });
}

test("files that have something of the host take built-ins from the primordials", () => {
  for (const file of new Set(builtIns.values())) {
    const code = readFileSync(new URL(`../../../../src/bootstrap/node/${file}`, import.meta.url), "utf8").replace(/\/\/.*$/gm, "").replace(/\} = (internals|primordials);/g, "");
    // Not in an object, a call or another name: `{ internals }`, `f(internals)`, `a = internals;`.
    assert.ok(!/internals\s*[,;)}\]]/.test(code), `${file} passes internals on`);
    assert.ok(!/primordials\s*[,)}\]]/.test(code), `${file} passes primordials on`);
  }
});
