"use strict";
// node:assert

const {
  invalidArgType, invalidArgValue, missingArgs, nodeError, received, validateFunction,
} = require("internal/errors");
const { AssertionError } = require("internal/assertion_error");
const { LOOSE, PARTIAL, STRICT, isDeepEqual } = require("internal/deep_equal");
const { inspect } = require("internal/inspect");

function fail(options) {
  if (options.message instanceof Error) {
    throw options.message;
  }
  throw new AssertionError(options);
}

function checkTruth(given, value, message, stackStartFn) {
  if (value) {
    return;
  }
  if (given === 0) {
    const error = new AssertionError({
      actual: value, expected: true, operator: "==", stackStartFn,
      message: "No value argument passed to `assert.ok()`",
    });
    error.generatedMessage = true;
    throw error;
  }
  const generated = message === undefined || message === null;
  if (!generated) {
    fail({ actual: value, expected: true, message, operator: "==", stackStartFn });
  }
  const error = new AssertionError({
    actual: value,
    expected: true,
    message: "The expression evaluated to a falsy value",
    operator: "==",
    stackStartFn,
  });
  error.generatedMessage = true;
  throw error;
}

function ok(...args) {
  checkTruth(args.length, args[0], args[1], ok);
}

function assert(...args) {
  checkTruth(args.length, args[0], args[1], assert);
}

function strict(...args) {
  checkTruth(args.length, args[0], args[1], strict);
}

const isLooselyEqual = (a, b) => a == b || (a !== a && b !== b);

// A function that compares two values.
function comparing(name, operator, holds) {
  const { [name]: compare } = {
    [name](actual, expected, message = undefined) {
      if (arguments.length < 2) {
        throw missingArgs("actual", "expected");
      }
      if (!holds(actual, expected)) {
        fail({ actual, expected, message, operator, stackStartFn: compare });
      }
    },
  };
  return compare;
}

const comparisons = {
  equal: comparing("equal", "==", isLooselyEqual),
  notEqual: comparing("notEqual", "!=", (a, b) => !isLooselyEqual(a, b)),
  strictEqual: comparing("strictEqual", "strictEqual", Object.is),
  notStrictEqual: comparing("notStrictEqual", "notStrictEqual", (a, b) => !Object.is(a, b)),
  deepEqual: comparing("deepEqual", "deepEqual", (a, b) => isDeepEqual(a, b, LOOSE)),
  notDeepEqual: comparing("notDeepEqual", "notDeepEqual", (a, b) => !isDeepEqual(a, b, LOOSE)),
  deepStrictEqual: comparing("deepStrictEqual", "deepStrictEqual", (a, b) => isDeepEqual(a, b, STRICT)),
  notDeepStrictEqual: comparing(
    "notDeepStrictEqual", "notDeepStrictEqual", (a, b) => !isDeepEqual(a, b, STRICT),
  ),
  partialDeepStrictEqual: comparing(
    "partialDeepStrictEqual", "partialDeepStrictEqual", (a, b) => isDeepEqual(a, b, PARTIAL),
  ),
};

const nothing = Symbol("nothing");

function thrownBy(run) {
  validateFunction(run, "fn");
  try {
    run();
  } catch (error) {
    return error;
  }
  return nothing;
}

const isPromise = (value) =>
  value instanceof Promise ||
  (typeof value === "object" && value !== null && typeof value.then === "function" && typeof value.catch === "function");

async function rejectionOf(promise) {
  let awaited = promise;
  if (typeof promise === "function") {
    awaited = promise();
    if (!isPromise(awaited)) {
      throw nodeError(
        TypeError, "ERR_INVALID_RETURN_VALUE",
        `Expected instance of Promise to be returned from the "promiseFn" function but got ${received(awaited).slice(" Received ".length)}.`,
      );
    }
  } else if (!isPromise(promise)) {
    throw invalidArgType("promiseFn", ["Function", "Promise"], promise);
  }
  try {
    await awaited;
  } catch (error) {
    return error;
  }
  return nothing;
}

