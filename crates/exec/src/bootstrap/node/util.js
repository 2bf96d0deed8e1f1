"use strict";
// node:util

const {
  hidden, invalidArgType, nodeError, outOfRange, validateAbortSignal, validateFunction, validateNumber,
  validateObject, validateString,
} = require("internal/errors");
const { inspect } = require("internal/inspect");
const { colors, withoutControl } = require("internal/inspect_text");
const { format, formatWithOptions } = require("internal/format");
const { STRICT, isDeepEqual } = require("internal/deep_equal");
const { parseArgs } = require("internal/parse_args");
const types = require("util/types");

const { TextDecoder, TextEncoder } = globalThis;
const PromiseClass = Promise;

const promisified = Symbol.for("nodejs.util.promisify.custom");

function promisify(original) {
  validateFunction(original, "original");
  const custom = original[promisified];
  if (custom) {
    validateFunction(custom, "util.promisify.custom");
    hidden(custom, promisified, custom);
    return custom;
  }
  function call(...args) {
    return new PromiseClass((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, ...values) => {
        if (error) {
          reject(error);
        } else {
          resolve(values[0]);
        }
      }]);
    });
  }
  Object.setPrototypeOf(call, Object.getPrototypeOf(original));
  hidden(call, promisified, call);
  return Object.defineProperties(call, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = promisified;

function callbackify(original) {
  validateFunction(original, "original");
  function call(...args) {
    const callback = args.pop();
    validateFunction(callback, "last argument");
    const { nextTick } = require("internal/next_tick");
    const run = (...values) => Reflect.apply(callback, this, values);
    PromiseClass.resolve(Reflect.apply(original, this, args)).then(
      (value) => nextTick(run, null, value),
      (reason) => {
        if (!reason) {
          const wrapped = nodeError(
            Error, "ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value",
          );
          wrapped.reason = reason;
          reason = wrapped;
        }
        nextTick(run, reason);
      },
    );
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length.value === "number") {
    descriptors.length.value++;
  }
  if (typeof descriptors.name.value === "string") {
    descriptors.name.value += "Callbackified";
  }
  return Object.defineProperties(call, descriptors);
}

function inherits(constructor, parent) {
  if (constructor === undefined || constructor === null) {
    throw invalidArgType("ctor", "Function", constructor);
  }
  if (parent === undefined || parent === null) {
    throw invalidArgType("superCtor", "Function", parent);
  }
  if (parent.prototype === undefined) {
    throw invalidArgType("superCtor.prototype", "Object", parent.prototype);
  }
  Object.defineProperty(constructor, "super_", {
    __proto__: null, configurable: true, value: parent, writable: true,
  });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

const warnedCodes = new Set();

function deprecate(original, message, code = undefined) {
  if (code !== undefined) {
    validateString(code, "code");
  }
  let warned = false;
  function deprecated(...args) {
    if (!warned) {
      warned = true;
      if (code === undefined || !warnedCodes.has(code)) {
        warnedCodes.add(code);
        const warning = new Error(message);
        warning.name = "DeprecationWarning";
        if (code !== undefined) {
          warning.code = code;
        }
        require("internal/warning").emitWarning(warning);
      }
    }
    return new.target
      ? Reflect.construct(original, args, new.target)
      : Reflect.apply(original, this, args);
  }
  Object.setPrototypeOf(deprecated, original);
  if (original.prototype) {
    deprecated.prototype = original.prototype;
  }
  return deprecated;
}

// Of the names in NODE_DEBUG, which a worker's environment may have.
function debuglog(section, onReady = undefined) {
  const name = `${section}`.slice(0, 1000).toUpperCase();
  let enabled;
  const isEnabled = () => {
    if (enabled === undefined) {
      const names = require("internal/env").get("NODE_DEBUG") ?? "";
      enabled = names.split(",").some((pattern) => {
        const escaped = pattern.trim().toUpperCase().replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
        return escaped !== "" && new RegExp(`^${escaped.replaceAll("*", ".*")}$`).test(name);
      });
      onReady?.(logger);
    }
    return enabled;
  };
  const logger = (...args) => {
    if (isEnabled()) {
      console.error("%s: %s", name, format(...args));
    }
  };
  Object.defineProperty(logger, "enabled", {
    __proto__: null, configurable: true, enumerable: true, get: isEnabled,
  });
  return logger;
}

function getSystemErrorName(err) {
  validateNumber(err, "err");
  if (!(err < 0 && Number.isSafeInteger(err))) {
    throw outOfRange("err", "a negative integer", err);
  }
  return systemErrorOf(err)?.[0] ?? `Unknown system error ${err}`;
}

function toUSVString(value) {
  return `${value}`.toWellFormed();
}

function styleText(format, text, options = undefined) {
  if (options !== undefined) {
    validateObject(options, "options");
  }
  validateString(text, "text");
  // The log is no terminal.
  const stream = options?.stream;
  const isPlain = options?.validateStream !== false && !stream?.isTTY;
  const list = Array.isArray(format) ? format : [format];
  let before = "";
  let after = "";
  for (const name of list) {
    const color = colors[name];
    if (color === undefined) {
      const { invalidArgValue } = require("internal/errors");
      const known = [...Object.keys(colors)].map((key) => `'${key}'`).join(", ");
      throw invalidArgValue("format", name, `must be one of: ${known}`);
    }
    before += `\u001b[${color[0]}m`;
    after = `\u001b[${color[1]}m${after}`;
  }
  return isPlain ? text : `${before}${text}${after}`;
}

// Rejects never; for as long as `resource` may still be of interest.
async function aborted(signal, resource) {
  if (signal === undefined) {
    throw invalidArgType("signal", "AbortSignal", signal);
  }
  validateAbortSignal(signal, "signal");
  validateObject(resource, "resource");
  if (signal.aborted) {
    return undefined;
  }
  return new PromiseClass((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

const SYSTEM_ERRORS = {
  EACCES: [-13, "permission denied"],
  EADDRINUSE: [-98, "address already in use"],
  ECANCELED: [-125, "operation canceled"],
  ECONNREFUSED: [-111, "connection refused"],
  ECONNRESET: [-104, "connection reset by peer"],
  EEXIST: [-17, "file already exists"],
  EINVAL: [-22, "invalid argument"],
  EISDIR: [-21, "illegal operation on a directory"],
  EMFILE: [-24, "too many open files"],
  ENOENT: [-2, "no such file or directory"],
  ENOTDIR: [-20, "not a directory"],
  ENOTEMPTY: [-39, "directory not empty"],
  ENOTSUP: [-95, "operation not supported on socket"],
  EPERM: [-1, "operation not permitted"],
  EPIPE: [-32, "broken pipe"],
  ETIMEDOUT: [-110, "connection timed out"],
};

function systemErrorOf(code) {
  return Object.entries(SYSTEM_ERRORS).find(([, [number]]) => number === code);
}

function getSystemErrorMap() {
  return new Map(Object.entries(SYSTEM_ERRORS).map(([name, [number, text]]) => [number, [name, text]]));
}

// Call sites as objects with what stacks tell of them.
function getCallSites(count = 8) {
  const limit = Error.stackTraceLimit;
  const { prepareStackTrace } = Error;
  const holder = {};
  try {
    Error.stackTraceLimit = count;
    Error.prepareStackTrace = undefined;
    Error.captureStackTrace(holder, getCallSites);
    return String(holder.stack).split("\n").slice(1).map((line) => {
      const [, name = "", file = "", row = 0, column = 0] =
        /^\s+at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/.exec(line) ?? [];
      return {
        functionName: name, scriptName: file, scriptId: "", lineNumber: +row, columnNumber: +column,
        column: +column,
      };
    });
  } finally {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

// Much more than the environment of a process. V8 cannot be interrupted in a match.
const MAX_ENV = 1 << 20;

// The lines of a `.env` file.
function parseEnv(content) {
  validateString(content, "content");
  if (content.length > MAX_ENV) {
    throw outOfRange("content.length", `<= ${MAX_ENV}`, content.length);
  }
  const variables = {};
  const line =
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|`[^`]*`|[^#\r\n]*)/gm;
  for (const [, key, written] of content.matchAll(line)) {
    const mark = written[0];
    const isQuoted = written.length > 1 && (mark === '"' || mark === "'" || mark === "`");
    const value = isQuoted ? written.slice(1, -1) : written.trim();
    variables[key] = mark === '"' && isQuoted ? value.replaceAll("\\n", "\n") : value;
  }
  return variables;
}

module.exports = {
  TextDecoder,
  TextEncoder,
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getCallSites,
  getSystemErrorMap,
  getSystemErrorMessage: (code) => systemErrorOf(code)?.[1][1],
  getSystemErrorName,
  inherits,
  inspect,
  isArray: Array.isArray,
  isDeepStrictEqual: (a, b) => isDeepEqual(a, b, STRICT),
  parseArgs,
  parseEnv,
  promisify,
  stripVTControlCharacters(text) {
    validateString(text, "str");
    return withoutControl(text);
  },
  styleText,
  toUSVString,
  transferableAbortController: () => new AbortController(),
  transferableAbortSignal(signal) {
    validateAbortSignal(signal ?? null, "signal");
    return signal;
  },
  types,
};

// Questions that are asked with operators today.
const isObjectType = (value) => value !== null && typeof value === "object";
Object.assign(module.exports, {
  isBoolean: (value) => typeof value === "boolean",
  isBuffer: (value) => require("buffer").Buffer.isBuffer(value),
  isDate: types.isDate,
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === "function",
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === "number",
  isObject: isObjectType,
  isPrimitive: (value) => !isObjectType(value) && typeof value !== "function",
  isRegExp: types.isRegExp,
  isString: (value) => typeof value === "string",
  isSymbol: (value) => typeof value === "symbol",
  isUndefined: (value) => value === undefined,
  log: (...args) => console.log("%s", format(...args)),
  _extend: (target, source) => (isObjectType(source) ? Object.assign(target, source) : target),
  _errnoException(code, call, original) {
    const name = module.exports.getSystemErrorName(code);
    const error = new Error(`${call} ${name}${original ? ` ${original}` : ""}`);
    return Object.assign(error, { errno: code, code: name, syscall: call });
  },
});

// MIMEType and MIMEParams are made when they are asked for.
for (const name of ["MIMEType", "MIMEParams"]) {
  Object.defineProperty(module.exports, name, {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get: () => require("internal/mime")[name],
  });
}
