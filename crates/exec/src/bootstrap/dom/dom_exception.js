// DOMException: a real Error object (it has a stack) with the Web IDL shape.
(function (internals) {
  "use strict";
  const {
    Error, ErrorCaptureStackTrace, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectConstruct,
    ReflectDeleteProperty, TypeError,
  } = internals.primordials;
  const { ifLoaded } = internals.parts;
  const { defineInterface, toDOMString } = internals.webidl;

  // Index + 1 is the legacy code of the name; holes have no name any more.
  const LEGACY = [
    ["INDEX_SIZE_ERR", "IndexSizeError"],
    ["DOMSTRING_SIZE_ERR", null],
    ["HIERARCHY_REQUEST_ERR", "HierarchyRequestError"],
    ["WRONG_DOCUMENT_ERR", "WrongDocumentError"],
    ["INVALID_CHARACTER_ERR", "InvalidCharacterError"],
    ["NO_DATA_ALLOWED_ERR", null],
    ["NO_MODIFICATION_ALLOWED_ERR", "NoModificationAllowedError"],
    ["NOT_FOUND_ERR", "NotFoundError"],
    ["NOT_SUPPORTED_ERR", "NotSupportedError"],
    ["INUSE_ATTRIBUTE_ERR", "InUseAttributeError"],
    ["INVALID_STATE_ERR", "InvalidStateError"],
    ["SYNTAX_ERR", "SyntaxError"],
    ["INVALID_MODIFICATION_ERR", "InvalidModificationError"],
    ["NAMESPACE_ERR", "NamespaceError"],
    ["INVALID_ACCESS_ERR", "InvalidAccessError"],
    ["VALIDATION_ERR", null],
    ["TYPE_MISMATCH_ERR", "TypeMismatchError"],
    ["SECURITY_ERR", "SecurityError"],
    ["NETWORK_ERR", "NetworkError"],
    ["ABORT_ERR", "AbortError"],
    ["URL_MISMATCH_ERR", "URLMismatchError"],
    ["QUOTA_EXCEEDED_ERR", "QuotaExceededError"],
    ["TIMEOUT_ERR", "TimeoutError"],
    ["INVALID_NODE_TYPE_ERR", "InvalidNodeTypeError"],
    ["DATA_CLONE_ERR", "DataCloneError"],
  ];
  const codes = { __proto__: null };

  // Private fields are put on an existing Error object by a constructor whose
  // base returns that object.
  class Return {
    constructor(object) {
      return object;
    }
  }
  class Details extends Return {
    #message;
    #name;

    constructor(object, message, name) {
      super(object);
      this.#message = message;
      this.#name = name;
    }

    static isOn(object) {
      return #message in object;
    }

    static message(object) {
      return object.#message;
    }

    static nameOf(object) {
      return object.#name;
    }
  }

  function DOMException(message = "", name = "Error") {
    if (new.target === undefined) {
      throw new TypeError("DOMException constructor: 'new' is required");
    }
    message = toDOMString(message);
    name = toDOMString(name);
    // V8 keeps the message for the header of the stack; the property itself
    // would hide that of the prototype.
    const exception = ReflectConstruct(Error, [message], new.target);
    ReflectDeleteProperty(exception, "message");
    new Details(exception, message, name);
    // Once more without this function, and with the name in the header.
    ErrorCaptureStackTrace(exception, new.target);
    return exception;
  }

  const attributes = {
    get name() {
      return Details.nameOf(this);
    },
    get message() {
      return Details.message(this);
    },
    get code() {
      return codes[Details.nameOf(this)] ?? 0;
    },
  };
  const { prototype } = DOMException;
  for (const key of ["name", "message", "code"]) {
    ObjectDefineProperty(prototype, key, Object.getOwnPropertyDescriptor(attributes, key));
  }
  ObjectSetPrototypeOf(prototype, Error.prototype);
  defineInterface(DOMException);
  for (const [index, [constant, name]] of LEGACY.entries()) {
    const descriptor = { value: index + 1, enumerable: true };
    ObjectDefineProperty(DOMException, constant, descriptor);
    ObjectDefineProperty(prototype, constant, descriptor);
    if (name !== null) {
      codes[name] = index + 1;
    }
  }
  ObjectDefineProperty(DOMException, "prototype", { writable: false });

  internals.DOMException = DOMException;
  internals.domException = {
    __proto__: null,
    // The copy of an object that is a DOMException, without its stack; undefined for any other.
    copy: (object) =>
      Details.isOn(object)
        ? ifLoaded("quotaExceeded")?.copy(object, Details.message(object)) ??
          new DOMException(Details.message(object), Details.nameOf(object))
        : undefined,
  };
})
