// structuredClone, with the serialiser of the host.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypePush, StringPrototypeSlice, StringPrototypeStartsWith, isInstance, Error,
  } = internals.primordials;
  const { DOMException } = internals;
  const { eachItem, isArrayBuffer, requireArguments, toDictionary } = internals.webidl;
  const hostClone = internals.host.structuredClone;

  const PREFIX = "DataCloneError: ";

  function structuredClone(value, options = undefined) {
    requireArguments(arguments.length, 1, "structuredClone");
    const { transfer } = toDictionary(options, "structuredClone: the options");
    const buffers = [];
    if (transfer !== undefined) {
      eachItem(transfer, (item) => {
        if (!isArrayBuffer(item)) {
          throw new DOMException("A value of this type cannot be transferred", "DataCloneError");
        }
        for (let i = 0; i < buffers.length; i++) {
          if (buffers[i] === item) {
            throw new DOMException("An ArrayBuffer is transferred twice", "DataCloneError");
          }
        }
        ArrayPrototypePush(buffers, item);
      }, "structuredClone: the transfer list");
    }
    try {
      return hostClone(value, buffers);
    } catch (error) {
      const message = isInstance(error, Error) ? error.message : undefined;
      if (typeof message === "string" && StringPrototypeStartsWith(message, PREFIX)) {
        throw new DOMException(StringPrototypeSlice(message, PREFIX.length), "DataCloneError");
      }
      throw error;
    }
  }

  internals.globals.structuredClone = structuredClone;
})
