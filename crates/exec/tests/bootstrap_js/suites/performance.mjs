// performance, its observers, navigator and scheduler.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");
const SYNTAX_ERROR = throws("SyntaxError");

table("marks", [
  ["[performance instanceof EventTarget, performance instanceof Performance, typeof performance.now(), typeof performance.timeOrigin, Object.keys(performance.toJSON())]", [true, true, "number", "number", ["timeOrigin"]]],
  ["const m = performance.mark('a', { startTime: 5, detail: { x: [1] } }); performance.clearMarks(); return [m instanceof PerformanceMark, m instanceof PerformanceEntry, m.name, m.entryType, m.startTime, m.duration, m.detail, JSON.stringify(m)]", [true, true, "a", "mark", 5, 0, { x: [1] }, '{"name":"a","entryType":"mark","startTime":5,"duration":0,"detail":{"x":[1]}}']],
  ["const detail = { x: 1 }; const m = performance.mark('a', { detail }); performance.clearMarks(); return [m.detail === detail, performance.mark('b').detail, m.startTime]", [false, null, 0]],
  ["performance.clearMarks(); for (const [n, t] of [['a', 3], ['b', 1], ['a', 2]]) performance.mark(n, { startTime: t }); const of = (l) => l.map((e) => e.name + e.startTime); const r = [of(performance.getEntries()), of(performance.getEntriesByName('a')), of(performance.getEntriesByName('a', 'measure')), of(performance.getEntriesByType('mark'))]; performance.clearMarks('a'); r.push(of(performance.getEntries())); performance.clearMarks(); r.push(performance.getEntries().length); return r", [["b1", "a2", "a3"], ["a2", "a3"], [], ["b1", "a2", "a3"], ["b1"], 0]],
  ["performance.mark()", TYPE_ERROR],
  ["performance.mark('a', { startTime: -1 })", TYPE_ERROR],
  ["performance.mark('a', { startTime: NaN })", TYPE_ERROR],
  ["performance.mark('a', 5)", TYPE_ERROR],
  ["performance.mark('a', { detail: Symbol() })", throws("DataCloneError")],
  ["performance.mark.call({}, 'a')", TYPE_ERROR],
  ["[new PerformanceMark('own').name, performance.getEntriesByName('own').length]", ["own", 0]],
  ["new PerformanceEntry()", TYPE_ERROR],
  ["new PerformanceMeasure()", TYPE_ERROR],
  ["new Performance()", TYPE_ERROR],
  ["[PerformanceEntry.length, PerformanceMark.length, PerformanceMeasure.length, PerformanceObserver.length, PerformanceObserverEntryList.length]", [0, 1, 0, 1, 0]],
  ["for (let i = 0; i < 1200; i++) performance.mark('m' + i); const l = performance.getEntriesByType('mark'); performance.clearMarks(); return [l.length, l[0].name, l[999].name]", [1000, "m200", "m1199"]],
]);

table("measures", [
  ["performance.mark('s', { startTime: 2 }); performance.mark('e', { startTime: 7 }); const of = (m) => [m.startTime, m.duration]; const r = [of(performance.measure('x', 's', 'e')), of(performance.measure('x', { start: 's', end: 9 })), of(performance.measure('x', { start: 1, duration: 4 })), of(performance.measure('x', { end: 'e', duration: 4 })), of(performance.measure('x', { end: 5 })), of(performance.measure('x', undefined, 'e')), of(performance.measure('x', {}, 'e')), of(performance.measure('x'))]; performance.clearMarks(); const n = performance.getEntriesByType('measure').length; performance.clearMeasures(); return [r, n, performance.getEntries().length]", [[[2, 5], [2, 7], [1, 4], [3, 4], [0, 5], [0, 7], [0, 7], [0, 0]], 8, 0]],
  ["const m = performance.measure('x', { start: 0, end: 1, detail: 5 }); performance.clearMeasures('x'); return [m instanceof PerformanceMeasure, m.entryType, m.detail, m.toJSON()]", [true, "measure", 5, { name: "x", entryType: "measure", startTime: 0, duration: 1, detail: 5 }]],
  ["performance.mark('s', { startTime: 1 }); performance.mark('s', { startTime: 3 }); const m = performance.measure('x', 's', 's'); performance.clearMarks(); performance.clearMeasures(); return m.startTime", 3],
  ["performance.measure()", TYPE_ERROR],
  ["performance.measure('x', 'nothing')", SYNTAX_ERROR],
  ["performance.measure('x', {}, 'nothing')", SYNTAX_ERROR],
  ["performance.measure('x', { start: 1 }, 'e')", TYPE_ERROR],
  ["performance.measure('x', { detail: 1 })", TYPE_ERROR],
  ["performance.measure('x', { start: 1, end: 2, duration: 1 })", TYPE_ERROR],
  ["performance.measure('x', { start: -1, end: 2 })", TYPE_ERROR],
]);

