import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../../harness.mjs";
import { sameAsNode, sameNames } from "../../node_module.mjs";

sameNames("events");
sameAsNode("EventEmitter", "events", [
  "const e = new m(), seen = []; e.on('a', (...x) => seen.push(1, ...x)); e.prependListener('a', () => seen.push(0)); e.once('a', () => seen.push(2)); const r = [e.emit('a', 'x', 'y'), e.emit('a'), e.emit('b')]; return [seen, r, e.eventNames(), e.listenerCount('a')]",
  "const e = new m(); const f = () => {}, g = () => {}; e.on('a', f).once('a', g).on('a', f); const raw = e.rawListeners('a').map((l) => l === f || l.listener === g); e.off('a', f); return [raw, e.listeners('a').map((l) => l === f ? 'f' : 'g'), e.off('a', f).off('a', g).eventNames().length]",
  "const e = new m(), seen = []; e.on('newListener', (t) => seen.push('+' + String(t))); e.on('removeListener', (t) => seen.push('-' + String(t))); e.on('a', () => {}); e.once(Symbol('s'), () => {}); e.removeAllListeners('a'); e.removeAllListeners(); return seen",
  "new m().emit('error', new TypeError('x'))",
  "const e = new m(), seen = []; e.on(m.errorMonitor, (x) => seen.push(x.message)); try { e.emit('error', new Error('x')) } catch (y) { seen.push('thrown ' + y.message) } return seen",
  "new m().on('a', 1)", "new m().setMaxListeners(-1)", "new m().setMaxListeners('x')", "new m({ captureRejections: 1 })",
  "[new m().getMaxListeners(), new m().setMaxListeners(3).getMaxListeners(), m.defaultMaxListeners]",
  "function Old() { m.call(this) } Object.setPrototypeOf(Old.prototype, m.prototype); const o = new Old(); let n = 0; o.on('x', function () { n += this === o ? 1 : 100 }); o.emit('x'); return [n, o instanceof m, Object.keys(o)]",
  "const o = Object.create(m.prototype); let n = 0; o.on('x', () => n++); o.emit('x'); return n",
  "const e = new m(), seen = []; e.on('a', () => { seen.push(1); e.on('a', () => seen.push(2)); e.removeAllListeners('a') }); e.on('a', () => seen.push(3)); e.emit('a'); return seen",
  "const e = new m(); e.on('__proto__', () => {}); return [e.eventNames(), e.emit('__proto__')]",
  "const e = new m({ captureRejections: true }), seen = []; e.on('error', (x) => seen.push(x.message)); e.on('a', async () => { throw new Error('late') }); e.emit('a'); await new Promise((r) => setTimeout(r)); return seen",
  "const e = new m({ captureRejections: true }), seen = []; e[Symbol.for('nodejs.rejection')] = (x, t, ...a) => seen.push(x.message, t, a); e.on('a', async () => { throw new Error('late') }); e.emit('a', 7); await new Promise((r) => setTimeout(r)); return seen",
  "[m.EventEmitter === m, m.once.length, m.prototype.emit.length >= 1, m.usingDomains, m.name]",
  "[m.listenerCount(new m(), 'x'), m.getEventListeners(new m().on('x', () => {}), 'x').length, m.getEventListeners(Object.assign(new EventTarget()), 'x')]",
  "const t = new EventTarget(); const f = () => {}; t.addEventListener('x', f); t.addEventListener('x', f, true); return [m.getEventListeners(t, 'x').length, m.getMaxListeners(t), m.setMaxListeners(5, t), m.getMaxListeners(t)]",
  "m.getEventListeners({}, 'x')", "m.setMaxListeners(1, {})", "m.addAbortListener()",
]);
sameAsNode("events.once and events.on", "events", [
  "const e = new m(); const p = m.once(e, 'a'); e.emit('a', 1, 2); return [await p, e.eventNames()]",
  "const e = new m(); const p = m.once(e, 'a'); e.emit('error', new Error('x')); return p",
  "const e = new m(); const p = m.once(e, 'error'); e.emit('error', 7); return p",
  "const t = new EventTarget(); const p = m.once(t, 'a'); t.dispatchEvent(new Event('a')); return (await p).length",
  "const c = new AbortController(); const e = new m(); const p = m.once(e, 'a', { signal: c.signal }); c.abort(); return p.catch((x) => [x.name, x.code, x.cause?.name, e.eventNames()])",
  "m.once({}, 'a')", "m.once(new m(), 'a', { signal: 1 })", "m.once(new m(), 'a', { signal: AbortSignal.abort() }).catch((x) => x.code)",
  "const e = new m(), seen = []; const i = m.on(e, 'a'); e.emit('a', 1); e.emit('a', 2); for await (const [x] of i) { seen.push(x); if (x === 2) break } return [seen, e.listenerCount('a'), e.listenerCount('error')]",
  "const e = new m(); const i = m.on(e, 'a'); const p = i.next(); e.emit('error', new Error('x')); return p",
  "const e = new m(), seen = []; const i = m.on(e, 'a', { close: ['end'] }); setTimeout(() => { e.emit('a', 1); e.emit('end') }); for await (const x of i) seen.push(x); return seen",
  "const c = new AbortController(); const i = m.on(new m(), 'a', { signal: c.signal }); const p = i.next(); c.abort(); return p.catch((x) => [x.name, x.code])",
  "const r = m.on(new m(), 'a'); r.throw(1)", "const i = m.on(new m(), 'a'); await i.return(); return i.next()",
]);

test("a leak is warned of once, in the log", async () => {
  const context = new Context();
  context.eval("globalThis").Emitter = context.builtIn("events");
  await context.inRequest("const e = new Emitter(); for (let i = 0; i < 15; i++) e.on('x', () => {})");
  assert.equal(context.logs.length, 1);
  assert.match(context.logs[0].message, /^MaxListenersExceededWarning: Possible EventEmitter memory leak detected\. 11 x listeners added to \[EventEmitter\]/);
});
