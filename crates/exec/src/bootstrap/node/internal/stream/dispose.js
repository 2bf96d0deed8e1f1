"use strict";
// The end of `await using`.
const { AbortError } = require("internal/errors");

async function disposed(stream, isOver) {
  let error;
  if (!stream.destroyed) {
    error = isOver ? null : new AbortError();
    stream.destroy(error);
  }
  await new Promise((resolve, reject) => {
    require("internal/stream/finished").eos(stream, (failure) => {
      if (failure && failure !== error && failure.code !== "ERR_STREAM_PREMATURE_CLOSE") {
        reject(failure);
      } else {
        resolve(null);
      }
    });
  });
}

module.exports = { disposed };
