"use strict";
// node:buffer
const { Buffer, fromArrayLike, kMaxLength } = require("internal/buffer/class");
const { inspected, kStringMaxLength } = require("internal/buffer/methods");
const { isAscii, isUtf8, transcode } = require("internal/buffer/transcode");
const { Blob, File, atob, btoa } = require("internal/web");

function SlowBuffer(size) {
  return Buffer.allocUnsafeSlow(size);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

const resolveObjectURL = (url) => internals.objectUrls.blobOf(`${url}`) ?? undefined;

module.exports = {
  Blob,
  Buffer,
  File,
  SlowBuffer,
  atob,
  btoa,
  constants: Object.defineProperties({}, {
    MAX_LENGTH: { value: kMaxLength, enumerable: true },
    MAX_STRING_LENGTH: { value: kStringMaxLength, enumerable: true },
  }),
  isAscii,
  isUtf8,
  kMaxLength,
  kStringMaxLength,
  resolveObjectURL,
  transcode: (source, from, to) => fromArrayLike(transcode(source, from, to)),
};

Object.defineProperty(module.exports, "INSPECT_MAX_BYTES", {
  configurable: true, enumerable: true, ...inspected,
});
