"use strict";
// cloudflare:workers

const { ReflectApply, TypeError } = primordials;
const { current, waitUntil } = internals.requests;
const { environment, setEntrypoint } = internals.workerEvents;

// A default export that extends it has its handlers called on an object that is made for each event.
class WorkerEntrypoint {
  constructor(ctx, env) {
    this.ctx = ctx;
    this.env = env;
  }
}

// Objects with methods that others call by RPC, which there is none of: those of one worker are.
class RpcTarget {}

function notHere(name, what) {
  const { [name]: Class } = {
    [name]: class {
      constructor() {
        throw new TypeError(`${name} is not available here: there are no ${what}`);
      }
    },
  };
  return Class;
}

setEntrypoint(WorkerEntrypoint);

module.exports = {
  DurableObject: notHere("DurableObject", "durable objects"),
  RpcPromise: notHere("RpcPromise", "remote calls"),
  RpcProperty: notHere("RpcProperty", "remote calls"),
  RpcStub: notHere("RpcStub", "remote calls"),
  RpcTarget,
  ServiceStub: notHere("ServiceStub", "service bindings"),
  WorkerEntrypoint,
  WorkflowEntrypoint: notHere("WorkflowEntrypoint", "workflows"),
  env: environment(),
  waitUntil(promise) {
    const state = current("waitUntil");
    if (state === undefined) {
      throw new TypeError("waitUntil: the request has already ended");
    }
    ReflectApply(waitUntil, undefined, [state, promise]);
  },
  withEnv: () => {
    throw new TypeError("withEnv is not available here");
  },
};
