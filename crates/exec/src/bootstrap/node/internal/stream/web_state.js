"use strict";
// What is behind the streams of the Web.
const { isReadable, isWritable, readableOf, writableOf } = internals.streams;

// By their numbers there.
const READABLE_STATES = ["readable", "closed", "errored"];
const WRITABLE_STATES = ["writable", "erroring", "closed", "errored"];

const isReadableStream = (value) => isReadable(value);

const isWritableStream = (value) => isWritable(value);

// Of a stream of the Web.
const stateOf = (stream) =>
  isReadable(stream) ? READABLE_STATES[readableOf(stream).state] : WRITABLE_STATES[writableOf(stream).state];

const disturbedOf = (stream) => readableOf(stream).disturbed;

module.exports = { disturbedOf, isReadableStream, isWritableStream, stateOf };
