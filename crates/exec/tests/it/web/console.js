// What is written is checked in Rust, in `logs`; here: that nothing throws.
check("every method takes everything", () => {
  const cyclic = {}; cyclic.self = cyclic; const throwing = { get a() { throw 1 }, toString() { throw 2 }, [Symbol.toPrimitive]() { throw 3 }, toJSON() { throw 4 } };
  const values = [1, "s", null, undefined, Symbol("x"), 1n, cyclic, throwing, new Proxy({}, { get() { throw 5 }, ownKeys() { throw 6 } }), () => {}, class A {}, new Map([[cyclic, cyclic]]), new Error("e"), new Array(1000), new Uint8Array(1000), Object.create(null), new Date(NaN), "%s %d %i %f %j %o %O %c %% %"];
  const labelled = ["count", "countReset", "time", "timeLog", "timeEnd"];
  for (const name of Object.keys(console)) for (const value of values) if (name === "table") console.table(value); else if (!labelled.includes(name)) console[name](value, value);
  for (const name of labelled) { for (const label of [1, "s", null, undefined, 1n, {}]) console[name](label); assertThrows(() => console[name](throwing), "3"); assertThrows(() => console[name](Symbol()), "TypeError") }
  for (const columns of [1, "a", null, {}, [Symbol()]]) assertThrows(() => console.table([], columns), "TypeError");
  console.log(); console.log("%s %d", "a"); console.table([{ a: 1 }, { b: 2 }]); console.groupEnd(); console.assert(true, "no"); console.count(); console.time(); console.timeEnd();
});
check("a namespace", () => { const prototype = Object.getPrototypeOf(console); assertEquals([Reflect.ownKeys(prototype).length, prototype === Object.prototype, Object.getPrototypeOf(prototype) === Object.prototype, Object.prototype.toString.call(console), console.clear.length], [0, false, true, "[object console]", 0]) });
