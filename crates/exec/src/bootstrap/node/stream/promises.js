"use strict";
// node:stream/promises
require("stream");
const { finished } = require("internal/stream/finished");
const { pipelineOf } = require("internal/stream/pipeline");

module.exports = { finished, pipeline: pipelineOf };
