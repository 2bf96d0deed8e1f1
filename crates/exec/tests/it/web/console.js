// What is written is checked in Rust, in `logs`; here: that nothing throws.
check("every method takes everything", () => {
  const cyclic = {}; cyclic.self = cyclic; const throwing = { get a() { throw 1 }, toString() { throw 2 }, [Symbol.toPrimitive]() { throw 3 }, toJSON() { throw 4 } };
  const values = [1, "s", null, undefined, Symbol("x"), 1n, cyclic, throwing, new Proxy({}, { get() { throw 5 }, ownKeys() { throw 6 } }), () => {}, class A {}, new Map([[cyclic, cyclic]]), new Error("e"), new Array(1000), new Uint8Array(1000), Object.create(null), new Date(NaN), "%s %d %i %f %j %o %O %c %% %"];
  for (const name of Object.keys(console)) for (const value of values) console[name](value, value);
  console.log(); console.log("%s %d", "a"); console.table([{ a: 1 }, { b: 2 }]); console.groupEnd(); console.assert(true, "no"); console.count(); console.time(); console.timeEnd();
});
