const checks = [];
const check = (name, body) => checks.push([name, body]);

function show(value) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${Array.from(value, show).join(", ")}]`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return `${value.constructor.name}[${Array.from(value, show).join(", ")}]`;
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${show(new Uint8Array(value))})`;
  if (value instanceof Map) return `Map(${show([...value])})`;
  if (value instanceof Set) return `Set(${show([...value])})`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof RegExp) return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return `{${Object.entries(value).map(([k, v]) => `${k}: ${show(v)}`).join(", ")}}`;
}

function assertEquals(actual, expected) {
  if (show(actual) !== show(expected)) throw new Error(`${show(actual)} is not ${show(expected)}`);
}

function assert(condition, what = "condition") {
  if (!condition) throw new Error(`${what} does not hold`);
}

function assertIsError(error, name) {
  const actual = error instanceof Error ? error.name : show(error);
  if (actual !== name) throw new Error(`${show(error)} where a ${name} was expected`);
  assert(name !== "AbortError" || error instanceof DOMException);
}

function assertThrows(f, name) {
  let result;
  try {
    result = f();
  } catch (error) {
    return assertIsError(error, name);
  }
  throw new Error(`${show(result)} where a ${name} was expected`);
}

async function assertRejects(promise, name) {
  let result;
  try {
    result = await (typeof promise === "function" ? promise() : promise);
  } catch (error) {
    assertIsError(error, name);
    return error;
  }
  throw new Error(`${show(result)} where a ${name} was expected`);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default {
  async fetch(request, env, context) {
    const failures = [];
    const only = request.headers.get("x-only");
    for (const [name, body] of only === null ? checks : [checks[only]]) {
      try {
        await body({ request, env, context });
      } catch (error) {
        failures.push(`${name}: ${error?.stack ?? error}`);
      }
    }
    return Response.json({ count: checks.length, failures });
  },
};
