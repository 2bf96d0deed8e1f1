//! What guest code can see of the host, and do to other requests.

use crate::support::{Worker, text};

/// Names that only the bootstrap and the host use.
const INTERNALS: &str = "const INTERNAL = /^(host|internals|primordials|fetchStart|opCancel|timerStart|timerCancel|respond|complete|currentRequest|reportUnhandled|dispatchFetch|fireTimer|settleFetch|endRequest|waitUntilDone|randomFill|urlParse)$/;";

#[tokio::test(flavor = "multi_thread")]
async fn lesson_45_internals_are_not_reachable() {
    let source = format!(
        "{INTERNALS}
         const seen = new Set(); const found = [];
         const standard = (name) => ['URL.prototype.host', 'WorkerLocation.prototype.host', 'ReadableStreamBYOBRequest.prototype.respond'].includes(name.replace('globalThis.', ''));
         function walk(value, path, depth) {{
             if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 12) return;
             seen.add(value);
             if (typeof value === 'function' && INTERNAL.test(value.name) && !standard(path)) found.push(path + ' is ' + value.name);
             for (const key of Reflect.ownKeys(value)) {{
                 const name = path + '.' + String(key);
                 if (/^__/.test(String(key)) && !/^__(proto__|defineGetter__|defineSetter__|lookupGetter__|lookupSetter__)$/.test(String(key))) found.push(name);
                 if (INTERNAL.test(String(key)) && !standard(name)) found.push(name);
                 let descriptor; try {{ descriptor = Reflect.getOwnPropertyDescriptor(value, key) }} catch {{ continue }}
                 walk(descriptor.value, name, depth + 1); walk(descriptor.get, name, depth + 1); walk(descriptor.set, name, depth + 1);
                 let got; try {{ got = value[key] }} catch {{ continue }}
                 walk(got, name, depth + 1);
             }}
             walk(Reflect.getPrototypeOf(value), path + '.[[Prototype]]', depth + 1);
         }}
         export default {{ async fetch(request, env, ctx) {{
             const response = await fetch('http://x/echo');
             const error = await fetch('http://x/error').catch((e) => e);
             for (const [name, root] of Object.entries({{ globalThis, request, env, ctx, response, error, signal: request.signal, headers: request.headers, body: new Response('x').body,
                 timer: setTimeout(() => {{}}, 1), url: new URL('http://a/'), it: new Headers().entries(), params: new URLSearchParams().entries(), here: this }})) walk(root, name, 0);
             return Response.json({{ seen: seen.size, found }});
         }} }}"
    );
    let text = Worker::new(&source).text("/").await;
    let result: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(result["found"], serde_json::json!([]));
    assert!(result["seen"].as_u64().unwrap() > 500, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_45_call_sites_show_no_functions_of_the_host() {
    let source = "
        const functions = new Set(); const receivers = new Set();
        const guest = new Set();
        Error.prepareStackTrace = (error, sites) => {
            for (const site of sites) {
                const f = site.getFunction(); if (f !== undefined && !guest.has(f)) functions.add(f.name || '(anonymous) ' + f);
                const t = site.getThis(); if (t !== undefined && t !== null && t !== globalThis && !guest.has(t)) receivers.add(String(t));
            }
            return 'patched';
        };
        Error.stackTraceLimit = 100;
        const provoke = [
            () => new URL('nonsense'), () => new Headers({ 'a b': 1 }), () => structuredClone(() => {}), () => new Response('', { status: 1 }),
            () => atob('*'), () => crypto.getRandomValues(1), () => new TextDecoder('x'), () => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])),
            () => fetch('http://a:b@c/'), () => fetch('http://x/error'), () => setTimeout(1), () => new Request('x'), () => Response.json(1n),
            () => { for (let i = 0; i < 20000; i++) setTimeout(() => {}, 1e6) }, () => new AbortController().abort.call(1), () => DOMException(),
            () => AbortSignal.abort().throwIfAborted(), () => new FetchEvent(), () => console.trace('x'), () => new Response({ toString() { throw new Error('inner') } }),
            () => structuredClone({ get a() { throw new Error('inner') } }), () => new Headers([[1]]), () => queueMicrotask(() => { throw new Error('later') }),
        ];
        export default { async fetch(request, env, ctx) {
            guest.add(this.fetch); for (const p of provoke) guest.add(p);
            for (const p of provoke) { try { await p() } catch (e) { e?.stack } }
            try { ctx.waitUntil.call(1) } catch (e) { e.stack }
            return Response.json([...functions]);
        } }";
    let functions = Worker::new(source).text("/").await;
    let functions: Vec<String> = serde_json::from_str(&functions).unwrap();
    let hidden = [
        "urlParse",
        "fetchStart",
        "timerStart",
        "structuredClone",
        "decode",
        "log",
        "dispatchFetch",
        "randomFill",
        "respond",
    ];
    for name in &functions {
        assert!(!hidden.contains(&name.as_str()), "{functions:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_45_patched_builtins_see_nothing_and_break_nothing() {
    let source = format!(
        "{INTERNALS}
         const {{ apply, ownKeys }} = Reflect; const {{ defineProperty }} = Object; const {{ test }} = RegExp.prototype; const exec = RegExp.prototype.exec;
         const internal = (text) => {{ const saved = RegExp.prototype.exec; if (saved !== exec) RegExp.prototype.exec = exec; try {{ return apply(test, INTERNAL, [text]) }} finally {{ if (saved !== exec) RegExp.prototype.exec = saved }} }};
         let found = '';
         const look = (value) => {{
             if (typeof value === 'function' && typeof value.name === 'string' && internal(value.name)) found += value.name + ' ';
             if (typeof value === 'object' && value !== null) try {{
                 const keys = ownKeys(value);
                 for (let i = 0; i < keys.length; i++) if (typeof keys[i] === 'string' && internal(keys[i]) && !(value instanceof URL)) found += keys[i] + ' ';
             }} catch {{}}
         }};
         let breaking = false;
         const Base = [Array, Map, Set, WeakMap, Promise, Function, String, Number, Object, RegExp, Uint8Array, ArrayBuffer, Error, Symbol, Boolean, DataView, Object.getPrototypeOf(Uint8Array), Object.getPrototypeOf([][Symbol.iterator]()), Object.getPrototypeOf(new Map().entries())];
         const patched = new Set();
         for (const C of Base) for (const holder of [C, C.prototype]) {{
             if (holder === undefined || holder === null) continue;
             for (const key of Reflect.ownKeys(holder)) {{
                 if (key === 'constructor' || key === 'prototype' || key === 'caller' || key === 'arguments' || key === 'callee') continue;
                 const d = Reflect.getOwnPropertyDescriptor(holder, key);
                 if (!d.configurable || typeof d.value !== 'function' || patched.has(d.value)) continue;
                 const original = d.value;
                 const replacement = {{ f(...args) {{ look(this); for (let i = 0; i < args.length; i++) look(args[i]); if (breaking) throw new Error('patched'); return apply(original, this, args) }} }}.f;
                 patched.add(replacement);
                 try {{ defineProperty(holder, key, {{ __proto__: null, ...d, value: replacement }}) }} catch {{}}
             }}
         }}
         for (const key of ['0', '1', 'then', 'get', 'set', 'value', 'id', 'state', 'timers', 'ops', 'reason'])
             try {{ defineProperty(Object.prototype, key, {{ __proto__: null, configurable: true, get() {{ look(this); if (breaking) throw new Error('getter'); return undefined }}, set(v) {{ look(v); if (breaking) throw new Error('setter'); defineProperty(this, key, {{ __proto__: null, value: v, writable: true, configurable: true, enumerable: true }}) }} }}) }} catch {{}}
         export default {{ async fetch(request) {{
             if (request.url === 'http://worker.test/break') breaking = true;
             if (request.url === 'http://worker.test/found') {{ breaking = false; return new Response('found: ' + found) }}
             const echo = await fetch('http://x/echo', {{ method: 'POST', headers: {{ a: 'b' }}, body: 'text' }});
             await new Promise((resolve) => setTimeout(resolve, 1));
             console.log({{ a: 1 }}, 'text');
             const url = new URL('http://a/?b=c'); url.searchParams.append('d', 'e');
             const cloned = structuredClone({{ a: new Date(0) }});
             const text = await echo.text();
             return new Response(text === '' ? 'nothing' : 'fine', {{ status: 201, headers: {{ 'x-a': 'b' }} }});
         }} }}"
    );
    let worker = Worker::new(&source);
    assert_eq!(worker.text("/").await, "fine");
    // With every built-in broken the bootstrap still answers, with whatever the guest's own code came to.
    for _ in 0..3 {
        match worker.get("/break").await {
            Ok(response) => assert_eq!(text(&response), "fine"),
            Err(termination) => assert!(
                ["Error: patched", "Error: getter", "Error: setter"].contains(&termination.message.as_str()),
                "{termination:?}"
            ),
        }
    }
    worker.drained().await;
    assert_eq!(worker.text("/found").await, "found: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn patching_in_one_context_does_not_reach_another() {
    let hostile = Worker::new(
        "Response = class {}; Promise.prototype.then = () => {}; JSON.stringify = () => 'forged'; Object.freeze(globalThis);
         export default { fetch: () => 1 }",
    );
    let _ = hostile.get("/").await;
    let other = Worker::on(
        &hostile.isolate,
        exec::Script::new("export default { async fetch() { await 0; return Response.json(1) } }"),
    );
    assert_eq!(other.text("/").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_46_errors_tell_nothing_of_the_host() {
    let source = "
        const attempts = [
            () => fetch('http://x/error'), () => fetch('nonsense'), () => fetch('http://'), () => fetch('file:///etc/passwd'), () => fetch('http://x/ y'), () => fetch('http://a b/'),
            () => new URL('http://[::1'), () => new URL('http://%/'), () => structuredClone(new WeakMap()), () => structuredClone(Symbol()),
            () => new TextDecoder('nope'), () => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([200])), () => atob('='), () => btoa('\\u0100'),
            () => new Response('', { status: 99 }), () => new Response('', { headers: { '\\n': '1' } }), () => new Headers({ a: '\\0' }), () => new Request('http://a/', { method: '\\r\\n' }),
            () => import('x'), () => { for (let i = 0; i < 20000; i++) setTimeout(() => {}, 1e6) }, () => crypto.getRandomValues(new Uint8Array(1e6)),
            () => new WebAssembly.Module(new Uint8Array([1])), () => new Function('return ('), () => JSON.parse('{'), () => fetch('http://x/panic'),
            () => { (function f() { f() })() }, () => new Response('x'.repeat(2**29)).arrayBuffer(), () => null.x, () => new Array(-1),
        ];
        export default { async fetch() {
            const texts = [];
            for (const attempt of attempts) try { await attempt(); texts.push('fine') } catch (e) { texts.push(`${e.name}: ${e.message}\\n${e.stack}`) }
            return Response.json(texts);
        } }";
    let worker = Worker::new(source);
    let texts: Vec<String> = serde_json::from_str(&worker.text("/").await).unwrap();
    for (index, told) in texts.iter().enumerate() {
        for forbidden in [
            ".rs",
            "/root",
            "/work",
            "/home",
            "cargo",
            "resolv.conf",
            "panicked",
            "unwrap",
            "Some(",
            "None",
            "rusty",
            "deno",
            "Deno",
            "0x",
        ] {
            assert!(!told.contains(forbidden), "{index}: {told}");
        }
    }
    assert!(texts[0].starts_with("TypeError: Network connection lost\n"), "{}", texts[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_cannot_be_answered_twice_or_for_another() {
    let worker = Worker::new(
        "let stolen;
         addEventListener('fetch', (event) => {
             if (event.request.url.endsWith('/steal')) { stolen = event; event.respondWith(new Response('first')); try { event.respondWith(new Response('second')) } catch (e) { console.log(e.name) } return; }
             const results = [];
             try { stolen.respondWith(new Response('forged')) } catch (e) { results.push(e.name) }
             try { stolen.waitUntil(fetch('http://x/')) } catch (e) { results.push(e.name) }
             try { dispatchEvent(new FetchEvent('fetch', { request: event.request })) } catch (e) { results.push(e.name) }
             event.respondWith(new Response(results.join()));
         })",
    );
    assert_eq!(worker.text("/steal").await, "first");
    worker.drained().await;
    assert_eq!(worker.world.lines()[0], "InvalidStateError");
    let _ = worker.get("/").await;
    worker.drained().await;
    assert_eq!(worker.context.in_flight(), 0);
}
