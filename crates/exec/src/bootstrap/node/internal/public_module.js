"use strict";
// Built-in modules for worker code that asks for them by name.

const { builtInFind } = internals.host;
const { load } = internals.builtIns;

module.exports = {
  // The exports of the module that a specifier names; undefined if there is none.
  get(specifier) {
    const name = builtInFind(specifier);
    return name === undefined ? undefined : load(name);
  },
  has: (specifier) => builtInFind(specifier) !== undefined,
};
