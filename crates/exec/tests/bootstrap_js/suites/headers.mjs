import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");

table("Headers: construction", [
  ["[...new Headers()]", []],
  ["[...new Headers(undefined)]", []],
  ["[...new Headers({ A: '1', b: 2 })]", [["a", "1"], ["b", "2"]]],
  ["[...new Headers([['B', '1'], ['a', '2'], ['b', '3']])]", [["a", "2"], ["b", "1, 3"]]],
  ["[...new Headers(new Map([['x', 'y']]))]", [["x", "y"]]],
  ["const h = new Headers({ a: '1' }); const k = new Headers(h); k.set('a', '2'); return h.get('a')", "1"],
  ["new Headers(null)", TYPE_ERROR],
  ["new Headers('a')", TYPE_ERROR],
  ["new Headers([['a']])", TYPE_ERROR],
  ["new Headers([['a', 'b', 'c']])", TYPE_ERROR],
  ["new Headers([1])", TYPE_ERROR],
  ["new Headers({ [Symbol('x')]: 'y' })", TYPE_ERROR],
  ["[...new Headers(Object.defineProperty({ b: 1, 7: 2, a: 3 }, Symbol('x'), { value: 'y' }))]", [["7", "2"], ["a", "3"], ["b", "1"]]],
  ["const o = { a: 1, get b() { delete o.c; return 2 }, c: 3 }; return [...new Headers(o)]", [["a", "1"], ["b", "2"]]],
  ["[...new Headers(Object.assign(['x', 'y'], { [Symbol.iterator]: null }))]", TYPE_ERROR],
  ["new Headers(Object.assign(new Array(100001), { [Symbol.iterator]: null }))", TYPE_ERROR],
  ["const log = []; const trap = (name) => (...args) => { log.push(name + String(args[1] ?? '')); return Reflect[name](...args) }; new Headers(new Proxy({ a: 1, b: 2 }, { ownKeys: trap('ownKeys'), getOwnPropertyDescriptor: trap('getOwnPropertyDescriptor'), get: trap('get') })); return log.slice(1)",
    ["ownKeys", "getOwnPropertyDescriptora", "geta", "getOwnPropertyDescriptorb", "getb"]],
  ["[...new Headers(Object.create({ a: '1' }))]", []],
  ["Headers()", TYPE_ERROR],
  ["Headers.length", 0],
  ["Object.prototype.toString.call(new Headers())", "[object Headers]"],
]);

table("Headers: validation", [
  ["new Headers({ '': 'x' })", TYPE_ERROR],
  ["new Headers({ 'a b': 'x' })", TYPE_ERROR],
  ["new Headers({ 'a:': 'x' })", TYPE_ERROR],
  ["new Headers({ 'ä': 'x' })", TYPE_ERROR],
  ["new Headers({ a: 'x\\ny' })", TYPE_ERROR],
  ["new Headers({ a: 'x\\0y' })", TYPE_ERROR],
  ["new Headers({ a: '€' })", TYPE_ERROR],
  ["new Headers({ a: '\\u00e9\\u00ff' }).get('a')", "\u00e9\u00ff"],
  ["new Headers({ a: ' \\t\\r\\nx y\\n ' }).get('a')", "x y"],
  ["new Headers({ a: '' }).get('a')", ""],
  ["new Headers({ \"!#$%&'*+-.^_`|~09azAZ\": '1' }).has(\"!#$%&'*+-.^_`|~09AZaz\")", true],
  ["new Headers().get('a b')", TYPE_ERROR],
  ["new Headers().has('')", TYPE_ERROR],
  ["new Headers().delete('€')", TYPE_ERROR],
  ["new Headers().append('a')", TYPE_ERROR],
  ["new Headers().set('a')", TYPE_ERROR],
  ["new Headers().append('a', Symbol())", TYPE_ERROR],
  ["Headers.prototype.get.call({}, 'a')", TYPE_ERROR],
]);

table("Headers: operations", [
  ["const h = new Headers(); h.append('A', '1'); h.append('a', '2'); return [h.get('A'), h.has('a')]", ["1, 2", true]],
  ["const h = new Headers({ a: '1' }); h.set('A', '3'); h.set('b', '4'); return [...h]", [["a", "3"], ["b", "4"]]],
  ["const h = new Headers([['a', '1'], ['b', '2'], ['a', '3']]); h.delete('A'); return [...h]", [["b", "2"]]],
  ["new Headers().get('a')", null],
  ["const h = new Headers(); h.append('Set-Cookie', 'a=1'); h.append('set-cookie', 'b=2, c'); return [h.getSetCookie(), h.get('set-cookie'), [...h]]",
    [["a=1", "b=2, c"], "a=1, b=2, c", [["set-cookie", "a=1"], ["set-cookie", "b=2, c"]]]],
  ["new Headers().getSetCookie()", []],
  ["const h = new Headers([['set-cookie', '1'], ['set-cookie', '2']]); h.set('set-cookie', '3'); return h.getSetCookie()", ["3"]],
]);

table("Headers: iteration", [
  ["const h = new Headers({ b: '1', a: '2' }); return [[...h.keys()], [...h.values()], [...h.entries()]]", [["a", "b"], ["2", "1"], [["a", "2"], ["b", "1"]]]],
  ["Headers.prototype[Symbol.iterator] === Headers.prototype.entries", true],
  ["const h = new Headers({ a: '1' }); h[Symbol.iterator] = function* () { yield ['b', '2'] }; return [[...new Headers(h)], [...new Request('http://a', { headers: h }).headers]]", [[["b", "2"]], [["b", "2"]]]],
  ["const r = []; new Headers({ a: '1' }).forEach(function (v, k, o) { r.push(v, k, o instanceof Headers, this.t) }, { t: 5 }); return r", ["1", "a", true, 5]],
  ["new Headers().forEach()", TYPE_ERROR],
  ["const h = new Headers({ a: '1', c: '2' }); const seen = []; for (const [k] of h) { seen.push(k); if (k === 'a') h.append('b', 'x'); } return seen", ["a", "b", "c"]],
  ["Object.prototype.toString.call(new Headers().entries())", "[object Headers Iterator]"],
  ["Object.getPrototypeOf(Object.getPrototypeOf(new Headers().keys())) === Object.getPrototypeOf(Object.getPrototypeOf([].values()))", true],
  ["new Headers().entries().next.call([].values())", TYPE_ERROR],
  ["Object.getPrototypeOf(new Headers().entries()).hasOwnProperty('constructor')", false],
]);
