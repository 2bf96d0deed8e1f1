"use strict";
// What is behind the streams of the Web. As long as nobody has used those, there are none.
const { ifLoaded } = internals.parts;

// By their numbers there.
const READABLE_STATES = ["readable", "closed", "errored"];
const WRITABLE_STATES = ["writable", "erroring", "closed", "errored"];

function isReadableStream(value) {
  const streams = ifLoaded("streams");
  return streams !== undefined && streams.isReadable(value);
}

function isWritableStream(value) {
  const streams = ifLoaded("streams");
  return streams !== undefined && streams.isWritable(value);
}

// Of a stream of the Web.
function stateOf(stream) {
  const { readableOf, writableOf } = ifLoaded("streams");
  return isReadableStream(stream)
    ? READABLE_STATES[readableOf(stream).state]
    : WRITABLE_STATES[writableOf(stream).state];
}

const disturbedOf = (stream) => ifLoaded("streams").readableOf(stream).disturbed;

module.exports = { disturbedOf, isReadableStream, isWritableStream, stateOf };
