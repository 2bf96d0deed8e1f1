"use strict";
// Warnings of the runtime itself: they go to the log, and to listeners of process.

const { warn } = console;
const log = warn.bind(console);

module.exports = {
  // Takes the place of the log once node:process has been imported.
  listener: log,

  emitWarning(warning) {
    const { listener } = module.exports;
    listener(listener === log ? `${warning.name}: ${warning.message}` : warning);
  },
};
