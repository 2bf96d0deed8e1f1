import { sameAsNode, sameNames } from "../../node_module.mjs";

sameNames("diagnostics_channel");
sameAsNode("diagnostics_channel", "diagnostics_channel", [
  "const seen = [], f = (data, name) => seen.push(data, name); m.subscribe('a', f); const c = m.channel('a'); c.publish(1); const has = [c.hasSubscribers, m.hasSubscribers('a')]; m.unsubscribe('a', f); c.publish(2); return [seen, has, c.hasSubscribers, m.unsubscribe('a', f), m.channel('a') === c]",
  "m.tracingChannel(5)", "m.tracingChannel(null)",
  "m.channel(1)", "m.channel('b').subscribe(1)",
  "const t = m.tracingChannel('t'), seen = []; const h = Object.fromEntries(['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((n) => [n, (x) => seen.push(n, x.result, x.error?.message)])); t.subscribe(h); t.traceSync((a) => a + 1, {}, null, 1); try { t.traceSync(() => { throw new Error('e') }) } catch {} await t.tracePromise(async () => 5); await t.tracePromise(async () => { throw new Error('p') }).catch(() => {}); t.traceCallback((f) => f(null, 9), 0, {}, null, (e, r) => seen.push('cb', r)); const off = t.unsubscribe(h); return [seen, off]",
  "const t = m.tracingChannel('u'); return [t.traceSync(function (a) { return [this.x, a] }, {}, { x: 1 }, 2), await t.tracePromise(async () => 3)]",
]);
