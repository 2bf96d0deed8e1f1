//! What V8 itself costs: the same work without a pool, a queue of turns, limits or Web APIs.

use isolate::v8::script_compiler::{self, CachedData, CompileOptions, NoCacheReason, Source};
use isolate::{LockerManagedIsolate, v8};

/// As little JavaScript as can stand for a worker and what it gets from its host: the handler, and classes for what goes
/// in and comes out, with headers.
const SOURCE: &str = "
    (() => {
        class Headers {
            #entries = new Map();
            constructor(init = []) {
                for (const [name, value] of init) this.#entries.set(name.toLowerCase(), `${value}`);
            }
            get(name) { return this.#entries.get(name.toLowerCase()) ?? null }
            set(name, value) { this.#entries.set(name.toLowerCase(), `${value}`) }
            [Symbol.iterator]() { return this.#entries[Symbol.iterator]() }
        }
        class Request {
            #url; #method; #headers;
            constructor(url, init = {}) {
                this.#url = url;
                this.#method = init.method ?? 'GET';
                this.#headers = new Headers(init.headers);
            }
            get url() { return this.#url }
            get method() { return this.#method }
            get headers() { return this.#headers }
        }
        class Response {
            #body; #status; #headers;
            constructor(body, init = {}) {
                this.#body = body;
                this.#status = init.status ?? 200;
                this.#headers = new Headers(init.headers);
                if (typeof body === 'string' && this.#headers.get('content-type') === null) {
                    this.#headers.set('content-type', 'text/plain;charset=UTF-8');
                }
            }
            get body() { return this.#body }
            get status() { return this.#status }
            get headers() { return this.#headers }
        }
        const worker = { HANDLER };
        return [
            (method, url) => worker.fetch(new Request(url, { method, headers: [] })),
            response => [response.status, response.body, [...response.headers].flat()].flat(),
        ];
    })()
";

/// The handler of [`BareWorker::new`], as a method.
const HANDLER: &str = "async fetch(request) { return new Response('hello from ' + request.url) }";

/// An isolate as V8 makes it, from its built-in snapshot.
pub fn new_isolate() -> v8::SharedIsolate {
    let mut isolate = v8::Isolate::new(v8::CreateParams::default());
    isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
    #[allow(unsafe_code, reason = "the only way to an isolate behind a locker that is nothing but that")]
    // SAFETY: nothing has been put on the isolate but a policy, and no handle was made: there is nothing on it that
    // would have to be `Send`.
    let shared = unsafe { isolate.try_into_shared() };
    shared.unwrap_or_else(|error| panic!("a new isolate can be shared: {error}"))
}

/// The isolate without what this project adds to its lock.
pub fn shared(managed: &LockerManagedIsolate) -> &v8::SharedIsolate {
    #[allow(unsafe_code, reason = "what is measured bare is what safe code does not get")]
    // SAFETY: the benches put nothing on an isolate, and enter one at a time.
    unsafe {
        managed.isolate()
    }
}

/// Creates a context, from the snapshot of the isolate if it has one, and lets go of it.
pub fn new_context(isolate: &v8::SharedIsolate) {
    let mut lock = isolate.lock();
    v8::scope!(let scope, &mut *lock);
    std::hint::black_box(v8::Context::new(scope, v8::ContextOptions::default()));
}

/// A worker that is one context and two functions.
pub struct BareWorker {
    context: v8::Global<v8::Context>,
    fetch: v8::Global<v8::Function>,
    parts: v8::Global<v8::Function>,
}

impl BareWorker {
    /// Evaluates the worker in a new context of `isolate`.
    pub fn new(isolate: &v8::SharedIsolate) -> Self {
        Self::with_handler(isolate, HANDLER)
    }

    /// The same with another handler: a method `fetch`, whose promise is fulfilled by microtasks alone.
    pub fn with_handler(isolate: &v8::SharedIsolate, handler: &str) -> Self {
        let mut lock = isolate.lock();
        v8::scope!(let scope, &mut *lock);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        let source = v8::String::new(scope, &SOURCE.replace("HANDLER", handler)).expect("a short string");
        let script = v8::Script::compile(scope, source, None).expect("the source is sound");
        let functions = script.run(scope).expect("the source does not throw");
        let functions = v8::Local::<v8::Array>::try_from(functions).expect("the source makes an array");
        let function = |index| {
            let function = functions.get_index(scope, index).expect("two functions");
            let function = v8::Local::<v8::Function>::try_from(function).expect("a function");
            v8::Global::new(scope, function)
        };
        let (fetch, parts) = (function(0), function(1));
        Self { context: v8::Global::new(scope, context), fetch, parts }
    }

    /// One request: lock, call, microtasks, answer, unlock. Returns the size of the answer.
    pub fn call(&self, isolate: &v8::SharedIsolate) -> usize {
        self.answer(&mut isolate.lock()).iter().map(String::len).sum()
    }

    /// One request on an isolate that is locked. Returns the body of the answer, and name and value of each header.
    pub fn answer(&self, isolate: &mut v8::Isolate) -> Vec<String> {
        v8::scope!(let scope, isolate);
        let context = v8::Local::new(scope, &self.context);
        let scope = &mut v8::ContextScope::new(scope, context);
        let this = v8::undefined(scope).into();
        let method = v8::String::new(scope, "GET").expect("a short string");
        let url = v8::String::new(scope, "http://example.com/").expect("a short string");
        let fetch = v8::Local::new(scope, &self.fetch);
        let promise =
            fetch.call(scope, this, &[method.into(), url.into()]).expect("the handler does not throw");
        let promise = v8::Local::<v8::Promise>::try_from(promise).expect("the handler is async");
        scope.perform_microtask_checkpoint();
        assert_eq!(promise.state(), v8::PromiseState::Fulfilled);
        let response = promise.result(scope);
        let parts = v8::Local::new(scope, &self.parts);
        let parts = parts.call(scope, this, &[response]).expect("getters");
        let parts = v8::Local::<v8::Array>::try_from(parts).expect("an array");
        let status = parts.get_index(scope, 0).and_then(|status| status.uint32_value(scope));
        assert_eq!(status, Some(200));
        let texts = (1..parts.length()).filter_map(|index| parts.get_index(scope, index));
        texts.map(|text| text.to_rust_string_lossy(scope)).collect()
    }
}

/// A large [program](crate::program) that is evaluated again and again, with the code that it has used before.
pub struct BareProgram {
    source: String,
    code: Vec<u8>,
}

impl BareProgram {
    /// Evaluates it once.
    pub fn prepare() -> Self {
        let mut program = Self { source: crate::program::source() + "page", code: Vec::new() };
        program.code = program.evaluated(&new_isolate(), |scope, script, page| {
            page.call(scope, v8::undefined(scope).into(), &[]).expect("a page");
            script.create_code_cache().expect("code of a script").to_vec()
        });
        program
    }

    /// Evaluates it in a new context of `isolate`, and has it render a page. Returns its length.
    pub fn cycle(&self, isolate: &v8::SharedIsolate) -> usize {
        self.evaluated(isolate, |scope, _, page| {
            let page = page.call(scope, v8::undefined(scope).into(), &[]).expect("a page");
            page.to_rust_string_lossy(scope).len()
        })
    }

    fn evaluated<T>(
        &self,
        isolate: &v8::SharedIsolate,
        then: impl FnOnce(&mut v8::PinScope<'_, '_>, &v8::UnboundScript, v8::Local<'_, v8::Function>) -> T,
    ) -> T {
        let mut lock = isolate.lock();
        v8::scope!(let scope, &mut *lock);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        let source = v8::String::new_from_one_byte(scope, self.source.as_bytes(), v8::NewStringType::Normal);
        let source = source.expect("a text that V8 has room for");
        let (mut source, options) = if self.code.is_empty() {
            (Source::new(source, None), CompileOptions::NoCompileOptions)
        } else {
            let code = CachedData::new(&self.code);
            (Source::new_with_cached_data(source, None, code), CompileOptions::ConsumeCodeCache)
        };
        let script =
            script_compiler::compile_unbound_script(scope, &mut source, options, NoCacheReason::NoReason)
                .expect("the program is sound");
        assert!(source.get_cached_data().is_none_or(|code| !code.rejected()), "V8 takes its own code");
        let page = script.bind_to_current_context(scope).run(scope).expect("the program does not throw");
        let page = v8::Local::<v8::Function>::try_from(page).expect("the program ends with a function");
        then(scope, &script, page)
    }
}
