// Installs the globals and returns the functions the host calls.
//
// The files of the bootstrap, in the order they are run in, are listed in
// files.txt. Each is one function expression, called with the same object
// `internals` at the time the startup snapshot is built. `internals.host` has
// the functions of the host, which must not be called before the snapshot is
// restored. Neither `internals`, `host` nor the returned object may ever reach
// guest code.
(function (internals) {
  "use strict";
  const { global } = internals.primordials;
  const { defineHidden, defineOperation } = internals.webidl;
  const { errorEvents, globals, requests, thrown, timers, workerEvents } = internals;

  // By Web IDL operations and attributes are enumerable, interfaces and namespaces are not. Those that are
  // defined later likewise: see host/lazy_globals.rs.
  for (const name of Object.keys(globals)) {
    const isMember = name[0] >= "a" && name[0] <= "z";
    (isMember ? defineOperation : defineHidden)(global, name, globals[name]);
  }
  defineOperation(global, "self", global);

  return {
    __proto__: null,
    abortRequest: workerEvents.abortRequest,
    bindEvents: workerEvents.bindEvents,
    bindModule: workerEvents.bindModule,
    builtIn: internals.builtIns.load,
    bodyEvent: internals.hostBody.event,
    describeThrown: thrown.describe,
    dispatchCall: workerEvents.dispatchCall,
    dispatchFetch: workerEvents.dispatchFetch,
    dispatchScheduled: workerEvents.dispatchScheduled,
    dispatchTask: workerEvents.dispatchTask,
    endRequest: requests.end,
    exposeEnv: workerEvents.exposeEnv,
    fireTimer: timers.fire,
    inherit: timers.inherit,
    listExports: internals.exports.listExports,
    loadGlobal: internals.parts.loadGlobal,
    pendingWaitUntil: requests.pendingWaitUntil,
    prepareStack: internals.stacks.prepare,
    rejectionHandled: errorEvents.rejectionHandled,
    runTask: internals.tasks.run,
    settleBinding: internals.bindings.settle,
    settleComputed: internals.computed.settle,
    settleFetch: internals.fetch.settle,
    settleRead: internals.hostBody.settleRead,
    setup: workerEvents.setup,
    unhandledRejection: errorEvents.unhandledRejection,
  };
})
