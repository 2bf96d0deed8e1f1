// The handlers of a script, as methods of its default export or as listeners
// of the global scope, and the dispatch of requests to them.
(function (internals) {
  "use strict";
  const {
    JSONParse, JSONStringify, PromisePrototypeThen, PromiseResolve, ReflectApply,
    ReflectConstruct, ReflectGetOwnPropertyDescriptor, ReflectGetPrototypeOf, ReflectOwnKeys, TypeError,
    global, viewClasses,
  } = internals.primordials;
  const { DOMException } = internals;
  const { abortSignal } = internals.abort;
  const { Event, setTrusted } = internals.event;
  const { dispatch, hasListeners } = internals.eventTarget;
  const { begin, find, finish, waitUntil } = internals.requests;
  const { fromIncoming } = internals.request;
  const { isResponse, send } = internals.response;
  const {
    constructToken, defineHidden, defineInterface, defineTag, illegalConstructor, isObject,
    requireArguments, toDOMString, toDictionary,
  } = internals.webidl;
  const { describeValue } = internals.exports;
  const { complete } = internals.host;
  const { fail: hostFail, reportUnhandled } = internals.thrown;

  const FETCH = 1;
  const SCHEDULED = 2;
  const TASK = 4;
  const CALL = 8;

  // What an event that the runtime dispatches stands for.
  class Call {
    state;
    // Listeners are running: respondWith is possible.
    open = true;
    answered = false;
    answer = undefined;
    failed = false;
    error = undefined;

    constructor(state) {
      this.state = state;
    }
  }

  let attach;
  let respondWith;

  class ExtendableEvent extends Event {
    // null if a script made the event.
    #call = null;

    waitUntil(promise) {
      const call = this.#call;
      requireArguments(arguments.length, 1, "ExtendableEvent.waitUntil");
      if (call === null) {
        throw new DOMException("waitUntil: the event is not in dispatch", "InvalidStateError");
      }
      waitUntil(call.state, promise);
    }

    static {
      attach = (event, call) => {
        event.#call = call;
      };
      respondWith = (event, value) => {
        const call = event.#call;
        if (call === null || !call.open || call.answered) {
          throw new DOMException(
            "respondWith must be called once, before the listener returns", "InvalidStateError",
          );
        }
        call.answered = true;
        call.answer = value;
      };
    }
  }

  class FetchEvent extends ExtendableEvent {
    #request;

    constructor(type, eventInitDict) {
      requireArguments(arguments.length, 2, "FetchEvent constructor");
      super(type, eventInitDict);
      this.#request = toDictionary(eventInitDict, "The event init").request;
    }

    get request() {
      return this.#request;
    }

    respondWith(response) {
      requireArguments(arguments.length, 1, "FetchEvent.respondWith");
      respondWith(this, response);
    }

    passThroughOnException() {
      this.#request;
    }
  }

  class ScheduledEvent extends ExtendableEvent {
    #scheduledTime;
    #cron;

    constructor(type, eventInitDict = undefined) {
      requireArguments(arguments.length, 1, "ScheduledEvent constructor");
      super(type, eventInitDict);
      const { cron = "", scheduledTime = 0 } = toDictionary(eventInitDict, "The event init");
      this.#scheduledTime = +scheduledTime;
      this.#cron = toDOMString(cron);
    }

    get scheduledTime() {
      return this.#scheduledTime;
    }

    get cron() {
      return this.#cron;
    }
  }

  class TaskEvent extends ExtendableEvent {
    #id;
    #payload;
    #attempt;

    constructor(type, eventInitDict = undefined) {
      requireArguments(arguments.length, 1, "TaskEvent constructor");
      super(type, eventInitDict);
      const { attempt = 0, id = "", payload } = toDictionary(eventInitDict, "The event init");
      this.#id = toDOMString(id);
      this.#payload = payload;
      this.#attempt = +attempt;
    }

    get id() {
      return this.#id;
    }

    get payload() {
      return this.#payload;
    }

    get attempt() {
      return this.#attempt;
    }

    // The result of the task.
    respondWith(result) {
      requireArguments(arguments.length, 1, "TaskEvent.respondWith");
      respondWith(this, result);
    }
  }

  // The third argument of a handler.
  class ExecutionContext {
    #state;
    props = {};

    constructor(state, token) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#state = state;
    }

    waitUntil(promise) {
      const state = this.#state;
      requireArguments(arguments.length, 1, "ExecutionContext.waitUntil");
      waitUntil(state, promise);
    }

    passThroughOnException() {}
  }

  defineInterface(ExtendableEvent);
  defineInterface(FetchEvent);
  defineInterface(ScheduledEvent);
  defineInterface(TaskEvent);
  defineTag(ExecutionContext.prototype, "ExecutionContext");

  let env;
  // Object with the handlers; null for a script that uses listeners.
  let handlers = null;
  // The namespace of the module, whose functions can be called.
  let functions = null;

  function setup(variables, longestJson, bindings, nodejsCompat) {
    env = variables;
    // V8 adds what is new in the language to a context when it is restored, and not to the snapshot.
    viewClasses.Float16Array = global.Float16Array;
    internals.bindings.install(env, bindings);
    internals.json.limitTo(longestJson);
    internals.wasmStreaming.setup();
    if (nodejsCompat) {
      internals.builtIns.installGlobals();
    }
  }

  // Makes the environment global variables.
  function exposeEnv() {
    const keys = ReflectOwnKeys(env);
    for (let i = 0; i < keys.length; i++) {
      const existing = ReflectGetOwnPropertyDescriptor(global, keys[i]);
      if (existing === undefined || existing.configurable) {
        defineHidden(global, keys[i], env[keys[i]]);
      }
    }
  }

  // The class WorkerEntrypoint, once it has been imported.
  let entrypoint = null;
  const MAX_HOPS = 100;

  function setEntrypoint(constructor) {
    entrypoint = constructor;
  }

  function isEntrypoint(exported) {
    let parent = entrypoint === null ? null : ReflectGetPrototypeOf(exported);
    for (let hops = 0; parent !== null && parent !== entrypoint && hops < MAX_HOPS; hops++) {
      parent = ReflectGetPrototypeOf(parent);
    }
    return parent !== null && parent === entrypoint;
  }

  // Each event has an object of the class.
  function bindEntrypoint(exported) {
    const { prototype } = exported;
    const make = (context) => ReflectConstruct(exported, [context, env]);
    handlers = {
      fetch: (request, variables, context) => make(context).fetch(request),
      scheduled: (controller, variables, context) => make(context).scheduled(controller),
      task: (task, variables, context) => make(context).task(task),
    };
    return maskOf(
      typeof prototype.fetch === "function",
      typeof prototype.scheduled === "function",
      typeof prototype.task === "function",
    );
  }

  const maskOf = (hasFetch, hasScheduled, hasTask) =>
    (hasFetch ? FETCH : 0) | (hasScheduled ? SCHEDULED : 0) | (hasTask ? TASK : 0);

  // Whether a module exports functions to be called by the host. One that bears
  // the name of a handler was meant for that.
  function exportsFunctions(namespace) {
    const keys = ReflectOwnKeys(namespace);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const isHandler =
        key === "default" || key === "fetch" || key === "scheduled" || key === "task";
      if (!isHandler && typeof namespace[key] === "function") {
        return true;
      }
    }
    return false;
  }

  // A default export without handlers is a mistake, whatever else there is.
  function bindModule(exported, namespace) {
    const mask = bindHandlers(exported);
    if ((mask === 0 && exported !== undefined) || !exportsFunctions(namespace)) {
      return mask;
    }
    functions = namespace;
    return mask | CALL;
  }

  function bindHandlers(exported) {
    if (typeof exported === "function" && isEntrypoint(exported)) {
      return bindEntrypoint(exported);
    }
    if (typeof exported === "function") {
      handlers = { fetch: (request, variables, context) => exported(request, variables, context) };
      return FETCH;
    }
    if (!isObject(exported)) {
      return 0;
    }
    handlers = exported;
    return maskOf(
      typeof exported.fetch === "function",
      typeof exported.scheduled === "function",
      typeof exported.task === "function",
    );
  }

  function bindEvents() {
    return maskOf(
      hasListeners(global, "fetch"),
      hasListeners(global, "scheduled"),
      hasListeners(global, "task"),
    );
  }

  function fail(state, error) {
    if (!state.finished && !state.done) {
      hostFail(state.id, error);
      finish(state);
    }
  }

  // The functions that give a handler's value to the host. They throw if the
  // value is not right.

  function deliverResponse(state, value) {
    if (!isResponse(value)) {
      const what = handlers === null ? "respondWith() was given" : "fetch() returned";
      const hint = value === undefined && handlers !== null ? " (is a return missing?)" : "";
      throw new TypeError(`${what} ${describeValue(value)}, not a Response${hint}`);
    }
    send(value, state);
  }

  function deliverNothing(state) {
    complete(state.id, undefined);
  }

  function deliverResult(state, value) {
    complete(state.id, JSONStringify(value) ?? "null");
  }

  function deliver(state, value, how) {
    if (state.done) {
      return;
    }
    try {
      how(state, value);
      finish(state);
    } catch (error) {
      fail(state, error);
    }
  }

  // Delivers what a handler returned, at once if it need not be awaited.
  function settle(state, value, how) {
    if (isResponse(value)) {
      deliver(state, value, how);
      return;
    }
    PromisePrototypeThen(
      PromiseResolve(value),
      (result) => deliver(state, result, how),
      (error) => fail(state, error),
    );
  }

  function fireEvent(state, event, how) {
    const call = new Call(state);
    attach(event, call);
    setTrusted(event);
    dispatch(global, event, (error) => {
      if (call.failed || call.answered) {
        reportUnhandled(error);
      } else {
        call.failed = true;
        call.error = error;
      }
    });
    call.open = false;
    if (call.answered) {
      settle(state, call.answer, how);
    } else if (call.failed) {
      fail(state, call.error);
    } else if (how === deliverResponse) {
      fail(state, new TypeError("No listener of the fetch event called respondWith"));
    } else {
      deliver(state, undefined, how);
    }
  }

  const contextOf = (state) => new ExecutionContext(state, constructToken);

  function dispatchFetch(requestId, method, url, headersText, bytes) {
    const state = begin(requestId);
    try {
      const request = fromIncoming(state, method, url, headersText, bytes);
      if (handlers !== null) {
        settle(state, handlers.fetch(request, env, contextOf(state)), deliverResponse);
      } else {
        fireEvent(state, new FetchEvent("fetch", { __proto__: null, request }), deliverResponse);
      }
    } catch (error) {
      fail(state, error);
    }
  }

  function dispatchScheduled(requestId, cron, scheduledTime) {
    const state = begin(requestId);
    try {
      if (handlers !== null) {
        const controller = { scheduledTime, cron, type: "scheduled" };
        settle(state, handlers.scheduled(controller, env, contextOf(state)), deliverNothing);
      } else {
        const init = { __proto__: null, scheduledTime, cron };
        fireEvent(state, new ScheduledEvent("scheduled", init), deliverNothing);
      }
    } catch (error) {
      fail(state, error);
    }
  }

  function dispatchTask(requestId, id, payloadJson, attempt) {
    const state = begin(requestId);
    try {
      const payload = typeof payloadJson === "string" ? JSONParse(payloadJson) : undefined;
      if (handlers !== null) {
        const task = { id, payload, attempt, type: "task" };
        settle(state, handlers.task(task, env, contextOf(state)), deliverResult);
      } else {
        const init = { __proto__: null, id, payload, attempt };
        fireEvent(state, new TaskEvent("task", init), deliverResult);
      }
    } catch (error) {
      fail(state, error);
    }
  }

  // Calls an exported function. Returns whether there is such a one.
  function dispatchCall(requestId, name, argumentsJson) {
    const exported = functions === null ? undefined : functions[name];
    if (typeof exported !== "function") {
      return false;
    }
    const state = begin(requestId);
    try {
      const self = { env, ctx: contextOf(state) };
      settle(state, ReflectApply(exported, self, JSONParse(argumentsJson)), deliverResult);
    } catch (error) {
      fail(state, error);
    }
    return true;
  }

  // The client went away.
  function abortRequest(requestId, message) {
    const state = find(requestId);
    if (state !== undefined && state.abortReason === null) {
      state.abortReason = new DOMException(message, "AbortError");
      if (state.signal !== null) {
        abortSignal(state.signal, state.abortReason);
      }
    }
  }

  internals.workerEvents = {
    __proto__: null,
    abortRequest,
    bindEvents,
    bindModule,
    dispatchCall,
    dispatchFetch,
    dispatchScheduled,
    dispatchTask,
    environment: () => env,
    exposeEnv,
    setEntrypoint,
    setup,
  };
})
