"use strict";
// Web APIs, whatever a worker has made of the globals. Those that few workers use are evaluated when they
// are read here, so nobody takes one before it is needed.
const { globals } = internals;
const { ObjectDefineProperty } = primordials;

const NAMES = [
  "AbortController", "AbortSignal", "Blob", "ByteLengthQueuingStrategy", "CompressionStream", "CountQueuingStrategy",
  "DecompressionStream", "File", "ReadableByteStreamController", "ReadableStream", "ReadableStreamBYOBReader",
  "ReadableStreamBYOBRequest", "ReadableStreamDefaultController", "ReadableStreamDefaultReader", "TextDecoder",
  "TextDecoderStream", "TextEncoderStream", "TransformStream", "TransformStreamDefaultController", "WritableStream",
  "WritableStreamDefaultController", "WritableStreamDefaultWriter", "atob", "btoa", "crypto",
];

for (let i = 0; i < NAMES.length; i++) {
  ObjectDefineProperty(exports, NAMES[i], {
    __proto__: null, enumerable: true, get: () => globals[NAMES[i]],
  });
}