// Whether what was thrown is what was expected; throws if it is not.
function checkError(actual, expected, message, stackStartFn) {
  if (expected === undefined) {
    return;
  }
  const operator = stackStartFn.name;
  const mismatch = (text) => {
    if (message !== undefined) {
      fail({ actual, expected, message, operator, stackStartFn });
    }
    const error = new AssertionError({ actual, expected, message: text, operator, stackStartFn });
    error.generatedMessage = true;
    throw error;
  };
  if (typeof expected !== "function") {
    if (expected instanceof RegExp) {
      const text = String(actual);
      if (expected.exec(text) === null) {
        mismatch(`The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`);
      }
      return;
    }
    checkFields(actual, expected, message, stackStartFn);
    return;
  }
  if (expected.prototype !== undefined && actual instanceof expected) {
    return;
  }
  if (Error.isPrototypeOf(expected) || expected === Error) {
    const name = actual?.constructor?.name ?? inspect(actual);
    const what = actual instanceof Error ? `"${name}"` : `"${inspect(actual, { depth: -1 })}"`;
    const tail = actual instanceof Error && actual.message ? `\n\nError message:\n\n${actual.message}` : "";
    mismatch(`The error is expected to be an instance of "${expected.name}". Received ${what}${tail}`);
  }
  const result = Reflect.apply(expected, {}, [actual]);
  if (result !== true) {
    const name = expected.name ? `"${expected.name}" ` : "";
    mismatch(
      `The ${name}validation function is expected to return "true". Received ${inspect(result)}` +
        (actual instanceof Error ? `\n\nCaught error:\n\n${actual}` : ""),
    );
  }
}

// The fields that are compared, as they are shown where they differ.
class Comparison {
  constructor(from, keys) {
    for (const key of keys) {
      if (key in from) {
        this[key] = from[key];
      }
    }
  }
}

function checkFields(actual, expected, message, stackStartFn) {
  const operator = stackStartFn.name;
  if (typeof expected !== "object" || expected === null) {
    throw invalidArgType("expected", ["Function", "Error", "RegExp", "Object"], expected);
  }
  if (typeof actual !== "object" || actual === null) {
    const error = new AssertionError({ actual, expected, message, operator: "deepStrictEqual", stackStartFn });
    error.operator = operator;
    throw error;
  }
  const keys = Object.keys(expected);
  if (expected instanceof Error) {
    keys.push("name", "message");
  } else if (keys.length === 0) {
    throw invalidArgValue("error", expected, "may not be an empty object");
  }
  for (const key of keys) {
    const wanted = expected[key];
    const isMatch = typeof actual[key] === "string" && wanted instanceof RegExp && wanted.exec(actual[key]) !== null;
    if (!isMatch && (!(key in actual) || !isDeepEqual(actual[key], wanted, STRICT))) {
      if (message !== undefined) {
        fail({ actual, expected, message, operator, stackStartFn });
      }
      const pick = (from) => new Comparison(from, keys);
      const error = new AssertionError({
        actual: pick(actual), expected: pick(expected), operator: "deepStrictEqual", stackStartFn,
      });
      Object.assign(error, { actual, expected, operator });
      throw error;
    }
  }
}

function expectError(stackStartFn, actual, expected, message) {
  if (typeof expected === "string") {
    if (message !== undefined) {
      throw invalidArgType("error", ["Object", "Error", "Function", "RegExp"], expected);
    }
    if (actual?.message === expected || actual === expected) {
      throw nodeError(
        TypeError, "ERR_AMBIGUOUS_ARGUMENT",
        `The "error/message" argument is ambiguous. The error ${actual === expected ? "" : "message "}"${expected}" is identical to the message.`,
      );
    }
    message = expected;
    expected = undefined;
  } else if (expected !== undefined && expected !== null && typeof expected !== "object" && typeof expected !== "function") {
    throw invalidArgType("error", ["Object", "Error", "Function", "RegExp"], expected);
  }
  if (actual === nothing) {
    const kind = stackStartFn.name === "rejects" ? "rejection" : "exception";
    const name = expected?.name ? ` (${expected.name})` : "";
    fail({
      actual: undefined,
      expected,
      operator: stackStartFn.name,
      message: message instanceof Error ? message : `Missing expected ${kind}${name}${message ? `: ${message}` : "."}`,
      stackStartFn,
    });
  }
  checkError(actual, expected, message, stackStartFn);
}

