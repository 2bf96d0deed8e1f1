// What streams of bytes are made of: views that are to be filled, and bytes that
// nobody has read yet.
(function (internals) {
  "use strict";
  const { ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeTransferToFixedLength } =
    internals.primordials;
  const { streams } = internals;

  // For whom a descriptor is: a reader that has been released meanwhile is nobody.
  const NOBODY = 0;
  const DEFAULT = 1;
  const BYOB = 2;

  class Descriptor {
    buffer;
    bufferByteLength;
    byteOffset;
    byteLength;
    bytesFilled = 0;
    // In bytes.
    minimumFill;
    elementSize;
    viewClass;
    readerType;

    constructor(buffer, byteOffset, byteLength, minimumFill, elementSize, viewClass, readerType) {
      this.buffer = buffer;
      this.bufferByteLength = ArrayBufferPrototypeGetByteLength(buffer);
      this.byteOffset = byteOffset;
      this.byteLength = byteLength;
      this.minimumFill = minimumFill;
      this.elementSize = elementSize;
      this.viewClass = viewClass;
      this.readerType = readerType;
    }

    get remainder() {
      return this.bytesFilled % this.elementSize;
    }

    // The view that the reader gets.
    toView() {
      const buffer = ArrayBufferPrototypeTransferToFixedLength(this.buffer);
      return new this.viewClass(buffer, this.byteOffset, this.bytesFilled / this.elementSize);
    }
  }

  // Bytes in the queue.
  class Bytes {
    buffer;
    byteOffset;
    byteLength;

    constructor(buffer, byteOffset, byteLength) {
      this.buffer = buffer;
      this.byteOffset = byteOffset;
      this.byteLength = byteLength;
    }
  }

  // What a ReadableStreamBYOBRequest is behind its interface.
  class ByobRequest {
    // Both null when it is of no use any more.
    controller;
    view;
    // The object of the interface, made when somebody asks.
    shown = null;

    constructor(controller, view) {
      this.controller = controller;
      this.view = view;
    }
  }

  streams.ByobRequest = ByobRequest;
  streams.pullInto = { __proto__: null, BYOB, Bytes, DEFAULT, Descriptor, NOBODY };
})