table("PerformanceObserver", [
  ["[PerformanceObserver.supportedEntryTypes, PerformanceObserver.supportedEntryTypes === PerformanceObserver.supportedEntryTypes, Object.isFrozen(PerformanceObserver.supportedEntryTypes)]", [["mark", "measure"], true, true]],
  ["const seen = []; const o = new PerformanceObserver(function (list, observer, options) { seen.push(this === o, observer === o, list.getEntries().map((e) => e.name), list.getEntriesByType('mark').length, list.getEntriesByName('m', 'measure').length, options) }); o.observe({ entryTypes: ['mark', 'measure', 'unknown'] }); performance.mark('b', { startTime: 2 }); performance.mark('a', { startTime: 1 }); performance.measure('m', { start: 9, end: 9 }); const before = seen.length; await null; await null; performance.mark('later'); await null; await null; o.disconnect(); performance.mark('never'); await null; await null; return [before, seen]", [0, [true, true, ["a", "b", "m"], 2, 1, { droppedEntriesCount: 0 }, true, true, ["later"], 1, 0, {}]]],
  ["performance.clearMarks(); performance.mark('early'); const seen = []; const o = new PerformanceObserver((list) => seen.push(...list.getEntries().map((e) => e.name))); o.observe({ type: 'mark', buffered: true }); o.observe({ type: 'measure' }); performance.measure('m'); await null; await null; o.disconnect(); return seen.sort()", ["early", "m"]],
  ["const o = new PerformanceObserver(() => {}); o.observe({ type: 'mark' }); performance.mark('x'); const l = o.takeRecords(); const rest = o.takeRecords(); o.disconnect(); return [l.map((e) => e.name), rest]", [["x"], []]],
  ["const o = new PerformanceObserver(() => {}); o.observe({ type: 'nothing' }); return o.observe({ entryTypes: [] })", throws("InvalidModificationError")],
  ["new PerformanceObserver(() => {}).observe()", TYPE_ERROR],
  ["new PerformanceObserver(() => {}).observe({ type: 'mark', entryTypes: [] })", TYPE_ERROR],
  ["new PerformanceObserver(() => {}).observe({ entryTypes: ['mark'], buffered: true })", TYPE_ERROR],
  ["new PerformanceObserver()", TYPE_ERROR],
  ["new PerformanceObserver({})", TYPE_ERROR],
  ["new PerformanceObserverEntryList()", TYPE_ERROR],
]);

table("navigator", [
  ["[navigator.userAgent, navigator.platform, navigator.hardwareConcurrency, navigator.language, navigator.languages, Object.isFrozen(navigator.languages), navigator instanceof Navigator]", ["isolate-pool", "Linux x86_64", 1, "en-US", ["en-US"], true, true]],
  ["Navigator.prototype.language", TYPE_ERROR],
  ["[location.href, String(location), location.origin, location.protocol, location.host + location.hostname + location.port, location.pathname, location.search + location.hash, location === self.location, location instanceof WorkerLocation]", ["file:///worker", "file:///worker", "null", "file:", "", "/worker", "", true, true]],
  ["new URL('x.wasm', location).href", "file:///x.wasm"],
  ["WorkerLocation.prototype.href", TYPE_ERROR],
  ["new WorkerLocation()", TYPE_ERROR],
]);

table("scheduler", [
  ["scheduler.wait()", TYPE_ERROR],
  ["scheduler.wait(1, { signal: {} })", TYPE_ERROR],
  ["scheduler.wait(1, 1)", TYPE_ERROR],
  ["scheduler.wait.call({}, 1)", TYPE_ERROR],
  ["scheduler.wait(Symbol())", TYPE_ERROR],
  ["try { await scheduler.wait(1, { signal: AbortSignal.abort('why') }) } catch (e) { return e }", "why"],
]);

test("scheduler.wait waits, and ends with its signal", async () => {
  const context = new Context();
  context.module(`{ async fetch() {
    const seen = [];
    const controller = new AbortController();
    scheduler.wait(50, { signal: controller.signal }).catch((reason) => seen.push(reason));
    const kept = new AbortController();
    await scheduler.wait(10, { signal: kept.signal });
    kept.abort();
    seen.push(performance.now());
    controller.abort("given up");
    await scheduler.wait(-1);
    seen.push(await scheduler.wait(5) ?? null, performance.now());
    return Response.json(seen);
  } }`);
  const id = await context.fetch();
  await context.advance(20);
  assert.equal(context.event(id, "respond").body, '[10,"given up",null,15]');
  assert.equal(context.timers.size, 0);
  assert.match(context.eval("let m; scheduler.wait(1).catch((e) => { globalThis.message = e.message }); ''") + (await context.settled() ?? context.eval("message")), /global scope/);
});

test("an observer that throws is reported", async () => {
  const context = new Context();
  await context.inRequest("const o = new PerformanceObserver(() => { o.disconnect(); throw 'in the observer' }); o.observe({ type: 'mark' }); performance.mark('x'); await null; await null");
  assert.deepEqual(context.unhandled, ["in the observer"]);
});
