// Tests of built-in modules: the same code with the module of the bootstrap and with that of the
// Node.js that runs the tests.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Context } from "./harness.mjs";

const require = createRequire(import.meta.url);

// What code makes of the module `m`, as JSON; `need` gives it others. Errors are their names, codes and messages.
const REPORT = `(async (m, code, need) => {
  const show = (key, value) =>
    typeof value === "bigint" ? value + "n" : typeof value === "function" ? "a function" :
    typeof value === "symbol" ? String(value) : value === undefined ? "undefined" :
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  try {
    const body = /\\breturn\\b/.test(code) ? code : "return (" + code + ");";
    const run = new (async () => {}).constructor("m", "need", body);
    return JSON.stringify({ value: await run(m, need) }, show);
  } catch (error) {
    return JSON.stringify({ thrown: [error?.name, error?.code, error?.message ?? String(error)] }, show);
  }
})`;

const inNode = (0, eval)(REPORT);

// `rows`: code that does the same in both; code is an expression of `m`, or the body of an async
// function if it contains "return". One with a value, [code, value], is only run in the context.
export function sameAsNode(title, name, rows) {
  test(title, async () => {
    const theirs = require(`node:${name}`);
    const different = [];
    const context = new Context();
    for (const row of rows) {
      const [code, ...expected] = typeof row === "string" ? [row] : row;
      const wanted = expected.length > 0
        ? JSON.stringify({ value: expected[0] })
        : await inNode(theirs, code, require);
      const actual = await report(context, name, code);
      if (!isDeepStrictEqual(JSON.parse(actual), JSON.parse(wanted))) {
        different.push(`${code}\n  is     ${actual}\n  wanted ${wanted}`);
      }
    }
    assert.ok(different.length === 0, different.join("\n"));
  });
}

// The same of one context, in a request.
export async function report(context, name, code) {
  Object.defineProperty(context.eval("globalThis"), "theModule", { value: context.builtIn(name), configurable: true });
  Object.defineProperty(context.eval("globalThis"), "need", { value: (other) => context.builtIn(other), configurable: true });
  let done = false;
  const result = context.inRequest(`return (${REPORT})(theModule, ${JSON.stringify(code)}, need)`);
  result.finally(() => { done = true; });
  for (let i = 0; i < 20 && !done; i++) {
    await context.settled();
    if (!done) await context.advance(100);
  }
  assert.ok(done, `it never ends: ${code}`);
  return result;
}

// The names that Node.js exports and the module does not, but for these.
export function sameNames(name, absent = []) {
  test(`the names of ${name}`, () => {
    const ours = Object.keys(new Context().builtIn(name));
    const theirs = Object.keys(require(`node:${name}`)).filter((key) => !absent.includes(key));
    assert.deepEqual(theirs.filter((key) => !ours.includes(key)), []);
  });
}
