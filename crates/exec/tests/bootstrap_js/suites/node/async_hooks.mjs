import { sameAsNode, sameNames } from "../../node_module.mjs";

sameNames("async_hooks");
sameAsNode("async_hooks", "async_hooks", [
  "const a = new m.AsyncLocalStorage(); return a.run(1, async () => { await null; const one = a.getStore(); return [one, a.exit(() => a.getStore()), await new Promise((r) => setTimeout(() => r(a.getStore()), 1))] })",
  "const a = new m.AsyncLocalStorage(); const bound = a.run(2, () => m.AsyncLocalStorage.bind(() => a.getStore())); const snapshot = a.run(3, () => m.AsyncLocalStorage.snapshot()); return [bound(), snapshot(() => a.getStore()), a.getStore()]",
  "const a = new m.AsyncLocalStorage(); const r = a.run(4, () => new m.AsyncResource('x')); return r.runInAsyncScope(() => a.getStore())",
  ...["m.AsyncLocalStorage.bind(5)", "m.AsyncResource.bind(5)", "new m.AsyncResource('x').bind(5)", "new m.AsyncResource()", "new m.AsyncResource('')", "new m.AsyncResource('x', { triggerAsyncId: 'y' })", "new m.AsyncResource('x', -2)", "new m.AsyncResource('x', { triggerAsyncId: 7 }).triggerAsyncId()", "new m.AsyncResource('x', 8).triggerAsyncId()"],
  "const a = new m.AsyncLocalStorage(); const f = a.run('w', () => m.AsyncResource.bind(function (x) { return [a.getStore(), this, x]; }, 'X', 'self')); return f(1)",
  "typeof m.executionAsyncId()", "m.createHook({ init: 1 })", "const h = m.createHook({}); return h.enable() === h && h.disable() === h",
]);
