function NAME(decorators) {
  const { Error, Object, Reflect, Symbol, TypeError } = globalThis;
  const KINDS = ["method", "getter", "setter", "field", "accessor"], STATIC = 8, PRIVATE = 16;
  const ofMetadata = Symbol.metadata ?? Symbol.for("Symbol.metadata"), spare = Symbol();
  const elements = [], keys = [], ofMethods = [[], []], ofClass = [];
  let metadata, held, owner, entered, steps, bodies, next = 0, later;
  const run = (initializers, self) => {
    for (let i = 0; i < initializers.length; i++) Reflect.apply(initializers[i], self, []);
  };
  const fail = (message, below) => {
    const error = new TypeError(message);
    Error.captureStackTrace(error, below);
    throw error;
  };
  const callable = (value, what) => {
    if (value !== undefined && typeof value !== "function") fail(`${what} has to be a function or undefined`, entered);
    return value;
  };
  const asKey = (key) => (typeof key === "string" || typeof key === "symbol" ? key : Reflect.ownKeys({ [key]: 0 })[0]);
  const prepare = (C) => {
    metadata ??= Object.create(Object.getPrototypeOf(C)?.[ofMetadata] ?? null);
  };
  const publish = (C) => {
    Object.defineProperty(C, ofMetadata, { value: metadata, writable: true, enumerable: true, configurable: true });
  };
  const decorate = (decorators, about, initializers, value, take) => {
    for (let i = decorators.length - 1; i > 0; i -= 2) {
      let open = true;
      const context = { ...about };
      if (about.access) context.access = { ...about.access };
      context.metadata = metadata;
      const addInitializer = (initializer) => {
        if (!open) fail("addInitializer cannot be called after the decoration has finished", addInitializer);
        if (typeof initializer !== "function") fail("an initializer has to be a function", addInitializer);
        initializers.push(initializer);
      };
      context.addInitializer = addInitializer;
      if (typeof decorators[i] !== "function") fail(`a decorator of ${about.kind} ${String(about.name)} is not a function`, entered);
      try {
        take(Reflect.apply(decorators[i], decorators[i - 1], [value(), context]));
      } finally {
        open = false;
      }
    }
  };
  const apply = (element, home, access, holder) => {
    const { flags, key, initializers } = element, kind = KINDS[flags & 7], isStatic = (flags & STATIC) > 0;
    const slot = kind === "getter" ? "get" : kind === "setter" ? "set" : "value";
    const descriptor = kind === "field" ? undefined : Object.getOwnPropertyDescriptor(holder ?? home, key);
    access ||= { has: (o) => key in o, get: (o) => o[key], set: (o, value) => { o[key] = value; } };
    const about = { kind, name: key, static: isStatic, private: (flags & PRIVATE) > 0, access: { has: access.has } };
    if (kind !== "setter") about.access.get = access.get;
    if (kind !== "method" && kind !== "getter") about.access.set = access.set;
    const own = kind === "field" || kind === "accessor" ? element.extra : ofMethods[+isStatic];
    const value = () => {
      if (kind === "accessor") return { get: descriptor.get, set: descriptor.set };
      return kind === "field" ? undefined : descriptor[slot];
    };
    decorate(element.decorators, about, own, value, (result) => {
      if (kind === "field") {
        if (callable(result, "what the decorator of a field returns")) initializers.unshift(result);
      } else if (kind !== "accessor") {
        descriptor[slot] = callable(result, `what the decorator of a ${kind} returns`) ?? descriptor[slot];
      } else if (result !== undefined) {
        if (Object(result) !== result) fail("what the decorator of an accessor returns has to be an object or undefined", entered);
        const { get, set, init } = result;
        descriptor.get = callable(get, "the `get` of a decorator") ?? descriptor.get;
        descriptor.set = callable(set, "the `set` of a decorator") ?? descriptor.set;
        if (callable(init, "the `init` of a decorator")) initializers.unshift(init);
      }
    });
    if (holder) element.descriptor = descriptor;
    else if (descriptor) Object.defineProperty(home, key, descriptor);
  };
  const initial = (at, self, value) => {
    const { initializers } = elements[at];
    for (let i = 0; i < initializers.length; i++) value = Reflect.apply(initializers[i], self, [value]);
    return value;
  };
  const finishLast = (self) => {
    const initializers = later ?? [];
    later = undefined;
    run(initializers, self);
  };
  const state = {
    spare,
    initial,
    Stamp: function (object) { return object; },
    hold(C) { held = C; return spare; },
    held: () => held,
    owner: () => owner,
    element(flags, decorators, key) {
      key = asKey(key);
      elements.push({ flags, decorators, key, initializers: [], extra: [] });
      return key;
    },
    keyOf: (at) => elements[at].key,
    keep: (at, key) => (keys[at] = asKey(key)),
    kept: (at) => keys[at],
    parent: (object) => Object.getPrototypeOf(object),
    apply(C, privates, whole) {
      delete C[spare];
      owner = C;
      entered = state.apply;
      prepare(C);
      const parts = new globalThis.Map(privates);
      for (const wanted of [[true, false], [false, false], [true, true], [false, true]]) {
        for (let at = 0; at < elements.length; at++) {
          const { flags } = elements[at], isStatic = (flags & STATIC) > 0;
          if (isStatic !== wanted[0] || ((flags & 7) === 3) !== wanted[1]) continue;
          apply(elements[at], isStatic ? C : C.prototype, ...(parts.get(at) ?? []));
        }
      }
      if (whole) {
        if (elements.length > 0) publish(C);
        run(ofMethods[1], C);
      }
    },
    methods(self) { run(ofMethods[0], self); },
    extra(at, self) { run(elements[at].extra, self); },
    value: (at) => elements[at].descriptor.value,
    get: (at, self) => Reflect.apply(elements[at].descriptor.get, self, []),
    set(at, self, value) { Reflect.apply(elements[at].descriptor.set, self, [value]); },
    steps(of, methods) { steps = of; bodies = methods; },
    step(upTo, self) {
      let value;
      while (next <= upTo) {
        finishLast(self);
        const at = next++, [what, which] = steps[at];
        value = Reflect.apply(bodies[at], self, []);
        if (what === "decorated" || what === "decorated private") {
          value = initial(which, self, value);
          later = elements[which].extra;
        }
        if (what === "decorated" || what === "field") {
          const key = what === "field" ? which : elements[which].key;
          Object.defineProperty(self, key, { value, writable: true, enumerable: true, configurable: true });
        }
      }
      return value;
    },
    decorate(C, name) {
      entered = state.decorate;
      prepare(C);
      decorate(decorators, { kind: "class", name }, ofClass, () => C, (result) => {
        C = callable(result, "what the decorator of a class returns") ?? C;
      });
      publish(C);
      return (owner = C);
    },
    finish(C, Stamped) {
      run(ofMethods[1], C);
      if (Stamped) new Stamped(C);
      if (steps) state.step(steps.length - 1, C);
      finishLast(C);
      run(ofClass, C);
      return C;
    },
  };
  return state;
}
