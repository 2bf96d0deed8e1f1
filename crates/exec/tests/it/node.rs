//! Modules that every worker may import: how they are imported, what they see, what a worker sees of them.

use exec::{Module, Script, TerminationReason, WorkerCode};

use crate::support::{Worker, eventually, generous, new_isolate, post, text, tight};

fn script(main: &str, modules: impl IntoIterator<Item = Module>) -> Script {
    Script::from_code(WorkerCode::new(Module::esm("main.js", main)).with_modules(modules))
}

/// What a worker answers whose `fetch` returns `expression`, after these `imports`.
async fn answer(imports: &str, expression: &str, modules: impl IntoIterator<Item = Module>) -> String {
    let main = format!(
        "{imports}\nexport default {{ async fetch(request, env, ctx) {{ return new Response(String({expression})) }} }}"
    );
    Worker::with_script(script(&main, modules)).text("/").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_the_same_however_it_is_imported() {
    let modules = [Module::common_js("c.js", "module.exports = [require('path'), require('node:path')]")];
    let imports = "import path, { join, posix as p } from 'node:path'; import * as all from 'path'; import required from './c.js'";
    let expression = "[join('/a', '../b'), path.join === join, p === path, all.default === path, all.sep,
        required.every((other) => other === path), (await import('node:path')).default === path,
        (await import('path')).join === join, import.meta.resolve('path'), import.meta.resolve('node:path/posix')]";
    assert_eq!(
        answer(imports, expression, modules).await,
        "/b,true,true,true,/,true,true,true,node:path,node:path/posix"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_is_the_default_export_and_its_members_are_named() {
    let imports = "import Emitter, { EventEmitter, once, defaultMaxListeners } from 'events'";
    let expression = "[new EventEmitter() instanceof Emitter, (async () => { const e = new Emitter(); const p = once(e, 'x'); e.emit('x', 5); return (await p)[0] })() instanceof Promise, defaultMaxListeners,
        Object.keys(await import('events')).includes('length')]";
    assert_eq!(answer(imports, expression, []).await, "true,true,10,false");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_of_the_worker_goes_before_a_built_in_one() {
    let modules =
        [Module::esm("path", "export default 'own'"), Module::esm("node:path", "export default 'own too'")];
    let imports = "import a from 'path'; import b from 'node:path'; import { sep } from 'path/posix'";
    assert_eq!(answer(imports, "[a, b, sep]", modules).await, "own,own too,/");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_built_in_is_an_error_with_its_place() {
    for (import, message, place) in [
        ("\nimport x from 'node:xyz'", "cannot find module 'node:xyz'", "main.js:2:15"),
        ("import 'internal/errors'", "cannot find module 'internal/errors'", "main.js:1:8"),
        ("import { nothing } from 'node:path'", "does not provide an export named 'nothing'", "main.js:1:10"),
        (
            "import x from 'path' with { type: 'json' }",
            "'path' is a built-in module, not json",
            "main.js:1:15",
        ),
    ] {
        let failure =
            Worker::with_script(script(&format!("{import}\nexport default {{}}"), [])).failure("/").await;
        assert_eq!(failure.reason, TerminationReason::InitializationError);
        assert!(failure.message.contains(message), "{failure}");
        assert_eq!(failure.location.unwrap().to_string(), place);
    }
    let caught = "await (async () => { try { await import('node:xyz') } catch (e) { return e.code } })()";
    assert_eq!(answer("", caught, []).await, "ERR_MODULE_NOT_FOUND");
    let required =
        Module::common_js("c.js", "try { require('node:xyz') } catch (e) { module.exports = e.code }");
    assert_eq!(answer("import code from './c.js'", "code", [required]).await, "MODULE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_context_has_modules_of_its_own() {
    let isolate = new_isolate(generous());
    let source = "import path from 'node:path'; export default { fetch() { const seen = path.mark ?? 'none'; path.mark = 'set'; return new Response(seen) } }";
    for _ in 0..2 {
        assert_eq!(Worker::on(&isolate, script(source, [])).text("/").await, "none");
    }
    // Others are compiled from what the first have left.
    assert_eq!(Worker::with_script(script(source, [])).text("/").await, "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn globals_of_node_are_there_for_who_asks_for_them() {
    let source = "export default { fetch() { return Response.json(['Buffer', 'process', 'global', 'setImmediate', 'clearImmediate'].map((name) => typeof globalThis[name])) } }";
    let without = Worker::with_script(script(source, [])).text("/").await;
    assert_eq!(without, r#"["undefined","undefined","undefined","undefined","undefined"]"#);
    let with = Worker::with_script(script(source, []).with_nodejs_compat(true)).text("/").await;
    assert_eq!(with, r#"["function","object","object","function","function"]"#);
    let source = "import { env } from 'node:process'; const early = process.env.KEY;
        export default { async fetch() { const seen = await new Promise((resolve) => setImmediate(resolve, 'rang')); return new Response([early, env === process.env, seen, global === globalThis]) } }";
    let worker = script(source, []).with_environment([("KEY", "value")]).with_nodejs_compat(true);
    assert_eq!(Worker::with_script(worker).text("/").await, "value,true,rang,true");
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_that_are_not_here_can_be_imported_and_say_so() {
    let imports = "import { readFileSync, promises, constants } from 'node:fs'; import http, { METHODS, Agent } from 'http';
        import { Worker } from 'worker_threads'; import net from 'net'; import 'node:sqlite'; class Own extends Agent {}";
    let expression = "[(() => { try { readFileSync('x') } catch (e) { return e.code + ' ' + e.message } })(), constants.O_CREAT, METHODS.includes('GET'), http.STATUS_CODES[404],
        (() => { try { new Worker('x') } catch (e) { return e.message } })(), typeof promises.readFile, net.isIP('::1')].join('; ')";
    let answered = answer(imports, expression, []).await;
    assert_eq!(
        answered,
        "ERR_METHOD_NOT_IMPLEMENTED node:fs is not available here: readFileSync was called; 64; true; Not Found; \
         node:worker_threads is not available here: Worker was constructed; function; 6"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_storage_holds_follows_a_request_through_everything_it_waits_for() {
    let source = "import { AsyncLocalStorage } from 'node:async_hooks';
        const storage = new AsyncLocalStorage();
        export default { async fetch(request) {
            const name = new URL(request.url).pathname;
            return storage.run(name, async () => {
                const seen = [storage.getStore()];
                await null; seen.push(storage.getStore());
                await new Promise((resolve) => setTimeout(resolve, 5)); seen.push(storage.getStore());
                await fetch('http://x/gate'); seen.push(storage.getStore());
                await new Promise((resolve) => setTimeout(() => { seen.push(storage.getStore()); resolve() }, 1));
                seen.push(storage.exit(() => storage.getStore() ?? 'none'), AsyncLocalStorage.snapshot()(() => storage.getStore()));
                return new Response(seen.every((at) => at === name || at === 'none') ? 'ok ' + seen.length : seen.join());
            });
        } }";
    let worker = Worker::with_script(script(source, []));
    let requests: Vec<_> = (0..5)
        .map(|n| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.text(&format!("/{n}")).await })
        })
        .collect();
    eventually("all wait for the same", || worker.world.started() == 5).await;
    for _ in 0..5 {
        worker.world.gate.notify_one();
    }
    for request in requests {
        assert_eq!(request.await.unwrap(), "ok 7");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_may_be_the_default_export() {
    let source = "import { WorkerEntrypoint, env } from 'cloudflare:workers';
        let made = 0;
        export default class extends WorkerEntrypoint {
            constructor(ctx, env) { super(ctx, env); made++ }
            async fetch(request) { this.ctx.waitUntil(Promise.resolve()); return new Response([this.env.KEY, env.KEY, made, new URL(request.url).pathname]) }
            task(task) { return { payload: task.payload, made } }
        }";
    let worker = Worker::with_script(script(source, []).with_environment([("KEY", "value")]));
    assert_eq!(worker.text("/a").await, "value,value,1,/a");
    assert_eq!(worker.text("/b").await, "value,value,2,/b");
    let result = worker.task(serde_json::json!(7)).await.unwrap().into_task_result().unwrap();
    assert_eq!(result.parse(), serde_json::json!({ "payload": 7, "made": 3 }));
    let failure = worker.scheduled().await.unwrap_err();
    assert!(failure.message.contains("scheduled"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_of_a_stack_lead_to_nothing_of_a_module() {
    let source = "import events from 'node:events'; import util from 'node:util'; import assert from 'node:assert'; import fs from 'node:fs';
        const found = [];
        Error.prepareStackTrace = (error, sites) => {
            for (const site of sites) {
                const f = site.getFunction(); const t = site.getThis();
                if (f !== undefined && String(site.getFileName()).startsWith('node:')) found.push(f.name || String(f));
                if (t !== undefined && t !== globalThis && String(site.getFileName()).startsWith('node:') && Object.getPrototypeOf(t) === null) found.push(t);
            }
            return 'patched';
        };
        Error.stackTraceLimit = 100;
        export default { async fetch() {
            for (const f of [() => fs.readFileSync(), () => new events().on('x'), () => util.promisify(1), () => assert.equal(1, 2), () => util.inspect({ [util.inspect.custom]() { throw new Error('in') } }),
                () => process, () => new events().emit('error', new Error('x')), () => util.format('%j', { toJSON() { throw new Error('y') } })]) { try { f() } catch (e) { e.stack; new Error().stack } }
            return Response.json(found);
        } }";
    assert_eq!(Worker::with_script(script(source, []).with_nodejs_compat(true)).text("/").await, "[]");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_v8_knows_is_shown() {
    let imports =
        "import { inspect, types } from 'node:util'; import { isProxy, isExternal } from 'node:util/types'";
    let expression = "[inspect(Promise.resolve({ a: 1 })), inspect(new Proxy({ b: 2 }, {})), isProxy(new Proxy({}, {})), types.isAsyncFunction(async () => {}),
        types.isGeneratorObject((function* () {})()), inspect(new Promise(() => {})), inspect(await import('data.json', { with: { type: 'json' } })), types.isModuleNamespaceObject(await import('node:path')),
        types.isUint8Array(new Uint8Array()), types.isDate(new Date()), isExternal({})].join('; ')";
    let modules = [Module::json("data.json", "1")];
    assert_eq!(
        answer(imports, expression, modules).await,
        "Promise { { a: 1 } }; { b: 2 }; true; true; true; Promise { <pending> }; [Module: null prototype] { default: 1 }; true; true; true; false"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn evaluating_a_module_is_on_the_time_of_who_imports_it() {
    let source = "const until = Array.prototype.push; Array.prototype.push = function (...args) { for (;;); };
        export default { async fetch() { await import('node:path'); const { default: path } = await import('node:path'); return new Response(path.join('a', 'b')) } }";
    let failure = Worker::on(&new_isolate(tight()), script(source, [])).failure("/").await;
    assert_eq!(failure.reason, TerminationReason::CpuTimeLimit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buffer_reads_and_writes_text_of_any_length() {
    let imports = "import { Buffer, isUtf8, isAscii } from 'node:buffer';
        const bytes = Buffer.alloc(700_001, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
        const forms = ['hex', 'base64', 'base64url', 'latin1'];
        const even = bytes.subarray(0, 700_000)";
    let expression = "[forms.every((form) => Buffer.from(bytes.toString(form), form).equals(bytes)),
        Buffer.from(even.toString('utf16le'), 'utf16le').equals(even), Buffer.from(bytes.toString('base64') + '=YQ', 'base64').equals(bytes),
        Buffer.from('\\u20ac' + bytes.toString('hex'), 'hex').length, Buffer.from('h\\u00e9\\u{1f600}').toString(), bytes.indexOf('\\xfa\\x00\\x01', 0, 'latin1'),
        bytes.lastIndexOf(Buffer.from([249, 250, 0])), isUtf8(bytes), isAscii(Buffer.from('abc')),
        Buffer.from('YW Jj\\n').toString('ascii'), Buffer.from('YW Jj\\n', 'base64'), bytes.compare(even), Buffer.from('zz\\u20ac', 'latin1').toString('hex')]";
    assert_eq!(
        answer(imports, expression, []).await,
        "true,true,true,0,hé😀,250,699786,false,true,YW Jj\n,abc,1,7a7aac"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buffer_is_no_larger_than_the_isolate_allows() {
    let imports = "import { Buffer } from 'buffer'; const tried = (f) => { try { return f().length } catch (e) { return e.name } }";
    let expression = "[tried(() => Buffer.alloc(2 ** 40)), tried(() => Buffer.allocUnsafe(2 ** 53)), tried(() => Buffer.concat([], 2 ** 40)), tried(() => Buffer.concat([Buffer.alloc(1)], 2 ** 40)), tried(() => Buffer.from({ length: 2 ** 40 }))]";
    assert_eq!(answer(imports, expression, []).await, "RangeError,RangeError,0,RangeError,RangeError");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_node_carry_what_a_request_brings() {
    let source = "import { Readable, Transform } from 'node:stream';
        import { pipeline } from 'node:stream/promises';
        import { text } from 'node:stream/consumers';
        const upper = () => new Transform({ transform(chunk, _, callback) { callback(null, String(chunk).toUpperCase()) } });
        export default { async fetch(request) {
            const pass = upper();
            const [read] = await Promise.all([text(pass), pipeline(Readable.fromWeb(request.body), pass)]);
            const web = Readable.toWeb(Readable.from([Buffer.from(read), Buffer.from('!')], { objectMode: false }));
            return new Response(await new Response(web).text());
        } }";
    let worker = Worker::with_script(script(source, []).with_nodejs_compat(true));
    let answer = worker.request(post("/", "some text")).await.unwrap();
    assert_eq!(text(&answer), "SOME TEXT!");
}

#[tokio::test(flavor = "multi_thread")]
async fn node_crypto_has_hashes_and_ciphers_of_what_is_long() {
    let imports = "import c from 'node:crypto'; import { Buffer } from 'node:buffer';
        const long = Buffer.alloc(3_000_000, 'text');
        const rounds = ['aes-128-cbc', 'aes-256-ctr', 'aes-192-ecb', 'aes-256-gcm'].map((name) => {
            const key = Buffer.alloc(Number(name.slice(4, 7)) / 8, 1), iv = name.endsWith('ecb') ? null : Buffer.alloc(name.endsWith('gcm') ? 12 : 16, 2);
            const to = c.createCipheriv(name, key, iv), sealed = Buffer.concat([to.update(long), to.final()]);
            const from = c.createDecipheriv(name, key, iv); if (name.endsWith('gcm')) from.setAuthTag(to.getAuthTag());
            return Buffer.concat([from.update(sealed), from.final()]).equals(long) && !sealed.subarray(0, long.length).equals(long);
        });
        const derive = () => new Promise((resolve) => c.pbkdf2('p', 's', 2000, 20, 'sha256', (error, key) => resolve(key)))";
    let expression = "[c.createHash('md5').update('abc').digest('hex'), c.createHash('sha256').update(long).digest('hex') === c.createHash('sha256').update(long.subarray(0, 5)).update(long.subarray(5)).copy().digest('hex'),
        c.createHmac('md5', 'Jefe').update('what do ya want for nothing?').digest('hex'), ...rounds,
        c.hash('sha1', long) === Buffer.from(await c.subtle.digest('SHA-1', long)).toString('hex'),
        (await derive()).equals(c.pbkdf2Sync('p', 's', 2000, 20, 'sha256')), c.randomBytes(2_000_000).subarray(-64).some((byte) => byte !== 0)]";
    assert_eq!(
        answer(imports, expression, []).await,
        "900150983cd24fb0d6963f7d28e17f72,true,750c783e6ab0b503eaa86e310a5db738,true,true,true,true,true,true,true"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_of_another_request_goes_on_and_those_left_unfinished_make_room() {
    let source = "import { createHash } from 'node:crypto';
        const block = new Uint8Array(5000);
        const top = createHash('sha1').update(block);
        export default { fetch() {
            for (let i = 0; i < 5000; i++) createHash('md5').update(block);
            return new Response(top.copy().update(block).digest('hex') + top.copy().digest('hex').length);
        } }";
    let worker = Worker::with_script(script(source, []));
    let first = worker.text("/").await;
    assert_eq!(first.len(), 42, "{first}");
    assert_eq!(worker.text("/").await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_derived_in_place_can_be_stopped() {
    let source = "import { pbkdf2Sync } from 'node:crypto';
        export default { fetch() { pbkdf2Sync('p', 's', 2 ** 31 - 1, 64, 'md5'); return new Response() } }";
    let failure = Worker::on(&new_isolate(tight()), script(source, [])).failure("/").await;
    assert_eq!(failure.reason, TerminationReason::CpuTimeLimit);
}

#[tokio::test(flavor = "multi_thread")]
async fn node_zlib_compresses_as_the_host_does() {
    let imports = "import z from 'node:zlib'; import { Buffer } from 'node:buffer'; import { Readable } from 'node:stream'; import { buffer } from 'node:stream/consumers';
        const long = Buffer.alloc(1_000_000, Buffer.from(Array.from({ length: 253 }, (_, i) => i)));
        const pairs = [['deflate', 'inflate'], ['gzip', 'gunzip'], ['deflateRaw', 'inflateRaw'], ['brotliCompress', 'brotliDecompress'], ['gzip', 'unzip']];
        const failure = (f) => { try { return f() } catch (error) { return error.code } }";
    let expression = "[pairs.every(([to, from]) => { const packed = z[to + 'Sync'](long); return packed.length < 100_000 && z[from + 'Sync'](packed).equals(long) }),
        (await buffer(Readable.from([long]).pipe(z.createGzip()).pipe(z.createGunzip()))).equals(long),
        z.gunzipSync(Buffer.concat([z.gzipSync('a'), z.gzipSync('b')])), await new Response(new Blob([z.gzipSync('web')]).stream().pipeThrough(new DecompressionStream('gzip'))).text(),
        failure(() => z.inflateSync('garbage')), failure(() => z.brotliDecompressSync(Buffer.alloc(9, 255))), failure(() => z.gunzipSync(z.gzipSync(long).subarray(0, 300))),
        failure(() => z.inflateSync(z.deflateSync(long), { maxOutputLength: 1000 }))]";
    assert_eq!(
        answer(imports, expression, []).await,
        "true,true,ab,web,Z_DATA_ERROR,ERR__ERROR_FORMAT_PADDING_1,Z_BUF_ERROR,ERR_BUFFER_TOO_LARGE"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn inspect_shows_what_iterators_have_left_and_what_proxies_are_made_of() {
    let shown = "[
        inspect(new Map([[1, 2], [3, { a: 1 }]]).entries()), inspect(new Map([['k', 1]]).keys()), inspect(new Map().values()),
        inspect(new Set([{ a: 1 }])[Symbol.iterator](), { depth: 0 }), inspect(new Set([1]).entries()),
        inspect([new Map([['a', 1]]).entries()], { compact: false }), inspect(new Set([1, 2, 3]).values(), { maxArrayLength: 1 }),
        inspect((() => { const left = new Set([1, 2, 3]).values(); left.next(); inspect(left); return left })()),
        inspect(new Proxy({ a: 1 }, { get: () => 5 })), inspect(new Proxy({ a: 1 }, { has: 1 }), { showProxy: true }),
        inspect(new Proxy(function f() {}, {})), inspect({ a: new Proxy([1], {}) }, { showProxy: true, depth: 0 }),
        inspect((() => { const it = Proxy.revocable({}, {}); it.revoke(); return it.proxy })()), format('%s', new Proxy({ a: 1 }, {})),
        inspect({ p: Promise.resolve([1]), q: new Promise(() => {}) }),
    ].join('; ')";
    assert_eq!(
        answer("import { format, inspect } from 'node:util'", shown, []).await,
        "[Map Entries] { [ 1, 2 ], [ 3, { a: 1 } ] }; [Map Iterator] { 'k' }; [Map Iterator] {  }; \
         [Set Iterator] { [Object] }; [Set Entries] { [ 1, 1 ] }; \
         [\n  [Map Entries] {\n    [\n      'a',\n      1\n    ]\n  }\n]; [Set Iterator] { 1, ... 2 more items }; \
         [Set Iterator] { 2, 3 }; \
         { a: 1 }; Proxy [ { a: 1 }, { has: 1 } ]; \
         [Function: f]; { a: Proxy [Array] }; \
         <Revoked Proxy>; { a: 1 }; \
         { p: Promise { [ 1 ] }, q: Promise { <pending> } }"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_prints_tables() {
    let printed = "(() => {
        const out = [], console = new Console({ write: (text) => out.push(text) });
        const left = new Set([1, 2]).values(), pairs = new Map([['k', { a: 1 }]]).entries();
        for (const data of [[{ a: 1, b: 'x' }, 5], left, pairs]) console.table(data);
        return out.join('') + left.next().value + pairs.next().value[0];
    })()";
    assert_eq!(
        answer("import { Console } from 'node:console'", printed, []).await,
        "┌─────────┬───┬─────┬────────┐\n│ (index) │ a │ b   │ Values │\n├─────────┼───┼─────┼────────┤\n\
         │ 0       │ 1 │ 'x' │        │\n│ 1       │   │     │ 5      │\n└─────────┴───┴─────┴────────┘\n\
         ┌───────────────────┬────────┐\n│ (iteration index) │ Values │\n├───────────────────┼────────┤\n\
         │ 0                 │ 1      │\n│ 1                 │ 2      │\n└───────────────────┴────────┘\n\
         ┌───────────────────┬─────┬──────────┐\n│ (iteration index) │ Key │ Values   │\n├───────────────────┼─────┼──────────┤\n\
         │ 0                 │ 'k' │ { a: 1 } │\n└───────────────────┴─────┴──────────┘\n1k"
    );
}
