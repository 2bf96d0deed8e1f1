import { sameAsNode, sameNames } from "../../node_module.mjs";

sameNames("timers", ["_unrefActive", "active", "enroll", "unenroll"]);
sameNames("timers/promises");
sameAsNode("timers", "timers", [
  "new Promise((r) => m.setTimeout((a, b) => r([a, b]), 1, 'x', 'y'))", "new Promise((r) => m.setImmediate((a) => r(a), 'i'))", "let n = 0; return new Promise((r) => { const t = m.setInterval(() => { if (++n === 3) { m.clearInterval(t); r(n) } }, 1) })",
  "const t = m.setTimeout(() => {}, 1); const r = [t.hasRef(), t.unref().hasRef(), t.ref() === t, t.refresh() === t, typeof +t]; m.clearTimeout(t); return r", "let rang = false; const t = m.setTimeout(() => { rang = true }, 1); m.clearTimeout(+t); await new Promise((r) => m.setTimeout(r, 20)); return rang",
  "let rang = false; const t = m.setImmediate(() => { rang = true }); m.clearImmediate(t); await new Promise((r) => m.setTimeout(r, 20)); return rang", "m.setTimeout(1)", "m.setImmediate()", "m.clearTimeout(null)", "m.clearTimeout({})",
]);
sameAsNode("timers/promises", "timers/promises", [
  "m.setTimeout(1, 'v')", "m.setImmediate('v')", "const seen = []; for await (const x of m.setInterval(1, 'v')) { seen.push(x); if (seen.length === 3) break } return seen", "m.setTimeout('x')", "m.setTimeout(1, 1, 1)", "m.setTimeout(1, 1, { signal: 1 })", "m.setTimeout(1, 1, { ref: 1 })",
  "const c = new AbortController(); const p = m.setTimeout(1e6, 1, { signal: c.signal }); c.abort('why'); return p.catch((e) => [e.name, e.code, e.cause])", "m.setTimeout(1, 1, { signal: AbortSignal.abort() }).catch((e) => e.name)", "m.scheduler.wait(1)",
]);
