// Table-driven tests: guest code and the JSON of its result.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "./harness.mjs";

// `rows`: [code, expected]. The code is the body of an async function if it
// contains "return", else an expression. A row that expects `throws("Name")`
// must throw an error of that name.
export function table(title, rows) {
  test(title, async () => {
    const context = new Context();
    for (const [code, expected] of rows) {
      const body = /\breturn\b/.test(code) ? code : `return (${code});`;
      const result = await context.inRequest(`
        try {
          const value = await (async () => { ${body} })();
          return JSON.stringify({ value: value === undefined ? null : value });
        } catch (error) {
          return JSON.stringify({ thrown: error?.name ?? String(error), message: error?.message });
        }`);
      const actual = JSON.parse(result);
      if (expected instanceof Thrown) {
        assert.equal(actual.thrown, expected.name, `${code}: ${result}`);
      } else {
        assert.deepEqual(actual, { value: expected }, code);
      }
    }
  });
}

class Thrown {
  constructor(name) {
    this.name = name;
  }
}
export const throws = (name) => new Thrown(name);
