check("controller", () => {
  const c = new AbortController(); const log = []; c.signal.onabort = (e) => log.push(e.type, e.target === c.signal, e.isTrusted); c.signal.addEventListener("abort", () => log.push("listener")); assertEquals([c.signal.aborted, c.signal.reason], [false, undefined]); c.signal.throwIfAborted();
  c.abort(); c.abort("again"); assertEquals(log, ["abort", true, true, "listener"]); assertEquals([c.signal.aborted, c.signal.reason.name], [true, "AbortError"]); assertThrows(() => c.signal.throwIfAborted(), "AbortError");
});
check("reasons", () => { const c = new AbortController(); c.abort(null); assertEquals(c.signal.reason, null); assertEquals([AbortSignal.abort(5).reason, AbortSignal.abort().aborted], [5, true]) });
check("timeout", async () => { const s = AbortSignal.timeout(2); assertEquals(s.aborted, false); await new Promise((resolve) => s.addEventListener("abort", resolve)); assertEquals(s.reason.name, "TimeoutError"); assertThrows(() => AbortSignal.timeout(-1), "TypeError"); assertThrows(() => AbortSignal.timeout(), "TypeError") });
check("any", () => {
  const a = new AbortController(); const b = new AbortController(); const s = AbortSignal.any([a.signal, b.signal]); const t = AbortSignal.any([s]); const log = []; s.onabort = () => log.push("s", t.aborted); t.onabort = () => log.push("t");
  b.abort("b"); a.abort("a"); assertEquals([s.reason, t.reason, log], ["b", "b", ["s", true, "t"]]); assertEquals([AbortSignal.any([]).aborted, AbortSignal.any([AbortSignal.abort(1), AbortSignal.abort(2)]).reason], [false, 1]); assertThrows(() => AbortSignal.any([1]), "TypeError");
});
check("not constructible", () => { assertThrows(() => new AbortSignal(), "TypeError"); assertThrows(() => AbortController(), "TypeError") });
check("a signal removes listeners", () => { const c = new AbortController(); const t = new EventTarget(); let n = 0; t.addEventListener("x", () => n++, { signal: c.signal }); t.dispatchEvent(new Event("x")); c.abort(); t.dispatchEvent(new Event("x")); assertEquals(n, 1) });
