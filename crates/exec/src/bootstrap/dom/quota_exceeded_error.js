// QuotaExceededError, the DOMException that can say how much there is and how much was asked for.
(function (internals) {
  "use strict";
  const { NumberIsFinite, RangeError, TypeError } = internals.primordials;
  const { DOMException } = internals;
  const { defineInterface, toDOMString, toDictionary } = internals.webidl;

  const NAME = "QuotaExceededError";

  // The member of the options, a finite number that is not negative; null for none.
  function toAmount(value, what) {
    if (value === undefined) {
      return null;
    }
    const number = +value;
    if (!NumberIsFinite(number)) {
      throw new TypeError(`${NAME} constructor: the ${what} is not finite`);
    }
    if (number < 0) {
      throw new RangeError(`${NAME} constructor: the ${what} is negative`);
    }
    return number;
  }

  let copy;

  class QuotaExceededError extends DOMException {
    #quota = null;
    #requested = null;

    constructor(message = "", options = undefined) {
      const text = toDOMString(message);
      const { quota, requested } = toDictionary(options, `${NAME} constructor: the options`);
      super(text, NAME);
      this.#quota = toAmount(quota, "quota");
      this.#requested = toAmount(requested, "requested amount");
      if (this.#quota !== null && this.#requested !== null && this.#requested < this.#quota) {
        throw new RangeError(`${NAME} constructor: the requested amount is within the quota`);
      }
    }

    get quota() {
      return this.#quota;
    }

    get requested() {
      return this.#requested;
    }

    static {
      // The copy of an object that is one, with this message; undefined for any other.
      copy = (object, message) => {
        if (!(#quota in object)) {
          return undefined;
        }
        const error = new QuotaExceededError(message);
        error.#quota = object.#quota;
        error.#requested = object.#requested;
        return error;
      };
    }
  }

  defineInterface(QuotaExceededError);
  internals.quotaExceeded = { __proto__: null, QuotaExceededError, copy };
})
