// navigator: the same on every host, which is nobody's business.
(function (internals) {
  "use strict";
  const { ObjectFreeze } = internals.primordials;
  const { constructToken, defineInterface, illegalConstructor } = internals.webidl;

  const LANGUAGES = ObjectFreeze(["en-US"]);

  class Navigator {
    #brand = true;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
    }

    get userAgent() {
      this.#brand;
      return "isolate-pool";
    }

    get platform() {
      this.#brand;
      return "Linux x86_64";
    }

    // A request has one thread.
    get hardwareConcurrency() {
      this.#brand;
      return 1;
    }

    // What Intl goes by if it is not told otherwise.
    get language() {
      this.#brand;
      return "en-US";
    }

    get languages() {
      this.#brand;
      return LANGUAGES;
    }
  }

  defineInterface(Navigator);
  internals.globals.navigator = new Navigator(constructToken);
})
