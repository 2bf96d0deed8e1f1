"use strict";
// Web APIs, whatever a worker has made of the globals.
const {
  AbortController, AbortSignal, Blob, ByteLengthQueuingStrategy, CompressionStream, CountQueuingStrategy, Crypto,
  CryptoKey, DOMException, DecompressionStream, Event, EventTarget, File, ReadableByteStreamController,
  ReadableStream, ReadableStreamBYOBReader, ReadableStreamBYOBRequest, ReadableStreamDefaultController,
  ReadableStreamDefaultReader, TextDecoder, TextDecoderStream, TextEncoderStream, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
  atob, btoa, crypto,
} = internals.globals;

module.exports = {
  AbortController, AbortSignal, Blob, ByteLengthQueuingStrategy, CompressionStream, CountQueuingStrategy, Crypto,
  CryptoKey, DOMException, DecompressionStream, Event, EventTarget, File, ReadableByteStreamController,
  ReadableStream, ReadableStreamBYOBReader, ReadableStreamBYOBRequest, ReadableStreamDefaultController,
  ReadableStreamDefaultReader, TextDecoder, TextDecoderStream, TextEncoderStream, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
  atob, btoa, crypto,
};
