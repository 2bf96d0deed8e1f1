"use strict";
// node:constants: those of other modules in one object.

const { constants } = require("os");

module.exports = {
  ...constants.errno,
  ...constants.priority,
  ...constants.signals,
  ...require("fs").constants,
};
