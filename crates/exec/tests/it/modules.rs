//! Code of several modules: what they import of each other, when they are evaluated, what is said of what is wrong.

use std::time::Duration;

use exec::{Module, Script, Termination, TerminationReason, WorkerCode};

use crate::support::{Worker, generous, new_isolate, tight};

fn worker(main: &str, modules: impl IntoIterator<Item = Module>) -> Worker {
    Worker::with_script(script(main, modules))
}

fn script(main: &str, modules: impl IntoIterator<Item = Module>) -> Script {
    Script::from_code(WorkerCode::new(Module::esm("src/main.js", main)).with_modules(modules))
}

/// What a worker answers whose `fetch` returns `expression`, after these `imports`.
async fn answer(imports: &str, expression: &str, modules: impl IntoIterator<Item = Module>) -> String {
    let main = format!(
        "{imports}\nexport default {{ async fetch() {{ return new Response(String({expression})) }} }}"
    );
    worker(&main, modules).text("/").await
}

async fn failure(main: &str, modules: impl IntoIterator<Item = Module>) -> Termination {
    let failure = worker(main, modules).failure("/").await;
    assert_eq!(failure.reason, TerminationReason::InitializationError, "{failure:?}");
    failure
}

fn place(termination: &Termination) -> (String, &str) {
    let location = termination.location.as_deref().unwrap_or_else(|| panic!("no place: {termination:?}"));
    (location.to_string(), &location.excerpt[location.span.clone()])
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_import_each_other_in_a_cycle() {
    let modules = [
        Module::esm(
            "src/a.js",
            "import { b } from './b.js'; export const a = () => 'a' + b; export function seen() { return typeof a }",
        ),
        Module::esm(
            "src/b.js",
            "import { a, seen } from './a.js'; export const b = 'b'; export const early = seen.name; export const later = () => a() + seen() + early",
        ),
    ];
    assert_eq!(answer("import { later } from './b.js'", "later()", modules).await, "abfunctionseen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_evaluated_once_however_it_is_imported() {
    let modules = [
        Module::esm(
            "src/counter.js",
            "globalThis.count = (globalThis.count ?? 0) + 1; export default globalThis.count",
        ),
        Module::esm("src/again.js", "export { default as again } from '../src/counter.js'"),
        Module::esm("lib/alias.js", "import n from '#counter'; export const third = n")
            .with_import("#counter", "src/counter.js"),
    ];
    let imports = "import one from './counter.js'; import { again } from './again.js';
        import { third } from '/lib/alias.js'";
    let expression = "[one, again, third, (await import('./counter.js')).default,
        (await import(import.meta.resolve('./counter.js'))).default, globalThis.count]";
    assert_eq!(answer(imports, expression, modules).await, "1,1,1,1,1,1");
}

#[tokio::test(flavor = "multi_thread")]
async fn top_level_await_goes_across_modules() {
    let modules = [
        Module::esm(
            "src/slow.js",
            "order.push('slow begins'); await 0; await 0; order.push('slow ends'); export const slow = 1",
        ),
        Module::esm("src/fast.js", "order.push('fast'); export const fast = 2"),
        Module::esm("src/order.js", "globalThis.order = []"),
    ];
    let imports = "import './order.js'; import { slow } from './slow.js'; import { fast } from './fast.js';
        order.push('main ' + (slow + fast))";
    let order = answer(imports, "order.join()", modules).await;
    assert_eq!(order, "slow begins,fast,slow ends,main 3");
    let stuck = failure(
        "import './a.js'; export default {}",
        [Module::esm("src/a.js", "\nawait new Promise(() => {})")],
    );
    let stuck = stuck.await;
    assert!(stuck.message.contains("never resolves"), "{stuck}");
    assert_eq!(place(&stuck).0, "src/a.js:2:1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_modules_in_a_chain_and_as_a_star() {
    let chain = (0..1000).map(|n| {
        let next =
            if n == 999 { String::new() } else { format!("import {{ n as next }} from './{}.js';", n + 1) };
        let value = if n == 999 { "0" } else { "next + 1" };
        Module::esm(format!("src/{n}.js"), format!("{next} export const n = {value}"))
    });
    assert_eq!(answer("import { n } from './0.js'", "n", chain).await, "999");
    let star = (0..1000).map(|n| Module::esm(format!("src/{n}.js"), format!("export const n{n} = {n}")));
    let imports: String = (0..1000).map(|n| format!("import {{ n{n} }} from './{n}.js';")).collect();
    assert_eq!(answer(&imports, "n0 + n500 + n999", star).await, "1499");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_a_bound_for_modules_and_their_bytes() {
    let mut limits = generous();
    (limits.isolate.modules, limits.isolate.script_bytes) = (3, 1000);
    let failing = |modules: Vec<Module>| async move {
        let main = "export default { fetch: () => new Response('x') }";
        Worker::on(&new_isolate(limits), script(main, modules)).failure("/").await.message
    };
    let many = (0..3).map(|n| Module::text(format!("{n}"), "")).collect();
    assert!(failing(many).await.contains("4 modules, and may have 3"));
    let long = "x;".repeat(600);
    for module in [Module::esm("long.js", long.clone()), Module::common_js("long.js", long.clone())] {
        assert_eq!(failing(vec![module]).await, "the long.js has 1200 bytes, and may have 1000");
    }
    let all = vec![Module::bytes("a", vec![0; 64 << 20])];
    assert!(failing(all).await.starts_with("all modules of the script have 671"));
    // What no parser reads, and modules that are short each.
    let data = [Module::bytes("a", vec![7; 2000]), Module::text("b", long.clone())];
    let halves = ["c", "d"].map(|name| Module::esm(name, format!("export default {:600}", 1)));
    limits.isolate.modules = 9;
    let main = "import a from 'a'; import b from 'b'; import c from 'c'; import d from 'd';
        export default { fetch: () => new Response([a.length, b.length, c + d].join()) }";
    let worker = Worker::on(&new_isolate(limits), script(main, [&data[..], &halves[..]].concat()));
    assert_eq!(worker.text("/").await, "2000,1200,2");
}

/// No interrupt reaches a parser; between two modules there is one.
#[tokio::test(flavor = "multi_thread")]
async fn compiling_many_modules_can_be_stopped() {
    let mut limits = generous();
    limits.request.startup_cpu = Duration::from_millis(20);
    let text = "[{},{}];".repeat(128 << 10);
    let imports: String = (0..16).map(|n| format!("import './{n}.js';")).collect();
    let modules: Vec<_> = (0..16).map(|n| Module::esm(format!("src/{n}.js"), text.clone())).collect();
    let isolate = new_isolate(limits);
    let main = format!("{imports} export default {{ fetch: () => new Response('x') }}");
    let failure = Worker::on(&isolate, script(&main, modules)).failure("/").await;
    assert_eq!(failure.reason, TerminationReason::InitializationError);
    assert!(failure.message.contains("more than 20 ms"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named_where_it_is_imported() {
    let error = failure("\nimport x from './gone.js'", []).await;
    assert_eq!(error.message, "TypeError: cannot find module './gone.js' imported by src/main.js");
    assert_eq!(place(&error), ("src/main.js:2:15".into(), "'./gone.js'"));
    assert!(error.hint.unwrap().contains("nothing is loaded"));
    let deep = [Module::esm("lib/a.js", "import 'left-pad'")];
    let error = failure("import '../lib/a.js'", deep).await;
    assert_eq!(place(&error).0, "lib/a.js:1:8");
    let error =
        failure("import { a,\n  b } from './a.js'", [Module::esm("src/a.js", "export const a = 1")]).await;
    assert!(error.message.contains("does not provide an export named 'b'"), "{error}");
    assert_eq!(place(&error), ("src/main.js:2:3".into(), "b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_one_of_many_modules_says_where() {
    let main = "import './a.js'; import './b.js'; export default {}";
    let with_b = |b: &str| [Module::esm("src/a.js", "export {}"), Module::esm("src/b.js", b)];
    let syntax = failure(main, with_b("const x = 1;\nconst y = = 2")).await;
    assert_eq!(
        (place(&syntax), &*syntax.message),
        (("src/b.js:2:11".into(), "="), "SyntaxError: Unexpected token '='")
    );
    let thrown = failure(main, with_b("function f() {\n  null.x }\nf()")).await;
    assert_eq!(place(&thrown).0, "src/b.js:2:8");
    let stack = thrown.stack.unwrap();
    assert!(stack.contains("at f (src/b.js:2:8)") && stack.contains("at src/b.js:3:1"), "{stack}");
    let awaited = failure(main, with_b("await 0;\nthrow new Error('late')")).await;
    assert_eq!(place(&awaited).0, "src/b.js:2:7");
    // In a handler, too.
    let modules = [Module::esm("src/a.js", "\nexport const a = () => { undefined_name }")];
    let main = "import { a } from './a.js'; export default { fetch() { a() } }";
    let error = worker(main, modules).failure("/").await;
    assert_eq!((error.reason, place(&error).0.as_str()), (TerminationReason::Exception, "src/a.js:2:26"));
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_noise_as_a_module_is_an_error_with_a_place() {
    let noise: String = (0..2000_u32).map(|n| char::from_u32(n * 7 % 0xD7FF).unwrap_or('\u{0}')).collect();
    let error = failure("import './a.js'", [Module::esm("src/a.js", noise.clone())]).await;
    assert!(error.message.starts_with("SyntaxError"), "{error}");
    assert!(place(&error).0.starts_with("src/a.js:1:"));
    let error = failure("import './a.json'", [Module::json("src/a.json", noise)]).await;
    assert!(error.message.starts_with("SyntaxError"), "{error}");
    let error = failure("\nimport x from './a.wasm'", [Module::wasm("src/a.wasm", vec![0xff; 999])]).await;
    assert!(error.message.starts_with("CompileError"), "{error}");
    assert_eq!(place(&error).0, "src/main.js:2:15");
}

/// `(func (export "add") (param i32 i32) (result i32) …)`
const ADD: &[u8] = b"\0asm\x01\0\0\0\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f\x03\x02\x01\0\x07\x07\x01\x03add\0\0\x0a\x09\x01\x07\0\x20\0\x20\x01\x6a\x0b";

fn data() -> [Module; 4] {
    [
        Module::json("d.json", "{ \"a\": [1, 2] }"),
        Module::text("d.txt", "tëxt"),
        Module::bytes("d.bin", &b"\xff\x00"[..]),
        Module::wasm("d.wasm", ADD),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn data_is_imported_as_what_it_is_or_as_it_is_asked_for() {
    let imports = "import json from '../d.json' with { type: 'json' }; import plain from '../d.json';
        import text from '../d.txt'; import source from '../d.json' with { type: 'text' };
        import bytes from '../d.bin' with { type: 'bytes' }; import wasm from '../d.wasm';
        import same from '../d.json' with { type: 'text' }";
    let expression =
        "[json.a[1], json === plain, text, source.length, source === same, bytes instanceof Uint8Array,
        bytes[0], wasm instanceof WebAssembly.Module, new WebAssembly.Instance(wasm).exports.add(40, 2),
        (await import('../d.txt', { with: { type: 'bytes' } })).default.length,
        (await import('../d.txt')).default === text].join(' ')";
    let answer = answer(imports, expression, data()).await;
    assert_eq!(answer, "2 true tëxt 15 true true 255 true 42 5 true");
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_do_not_fit_are_refused() {
    for (import, message) in [
        ("import './a.js' with { type: 'json' }", "TypeError: './a.js' is an ES module, not json"),
        ("import '../d.bin' with { type: 'text' }", "TypeError: '../d.bin' is bytes, not text"),
        ("import '../d.txt' with { type: 'css' }", "TypeError: the import type 'css' is not supported"),
        (
            "import '../d.txt' with { lazy: 'yes' }",
            "SyntaxError: the import attribute 'lazy' is not supported",
        ),
    ] {
        let modules = data().into_iter().chain([Module::esm("src/a.js", "")]);
        let error = failure(import, modules).await;
        assert_eq!((&*error.message, place(&error).0.as_str()), (message, "src/main.js:1:8"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_does_not_parse_says_where() {
    let error = failure("import './a.json'", [Module::json("src/a.json", "{\n  \"a\": 1,\n  b: 2\n}")]).await;
    assert!(error.message.starts_with("SyntaxError: "), "{error}");
    assert_eq!(place(&error), ("src/a.json:3:3".into(), "b"));
    let deep = format!("{}1", "[".repeat(200_000));
    let error = failure("import './a.json'", [Module::json("src/a.json", deep)]).await;
    assert!(error.message.contains("nested more than 100000 levels deep"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn import_meta_tells_the_module_and_nothing_of_the_host() {
    let modules = [
        Module::esm("src/ä b.js", "export const own = import.meta").with_import("lib", "d.txt"),
        Module::text("d.txt", ""),
    ];
    let imports = "import { own } from './ä b.js'";
    let expression =
        "[import.meta.url, import.meta.main, own.url, own.main, own.resolve('lib'), own.resolve('../d.txt'),
        own.resolve('./not/there.js'), new URL('./x', own.url).href, Object.getPrototypeOf(own),
        (() => { try { own.resolve('bare') } catch (e) { return e.code } })()].join(' ')";
    assert_eq!(
        answer(imports, expression, modules).await,
        "file:///src/main.js true file:///src/%C3%A4%20b.js false file:///d.txt file:///d.txt \
         file:///src/not/there.js file:///src/x  ERR_MODULE_NOT_FOUND"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn import_in_a_request_belongs_to_it() {
    let modules = [Module::esm(
        "src/lazy.js",
        "console.log('lazy of ' + url); const r = await fetch('http://x/delay/5');
            export const status = r.status",
    )];
    let main = "export default { async fetch(request) {
        globalThis.url = new URL(request.url).pathname;
        const { status } = await import('./lazy.js');
        console.log('after ' + new URL(request.url).pathname);
        return new Response(String(status)) } }";
    let worker = worker(main, modules);
    let (one, two) = tokio::join!(worker.text("/1"), worker.text("/2"));
    assert_eq!((one.as_str(), two.as_str()), ("200", "200"));
    // It was evaluated once, by one of the two, and fetched as that.
    assert_eq!(worker.world.started(), 1);
    assert_eq!(worker.world.lines().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn import_of_what_is_not_there_or_wrong_is_a_rejection() {
    let modules = [
        Module::esm("src/throws.js", "throw new RangeError('thrown')"),
        Module::esm("src/syntax.js", "const ="),
        Module::esm("src/deep.js", "import './gone.js'"),
        Module::esm("src/name.js", "import { x } from './ok.js'"),
        Module::esm("src/ok.js", "export const then = (done) => done('thenable')"),
        Module::esm("src/self.js", "export const self = import('./self.js'); export const v = 1"),
    ];
    let main = "const tell = async (name) => {
            try { return await import(name) } catch (e) { return e.name + ': ' + e.message }
        };
        export default { async fetch() {
            const all = [];
            for (const name of ['./gone.js', './throws.js', './throws.js', './syntax.js', './deep.js', './name.js', './ok.js'])
                all.push(await tell(name));
            all.push((await (await import('./self.js')).self).v);
            all.push(await eval(\"import('./throws.js')\").catch((e) => e.message));
            return new Response(all.join('\\n')) } }";
    let worker = worker(main, modules);
    let text = worker.text("/").await;
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "TypeError: cannot find module './gone.js' imported by src/main.js");
    assert_eq!((lines[1], lines[2]), ("RangeError: thrown", "RangeError: thrown"));
    assert_eq!(lines[3], "SyntaxError: Unexpected token '='");
    assert_eq!(
        lines[4],
        "TypeError: cannot find module './gone.js' imported by src/deep.js (src/deep.js:1:8)"
    );
    assert!(lines[5].contains("does not provide an export named 'x'"), "{text}");
    assert_eq!(lines[6..], ["thenable", "1", "thrown"]);
    worker.drained().await;
    assert_eq!(worker.world.errors(), [""; 0], "what was caught is not reported");
}

#[tokio::test(flavor = "multi_thread")]
async fn classic_scripts_import_too_and_stay_what_they_were() {
    let main = "var sloppy = this === globalThis && (function () { return this === globalThis })();
        addEventListener('fetch', (event) => event.respondWith(
            import('./a.js').then(({ a }) => new Response(a + sloppy))))";
    let code = WorkerCode::new(Module::detected("main.js", main))
        .with_module(Module::esm("a.js", "export const a = 'a' + import.meta.main"));
    assert_eq!(Worker::with_script(Script::from_code(code)).text("/").await, "afalsetrue");
}

#[tokio::test(flavor = "multi_thread")]
async fn common_js_modules_require_each_other() {
    let modules = [
        Module::common_js("lib/a.js", "exports.early = 1; const b = require('./b'); exports.b = b; exports.where = __filename + __dirname")
            .with_import("./b", "lib/b.js").with_exports(["early", "b", "where", "never"]),
        Module::common_js("lib/b.js", "const a = require('./a.js'); module.exports = function () { return Object.keys(a).join() + this.early };
            module.exports.atFirst = Object.keys(a).join(); module.exports.self = require('./a.js') === a"),
        Module::common_js("lib/other.js", "module.exports = [require('../d.json').a[0], require('../d.txt'), require('./esm.js').default,
            require('./esm.js').__esModule, Object.getPrototypeOf(require) === Function.prototype, typeof require('../d.wasm'),
            this === exports, (() => { try { require('nothing') } catch (e) { return e.code } })()]"),
        Module::esm("lib/esm.js", "export default 'esm'"),
    ];
    let imports = "import a, { early, b, never, where } from '/lib/a.js'; import other from '/lib/other.js'";
    let expression = "[early, a.b === b, never, b.atFirst, b.self, b.call(a), where, ...other].join(' ')";
    assert_eq!(
        answer(imports, expression, modules.into_iter().chain(data())).await,
        "1 true  early true early,b,where1 /lib/a.js/lib 1 tëxt esm true true object true MODULE_NOT_FOUND"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_common_js_main_module_has_handlers() {
    let main = Module::common_js(
        "main.js",
        "const { hi } = require('./hi.js'); module.exports = { fetch: () => new Response(hi) }",
    );
    let code = WorkerCode::new(main).with_module(Module::common_js("hi.js", "exports.hi = 'hi'"));
    assert_eq!(Worker::with_script(Script::from_code(code)).text("/").await, "hi");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_require_cannot_do_is_an_error_and_the_next_call_tries_again() {
    let modules = [
        Module::common_js("a.js", "globalThis.tries = (globalThis.tries ?? 0) + 1; if (tries < 3) throw new Error('try ' + tries); module.exports = 'done'"),
        Module::esm("tla.js", "await 0"),
        Module::esm("cycle.js", "import x from './uses.js'; export default x"),
        Module::common_js("uses.js", "module.exports = (() => { try { return require('./cycle.js') } catch (e) { return e.code } })()"),
        Module::common_js("fails.js", "const t = (n) => { try { return require(n) } catch (e) { return e.code ?? e.message } };
            module.exports = [t('./a.js'), t('./a.js'), t('./a.js'), t('./a.js'), t('./tla.js'), t('./bad.js'), t('./bad.js'), t(1)]"),
        Module::esm("bad.js", "throw new Error('bad')"),
    ];
    let worker = worker(
        "import fails from '../fails.js'; import cycle from '../cycle.js';
         export default { fetch: () => new Response([...fails, cycle].join()) }",
        modules,
    );
    assert_eq!(
        worker.text("/").await,
        "try 1,try 2,done,done,ERR_REQUIRE_ASYNC_MODULE,bad,bad,require: the specifier is not a string,ERR_REQUIRE_CYCLE_MODULE"
    );
    worker.drained().await;
    assert_eq!(worker.world.errors(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_common_js_says_where() {
    let modules = [Module::common_js("lib/a.js", "function f() {\n  missing() }\nf()")];
    let error = failure("import '../lib/a.js'", modules).await;
    assert_eq!(place(&error), ("lib/a.js:2:3".into(), "missing"));
    let modules = [Module::common_js("lib/a.js", "\nlet = =")];
    let error = failure("import '../lib/a.js'", modules).await;
    assert_eq!(place(&error).0, "lib/a.js:2:7");
}

#[tokio::test(flavor = "multi_thread")]
async fn evaluation_of_all_modules_is_bounded_and_a_patched_promise_breaks_only_its_worker() {
    let endless = script("import './a.js'", [Module::esm("src/a.js", "for (;;);")]);
    let isolate = new_isolate(tight());
    let failure = Worker::on(&isolate, endless).failure("/").await;
    assert_eq!(failure.reason, TerminationReason::InitializationError, "{failure:?}");
    assert_eq!(failure.message, "evaluating the script took more than 100 ms of CPU time");
    assert_eq!(place(&failure).0, "src/a.js:1:1");
    let main = "const patch = (get) => Object.defineProperty(Promise.prototype, 'constructor', { configurable: true, get });
        export default { async fetch() {
            patch(() => { throw new Error('patched') });
            const one = import('./ok.js').then(() => 'fine', (e) => e.message);
            patch(() => ({ [Symbol.species]: function (f) { f(() => {}, () => {}); return { no: 'promise' } } }));
            import('./ok.js'); import('./gone.js').catch?.(() => {});
            await 0; await 0;
            patch(() => Promise);
            const { ok } = await import('./ok.js');
            return new Response('still here ' + ok) } }";
    let modules = [Module::esm("src/ok.js", "export const ok = 1")];
    let answer = worker(main, modules).get("/").await;
    match answer {
        Ok(response) => assert_eq!(crate::support::text(&response), "still here 1"),
        Err(termination) => assert_eq!(termination.reason, TerminationReason::Exception, "{termination:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_is_made_again_has_modules_of_its_own() {
    let modules = [
        Module::esm("src/a.js", "export const state = { n: 0 }"),
        Module::common_js("b.js", "exports.n = 0"),
    ];
    let main = "import { state } from './a.js'; import b from '../b.js';
        export default { fetch: () => new Response([++state.n, ++b.n].join()) }";
    let worker = worker(main, modules);
    assert_eq!(worker.text("/").await, "1,1");
    assert_eq!(worker.text("/").await, "2,2");
    worker.context.reset();
    assert_eq!(worker.text("/").await, "1,1");
}
