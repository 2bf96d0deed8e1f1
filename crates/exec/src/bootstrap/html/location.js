// location: a worker has no URL of its own, and says that it is the file which process.argv names.
// What Emscripten makes asks for it wherever there is a WorkerGlobalScope.
(function (internals) {
  "use strict";
  const { constructToken, defineInterface, illegalConstructor } = internals.webidl;

  class WorkerLocation {
    #brand = true;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
    }

    get href() {
      this.#brand;
      return "file:///worker";
    }

    toString() {
      this.#brand;
      return "file:///worker";
    }

    // That of a file is opaque.
    get origin() {
      this.#brand;
      return "null";
    }

    get protocol() {
      this.#brand;
      return "file:";
    }

    get host() {
      this.#brand;
      return "";
    }

    get hostname() {
      this.#brand;
      return "";
    }

    get port() {
      this.#brand;
      return "";
    }

    get pathname() {
      this.#brand;
      return "/worker";
    }

    get search() {
      this.#brand;
      return "";
    }

    get hash() {
      this.#brand;
      return "";
    }
  }

  defineInterface(WorkerLocation);
  internals.globals.location = new WorkerLocation(constructToken);
})
