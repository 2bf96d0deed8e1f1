"use strict";
// cloudflare:sockets

module.exports = {
  connect() {
    throw new TypeError("cloudflare:sockets is not available here: a worker connects with fetch()");
  },
};
