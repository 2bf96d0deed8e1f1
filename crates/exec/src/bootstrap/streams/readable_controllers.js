// The controllers of readable streams as the guest sees them, and its sources.
(function (internals) {
  "use strict";
  const { ArrayBufferPrototypeGetDetached, PromiseResolve, ReflectApply, TypeError } =
    internals.primordials;
  const {
    constructToken, defineInterface, illegalConstructor, isObject, requireArguments,
    toEnforcedUnsigned, toView, viewParts,
  } = internals.webidl;
  const { streams } = internals;
  const { checkCanEnqueue, promiseOfCall, promiseOfChunkCall } = streams;

  class ReadableStreamDefaultController {
    #controller;

    constructor(token = undefined, controller = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#controller = controller;
    }

    get desiredSize() {
      return this.#controller.desiredSize;
    }

    close() {
      checkCanEnqueue(this.#controller, "ReadableStreamDefaultController.close");
      this.#controller.close();
    }

    enqueue(chunk = undefined) {
      checkCanEnqueue(this.#controller, "ReadableStreamDefaultController.enqueue");
      this.#controller.enqueue(chunk);
    }

    error(error = undefined) {
      this.#controller.fail(error);
    }
  }

  class ReadableStreamBYOBRequest {
    #request;

    constructor(token = undefined, request = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#request = request;
    }

    get view() {
      return this.#request.view;
    }

    respond(bytesWritten) {
      const request = this.#request;
      requireArguments(arguments.length, 1, "ReadableStreamBYOBRequest.respond");
      const written =
        toEnforcedUnsigned(bytesWritten, "ReadableStreamBYOBRequest.respond: the argument");
      const { controller, view } = request;
      if (controller === null) {
        throw new TypeError("ReadableStreamBYOBRequest.respond: the request is not current any more");
      }
      if (ArrayBufferPrototypeGetDetached(viewParts(view).buffer)) {
        throw new TypeError("ReadableStreamBYOBRequest.respond: the buffer of the view is detached");
      }
      controller.respond(written);
    }

    respondWithNewView(view) {
      const request = this.#request;
      const what = "ReadableStreamBYOBRequest.respondWithNewView";
      requireArguments(arguments.length, 1, what);
      toView(view, `${what}: the view`);
      if (request.controller === null) {
        throw new TypeError(`${what}: the request is not current any more`);
      }
      if (ArrayBufferPrototypeGetDetached(viewParts(view).buffer)) {
        throw new TypeError(`${what}: the buffer of the view is detached`);
      }
      request.controller.respondWithNewView(view);
    }
  }

  class ReadableByteStreamController {
    #controller;

    constructor(token = undefined, controller = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#controller = controller;
    }

    get byobRequest() {
      const request = this.#controller.currentRequest();
      if (request === null) {
        return null;
      }
      request.shown ??= new ReadableStreamBYOBRequest(constructToken, request);
      return request.shown;
    }

    get desiredSize() {
      return this.#controller.desiredSize;
    }

    close() {
      checkCanEnqueue(this.#controller, "ReadableByteStreamController.close");
      this.#controller.close();
    }

    enqueue(chunk) {
      const controller = this.#controller;
      const what = "ReadableByteStreamController.enqueue";
      requireArguments(arguments.length, 1, what);
      toView(chunk, `${what}: the chunk`);
      if (viewParts(chunk).byteLength === 0) {
        throw new TypeError(`${what}: the chunk has no bytes`);
      }
      checkCanEnqueue(controller, what);
      controller.enqueue(chunk);
    }

    error(error = undefined) {
      this.#controller.fail(error);
    }
  }

  defineInterface(ReadableStreamDefaultController);
  defineInterface(ReadableByteStreamController);
  defineInterface(ReadableStreamBYOBRequest);

  // The source of the guest: the dictionary UnderlyingSource.
  class GuestSource {
    #object;
    #start;
    #pull;
    #cancel;
    // The controller as the guest sees it.
    #shown;

    constructor(object, start, pull, cancel, controllerClass) {
      this.#object = object;
      this.#start = start;
      this.#pull = pull;
      this.#cancel = cancel;
      this.#shown = controllerClass;
    }

    // The controller has been made.
    attach(controller) {
      const controllerClass = this.#shown;
      this.#shown = new controllerClass(constructToken, controller);
    }

    // Returns what the guest does, as a promise; throws what it throws.
    start() {
      if (this.#start === undefined) {
        return undefined;
      }
      const result = ReflectApply(this.#start, this.#object, [this.#shown]);
      return isObject(result) ? PromiseResolve(result) : undefined;
    }

    pull() {
      return this.#pull === undefined
        ? undefined
        : promiseOfChunkCall(this.#pull, this.#object, [this.#shown]);
    }

    cancel(reason) {
      return this.#cancel === undefined
        ? undefined
        : promiseOfCall(this.#cancel, this.#object, [reason]);
    }
  }

  streams.GuestSource = GuestSource;
  streams.ReadableByteStreamController = ReadableByteStreamController;
  streams.ReadableStreamDefaultController = ReadableStreamDefaultController;
})
