// Bytes that go in and come out.
(function (internals) {
  "use strict";
  const {
    ArrayBufferIsView, ArrayBufferPrototypeGetDetached, ArrayBufferPrototypeGetResizable,
    DataViewPrototypeGetBuffer, TypeError, TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, Uint8Array,
  } = internals.primordials;
  const { isArrayBuffer, isTypedArray, toBytesView } = internals.webidl;

  const bufferOfView = (view) =>
    isTypedArray(view) ? TypedArrayPrototypeGetBuffer(view) : DataViewPrototypeGetBuffer(view);

  // Checks the argument BufferSource of a function that may not be given one
  // whose size changes, or that threads share.
  function toBufferSource(value, what) {
    const isView = ArrayBufferIsView(value);
    const buffer = isView ? bufferOfView(value) : value;
    if (!isArrayBuffer(buffer)) {
      throw new TypeError(
        isView
          ? `${what} must not be on a shared buffer`
          : `${what} must be an ArrayBuffer or an ArrayBufferView`,
      );
    }
    if (ArrayBufferPrototypeGetResizable(buffer)) {
      throw new TypeError(`${what} must not be on a resizable buffer`);
    }
    return value;
  }

  // The bytes of what has been checked, as they are now: none if it has been detached since.
  function bytesOf(source) {
    const buffer = ArrayBufferIsView(source) ? bufferOfView(source) : source;
    return ArrayBufferPrototypeGetDetached(buffer) ? new Uint8Array(0) : toBytesView(source, "bytes");
  }

  function copyOf(source) {
    const bytes = bytesOf(source);
    const copy = new Uint8Array(TypedArrayPrototypeGetLength(bytes));
    TypedArrayPrototypeSet(copy, bytes);
    return copy;
  }

  // The whole buffer of a view that the host has made.
  const bufferOf = TypedArrayPrototypeGetBuffer;

  internals.cryptoBuffers = { __proto__: null, bufferOf, bytesOf, copyOf, toBufferSource };
})
