"use strict";
// What node:events tells of an EventTarget.

const { listenersOf } = internals.eventTarget;

module.exports = { listenersOf };
