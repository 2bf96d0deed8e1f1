"use strict";
// What streams fail with.
const { nodeError } = require("internal/errors");

const alreadyFinished = (method) => nodeError(
  Error, "ERR_STREAM_ALREADY_FINISHED", `Cannot call ${method} after a stream was finished`,
);

const cannotPipe = () => nodeError(Error, "ERR_STREAM_CANNOT_PIPE", "Cannot pipe, not readable");

const destroyed = (method) => nodeError(
  Error, "ERR_STREAM_DESTROYED", `Cannot call ${method} after a stream was destroyed`,
);

const missingArgs = (name) =>
  nodeError(TypeError, "ERR_MISSING_ARGS", `The "${name}" argument must be specified`);

const multipleCallback = () =>
  nodeError(Error, "ERR_MULTIPLE_CALLBACK", "Callback called multiple times");

const notImplemented = (method) =>
  nodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", `The ${method} method is not implemented`);

const nullValues = () => nodeError(TypeError, "ERR_STREAM_NULL_VALUES", "May not write null values to stream");

const prematureClose = () => nodeError(Error, "ERR_STREAM_PREMATURE_CLOSE", "Premature close");

const pushAfterEof = () => nodeError(Error, "ERR_STREAM_PUSH_AFTER_EOF", "stream.push() after EOF");

const unshiftAfterEnd = () =>
  nodeError(Error, "ERR_STREAM_UNSHIFT_AFTER_END_EVENT", "stream.unshift() after end event");

const unknownEncoding = (encoding) => nodeError(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);

const writeAfterEnd = () => nodeError(Error, "ERR_STREAM_WRITE_AFTER_END", "write after end");

function invalidReturnValue(expected, name, value) {
  let kind = `${value}`;
  if (value !== null && value !== undefined) {
    kind = typeof value === "object" || typeof value === "function"
      ? `an instance of ${value.constructor?.name}`
      : `type ${typeof value} (${typeof value === "string" ? `'${value}'` : String(value)})`;
  }
  return nodeError(
    TypeError, "ERR_INVALID_RETURN_VALUE",
    `Expected ${expected} to be returned from the "${name}" function but got ${kind}.`,
  );
}

// Two errors of the same operation as one.
function together(first, second) {
  if (!first || !second || first === second) {
    return first || second;
  }
  if (Array.isArray(second.errors)) {
    second.errors.push(first);
    return second;
  }
  const both = new AggregateError([second, first], second.message);
  both.code = second.code;
  return both;
}

module.exports = {
  alreadyFinished, cannotPipe, destroyed, invalidReturnValue, missingArgs, multipleCallback, notImplemented,
  nullValues, prematureClose, pushAfterEof, together, unknownEncoding, unshiftAfterEnd, writeAfterEnd,
};