function expectNone(stackStartFn, actual, expected, message) {
  if (actual === nothing) {
    return;
  }
  if (typeof expected === "string") {
    message = expected;
    expected = undefined;
  }
  const isMeant = expected === undefined ||
    (expected instanceof RegExp ? expected.exec(String(actual)) !== null : actual instanceof expected);
  if (!isMeant) {
    throw actual;
  }
  const kind = stackStartFn.name === "doesNotReject" ? "rejection" : "exception";
  fail({
    actual,
    expected,
    operator: stackStartFn.name,
    message: `Got unwanted ${kind}${message ? `: ${message}` : "."}\nActual message: "${actual?.message}"`,
    stackStartFn,
  });
}

function throws(run, ...rest) {
  expectError(throws, thrownBy(run), ...rest);
}

async function rejects(promise, ...rest) {
  expectError(rejects, await rejectionOf(promise), ...rest);
}

function doesNotThrow(run, ...rest) {
  expectNone(doesNotThrow, thrownBy(run), ...rest);
}

async function doesNotReject(promise, ...rest) {
  expectNone(doesNotReject, await rejectionOf(promise), ...rest);
}

function matching(name, holds, says) {
  const { [name]: match } = {
    [name](text, pattern, message = undefined) {
      if (!(pattern instanceof RegExp)) {
        throw invalidArgType("regexp", "RegExp", pattern);
      }
      if (typeof text === "string" && holds(pattern.exec(text) !== null)) {
        return;
      }
      if (message instanceof Error) {
        throw message;
      }
      const generated = message === undefined;
      const what = typeof text === "string"
        ? `The input ${says} the regular expression ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`
        : `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text, { depth: -1 })})`;
      const error = new AssertionError({
        actual: text, expected: pattern, message: generated ? what : message, operator: name, stackStartFn: match,
      });
      error.generatedMessage = generated;
      throw error;
    },
  };
  return match;
}

function ifError(value) {
  if (value === null || value === undefined) {
    return;
  }
  const isError = typeof value === "object" && typeof value.message === "string";
  const text = isError
    ? value.message.length === 0 && value.constructor ? value.constructor.name : value.message
    : inspect(value);
  const error = new AssertionError({
    actual: value, expected: null, operator: "ifError", message: `ifError got unwanted exception: ${text}`,
    stackStartFn: ifError,
  });
  throw error;
}

function failAlways(message = undefined) {
  if (message instanceof Error) {
    throw message;
  }
  const error = new AssertionError({ message: message ?? "Failed", operator: "fail", stackStartFn: failAlways });
  error.generatedMessage = message === undefined;
  throw error;
}
Object.defineProperty(failAlways, "name", { __proto__: null, configurable: true, value: "fail" });

const common = {
  AssertionError,
  doesNotMatch: matching("doesNotMatch", (matches) => !matches, "was expected to not match"),
  doesNotReject,
  doesNotThrow,
  fail: failAlways,
  ifError,
  match: matching("match", (matches) => matches, "did not match"),
  ok,
  rejects,
  throws,
};

Object.assign(assert, common, comparisons, { strict });
Object.assign(strict, common, comparisons, {
  equal: comparisons.strictEqual,
  notEqual: comparisons.notStrictEqual,
  deepEqual: comparisons.deepStrictEqual,
  notDeepEqual: comparisons.notDeepStrictEqual,
  strict,
});

module.exports = assert;
