check("marks, measures and their observers", async () => {
  const seen = []; const observer = new PerformanceObserver((list) => seen.push(...list.getEntries().map((e) => e.name)));
  observer.observe({ entryTypes: ["mark", "measure"] });
  const a = performance.mark("a", { detail: new Map([[1, 2]]) }); const measure = performance.measure("m", "a");
  assertEquals([a.detail, a.startTime > 0, measure.startTime === a.startTime, measure.duration >= 0, performance.getEntries().length], [new Map([[1, 2]]), true, true, true, 2]);
  await sleep(1); assertEquals(seen.sort(), ["a", "m"]); observer.disconnect(); performance.clearMarks(); performance.clearMeasures(); assertEquals(performance.getEntries(), []);
});
check("the clock", () => { assert(performance instanceof EventTarget); assert(performance.timeOrigin > 1.6e12); assert(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 60_000) });
check("scheduler.wait", async () => {
  const before = performance.now(); await scheduler.wait(2); assert(performance.now() - before >= 1.5);
  const controller = new AbortController(); const waits = scheduler.wait(60_000, { signal: controller.signal }); controller.abort(); await assertRejects(waits, "AbortError");
});
check("navigator", () => assertEquals([navigator.userAgent, navigator.platform, navigator.hardwareConcurrency, navigator.language, navigator.languages], ["isolate-pool", "Linux x86_64", 1, "en-US", ["en-US"]]));
