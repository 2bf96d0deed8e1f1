// ProgressEvent, of the XMLHttpRequest standard.
(function (internals) {
  "use strict";
  const { Event } = internals.event;
  const { defineInterface, requireArguments, toDictionary } = internals.webidl;

  // A double; what is no number is 0.
  const toAmount = (value) => (value === undefined ? 0 : +value || 0);

  class ProgressEvent extends Event {
    #lengthComputable;
    #loaded;
    #total;

    constructor(type, eventInitDict = undefined) {
      requireArguments(arguments.length, 1, "ProgressEvent constructor");
      super(type, eventInitDict);
      const init = toDictionary(eventInitDict, "The event init");
      this.#lengthComputable = !!init.lengthComputable;
      this.#loaded = toAmount(init.loaded);
      this.#total = toAmount(init.total);
    }

    get lengthComputable() {
      return this.#lengthComputable;
    }

    get loaded() {
      return this.#loaded;
    }

    get total() {
      return this.#total;
    }
  }

  defineInterface(ProgressEvent);

  internals.progressEvent = { __proto__: null, ProgressEvent };
})
