check("order", async () => {
  const log = []; const push = (x) => () => log.push(x);
  setTimeout(push("t10"), 10); setTimeout(push("t0")); setTimeout(push("t0b"), 0); queueMicrotask(push("m1")); Promise.resolve().then(push("p1")).then(push("p2")); queueMicrotask(push("m2")); log.push("sync");
  await sleep(30); assertEquals(log, ["sync", "m1", "p1", "m2", "p2", "t0", "t0b", "t10"]);
});
check("microtasks run between timers", async () => {
  const log = []; setTimeout(() => { log.push("a"); queueMicrotask(() => log.push("b")) }); setTimeout(() => log.push("c")); await sleep(10); assertEquals(log, ["a", "b", "c"]);
});
check("arguments, this, ids", async () => {
  const got = await new Promise((resolve) => setTimeout(function (...args) { resolve([this === globalThis, args]) }, 1, "a", 2)); assertEquals(got, [true, ["a", 2]]);
  const a = setTimeout(() => {}); const b = setTimeout(() => {}); assertEquals([typeof a, b > a], ["number", true]); clearTimeout(a); clearTimeout(b); clearTimeout(); clearTimeout(undefined); clearTimeout(1e9); clearTimeout("x");
});
check("intervals", async () => {
  let n = 0; await new Promise((resolve) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); resolve() } }, 1) }); await sleep(10); assertEquals(n, 3);
  let m = 0; const id = setInterval(() => m++, 1); clearTimeout(id); await sleep(5); assertEquals(m, 0);
});
check("clearing in a callback", async () => { const log = []; let second; setTimeout(() => { log.push(1); clearTimeout(second) }); second = setTimeout(() => log.push(2)); await sleep(10); assertEquals(log, [1]) });
check("odd delays", async () => { let n = 0; for (const delay of [NaN, -5, "3", null, undefined, {}, 1.9, Infinity]) setTimeout(() => n++, delay); await sleep(30); assertEquals(n, 8) });
check("delays are kept", async () => { const before = performance.now(); await sleep(30); const took = performance.now() - before; assert(took >= 29, `${took}`) });
check("errors", () => { assertThrows(() => setTimeout(), "TypeError"); assertThrows(() => setTimeout("code"), "TypeError"); assertThrows(() => queueMicrotask(1), "TypeError"); assertThrows(() => queueMicrotask(), "TypeError") });
check("a callback that throws does not stop the others", async () => { let n = 0; setTimeout(() => { n++; throw new Error("logged") }); setTimeout(() => n++); const id = setInterval(() => { n++; if (n >= 4) clearInterval(id); throw 1 }, 1); while (n < 4) await sleep(1) });
