//! Scripts that aim at the host.

use std::time::Duration;

use exec::TerminationReason;
use isolate::RuntimeLimits;

use crate::support::{Worker, generous, text};

fn limits() -> RuntimeLimits {
    generous().with_heap_max(64 << 20).with_cpu_time(Duration::from_millis(300))
}

/// Bytes of memory that the process has touched.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

/// Each ends in an error, a limit or an answer, but not the process, and not with its memory.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_small_becomes_large_outside_of_the_isolate() {
    for code in [
        // A string in every slot: V8's serialiser would write each of them.
        "structuredClone(new Array(10000).fill('x'.repeat(1e6)))",
        "structuredClone(new Array(1000).fill({ ['k'.repeat(1e6)]: 1 }))",
        "structuredClone({ get a() { return 'x'.repeat(1e6) }, b: new Array(5000).fill(2n ** 1000000n) })",
        "const e = new Error('x'); e.cause = new Array(10000).fill('y'.repeat(1e6)); structuredClone(e)",
        "const b = new ArrayBuffer(8); structuredClone([b, new Array(10000).fill('x'.repeat(1e6))], { transfer: [b] })",
        // Ropes, which are short until somebody reads them.
        "new TextEncoder().encode('x'.repeat(2 ** 28))",
        "new Response('x'.repeat(2 ** 28)).text()",
        "console.log('x'.repeat(2 ** 28))",
        "new URL('http://a/' + 'x'.repeat(2 ** 28))",
        "new Headers({ a: 'x'.repeat(2 ** 28) })",
        "btoa('x'.repeat(2 ** 28))",
        "throw new Error('x'.repeat(2 ** 28))",
        // Copies on the host's side.
        "const body = 'x'.repeat(2 ** 22); for (let i = 0; i < 900; i++) fetch('http://x/never', { method: 'POST', body })",
        "const b = new Uint8Array(2 ** 22); for (let i = 0; i < 900; i++) fetch('http://x/never', { method: 'POST', body: b })",
        "for (let i = 0; i < 1e6; i++) console.log('x'.repeat(1e4))",
        "for (let i = 0; i < 1e6; i++) Promise.reject(new Array(1e4))",
        "for (let i = 0; i < 1e6; i++) new TextDecoder('utf-16').decode(new Uint8Array(1), { stream: true })",
        "for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6)",
        // Bombs, and compressors that nobody finishes.
        "const bomb = await new Response(new Blob([new Uint8Array(4e7)]).stream().pipeThrough(new CompressionStream('gzip'))).bytes(); const all = []; for (let i = 0; i < 1e3; i++) all.push(new Response(new Blob([bomb]).stream().pipeThrough(new DecompressionStream('gzip'))).bytes()); await Promise.all(all)",
        "const bomb = await new Response(new Blob([new Uint8Array(4e7)]).stream().pipeThrough(new CompressionStream('brotli'))).bytes(); const w = new DecompressionStream('brotli').writable.getWriter(); await Promise.race([w.write(bomb), fetch('http://x/')])",
        "for (let i = 0; i < 1e5; i++) { const s = new CompressionStream('brotli'); s.readable.getReader().read(); await s.writable.getWriter().write(new Uint8Array(9)) }",
        "const s = new AbortController().signal; for (let i = 0; i < 1e7; i++) AbortSignal.any([s])",
        "for (let i = 0; i < 1e7; i++) performance.now()",
    ] {
        let before = resident();
        let worker = Worker::with_limits(
            &format!("export default {{ async fetch() {{ {code}; return new Response('ended') }} }}"),
            limits(),
        );
        let ended = match worker.get("/").await {
            Ok(response) => text(&response),
            Err(termination) => {
                assert_ne!(termination.reason, TerminationReason::Other, "{code}: {termination:?}");
                termination.to_string().chars().take(100).collect()
            }
        };
        let grown = resident().saturating_sub(before);
        println!("{:>5} MiB {ended:.60} {code:.60}", grown >> 20);
        assert!(grown < 1 << 30, "{} MiB for {code}", grown >> 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_conversions_of_the_host_end_in_time() {
    for code in [
        "new URL('http://' + 'xn--'.repeat(5e5) + '.test/')",
        "new URL('http://xn--' + 'a'.repeat(2e6) + '/')",
        "new URL('http://' + 'ü'.repeat(1e6) + '.test/')",
        "new URL('//' + 'ß'.repeat(1e6), 'https://a/')",
        "for (const n of [1e6, 3e4]) new URL('http://' + 'ü'.repeat(n) + '.test/')",
        "new URL('http://' + 'a.'.repeat(1e6) + 'test/')",
        "new URL('http://a/' + '../'.repeat(6e5))",
        "new URL('http://a/' + '%'.repeat(2e6)).searchParams.get('a')",
        "new URL('http://[' + ':'.repeat(2e6) + ']/')",
        "const u = new URL('http://a/'); u.search = 'a=1&'.repeat(4e5); u.searchParams.append('b', 'c')",
        "const u = new URL('http://a/'); u.hostname = 'ü'.repeat(1e6)",
        "new URLSearchParams('a=%ff&'.repeat(1e6)).sort()",
        "new TextDecoder('gb18030').decode(new Uint8Array(1e6).fill(255))",
        "new TextDecoder('iso-2022-jp').decode(new Uint8Array(1e6).fill(0x1b))",
        "atob('A'.repeat(1e7))",
        "atob('QUJD'.repeat(4e6))",
        "atob(' A'.repeat(4e6))",
        "atob('A' + ' '.repeat(1e7) + 'QUJ')",
        "btoa('x'.repeat(2e7))",
        "new TextEncoder().encodeInto('é€'.repeat(2e6), new Uint8Array(1e7))",
        "new URLPattern({ pathname: '{a}'.repeat(2e4) })",
        "new URLPattern({ pathname: '(a|b)'.repeat(1e4) })",
        "new URLPattern({ hostname: 'ü'.repeat(3e4) })",
        "new URLPattern({ protocol: '(a|b)'.repeat(200) + '(a{1000}{1000})' })",
        "new URLPattern('('.repeat(6e4), 'http://a/')",
        "new URLPattern().test({ hostname: 'ü'.repeat(1e6), pathname: '../'.repeat(5e5) })",
        "new URLPattern().test('http://' + 'ü'.repeat(1e6) + '/')",
    ] {
        let worker = Worker::with_limits(
            &format!(
                "export default {{ async fetch() {{ try {{ {code} }} catch {{}}; return new Response('ended') }} }}"
            ),
            limits(),
        );
        // A turn that does not react for a second costs its isolate.
        let answer = worker.get("/").await;
        if let Err(termination) = answer {
            assert_eq!(termination.reason, TerminationReason::CpuTimeLimit, "{code}: {termination:?}");
        }
        worker.drained().await;
        assert!(worker.isolate.condemned().is_none(), "{code}");
    }
}

/// What `console.log` of a large value must not look at as a whole, and the end of the line.
#[tokio::test(flavor = "multi_thread")]
async fn lesson_55_what_is_logged_is_bounded_before_it_is_looked_at() {
    for (value, end) in [
        ("new Uint8Array(2e7)", "... 19999900 more items\n]"),
        ("Object.assign(new Float64Array(1e6), { a: 1 })", "... 999900 more items,\n  a: 1\n]"),
        ("[new Array(6e6).fill(1)]", "... 5999900 more items\n  ]\n]"),
        ("Object.assign(new Array(6e6), { a: 1 })", "<at least 65537 empty items>, a: 1 ]"),
        ("new Array(1000).fill(new Array(1e6))", "... 900 more items\n]"),
        ("new Map().set(new Uint8Array(1e7), 1)", "=> 1\n}"),
        (
            "{ a: new Proxy(new Uint8Array(1e7), { ownKeys() { throw 1 } }) }",
            "... 9999900 more items\n  ]\n}",
        ),
        ("new Proxy({ a: 1 }, { ownKeys: () => ({ length: 1e9 }) })", "{ a: 1 }"),
        ("Proxy.revocable({}, {}).proxy", "{}"),
        ("new String('x'.repeat(3e7))", "... (truncated)"),
        ("{ ['k'.repeat(2e7)]: 1 }", "kkk'... 19999000 more characters: 1\n}"),
        ("Object.defineProperty(() => {}, 'name', { value: 'f'.repeat(3e7) })", "fff... (truncated)]"),
        ("[/a/, new RegExp('r'.repeat(2e6))]", "rrr... (truncated)"),
        ("[Symbol('s'.repeat(3e7))]", "sss... (truncated)"),
        ("Object.assign(new Error('m'), { stack: 'e\\n'.repeat(1e7) })", "... (truncated)"),
        ("'%s %s', 'a'.repeat(1e5), 'b'.repeat(3e7)", "aaa... (truncated)"),
        ("'%d', '1'.repeat(3e7)", "Infinity"),
        ("'x%s'.repeat(1e7), 1", "... (truncated)"),
        ("new URLSearchParams('a=1&'.repeat(9000))", "'...': '8000 more'\n}"),
    ] {
        let source = format!(
            "const value = () => {{ console.log({value}) }};
             export default {{ async fetch() {{ value(); return new Response('logged') }} }}"
        );
        let worker = Worker::with_limits(&source, limits().with_cpu_time(Duration::from_secs(1)));
        assert_eq!(worker.text("/").await, "logged", "{value}");
        worker.drained().await;
        let lines = worker.world.lines();
        assert_eq!(lines.len(), 1, "{value}");
        assert!(lines[0].len() < 100_000, "{value}: {}", lines[0].len());
        let from = lines[0].floor_char_boundary(lines[0].len().saturating_sub(100));
        assert!(lines[0].ends_with(end), "{value}: …{}", &lines[0][from..]);
        assert!(!worker.isolate.has_lost_its_thread(), "{value}");
    }
}

/// Each may run into a limit, but its turn reacts when it does.
#[tokio::test(flavor = "multi_thread")]
async fn lesson_55_work_of_the_host_can_be_interrupted() {
    for code in [
        "console.table(new Array(6e6).fill(1))",
        "console.table(new Array(50).fill(new Uint8Array(1e7)))",
        "console.dir(new Uint8Array(2e7), { depth: null })",
        "console.group(); console.log('x\\n'.repeat(2e7))",
        "console.count('x'.repeat(2e7)); console.time('x'.repeat(2e7))",
        "structuredClone(new Array(3e6).fill(1))",
        "structuredClone(new String('x'.repeat(3e7)))",
        "new TextEncoder().encode('x'.repeat(3e7))",
        "new TextEncoder().encode('€'.repeat(1e7))",
        "new TextDecoder().decode(new Uint8Array(5e7))",
        "new TextDecoder().decode(new Uint8Array(2e7).fill(255))",
        "new TextDecoder('gb18030').decode(new Uint8Array(5e7).fill(255))",
        "await new Response(new Uint8Array(3e7)).text()",
        "await new Response('x'.repeat(3e7)).arrayBuffer()",
        "new URLSearchParams([['a', '€'.repeat(1e7)]]).toString()",
        // Elements that are fields: a byte or four each, and a string in whatever lists them.
        "try { new Headers(Object.assign(new Uint8Array(5e7), { [Symbol.iterator]: null })) } catch {}",
        "try { new URLSearchParams(Object.assign(new Array(1e7).fill(1), { [Symbol.iterator]: null })) } catch {}",
        "try { new Headers(Object.assign(new String('x'.repeat(2e7)), { [Symbol.iterator]: null })) } catch {}",
        "console.log(Object.setPrototypeOf(new String('x'.repeat(2e7)), null))",
        "new Headers(elements(1e6))",
        "new URLSearchParams(elements(1e6))",
        "structuredClone(elements(1e6))",
        "console.log(elements(1e6)); console.table([elements(1e6)])",
        "const a = new Array(1e6); a.fill(1, 2000); structuredClone(a)",
        // Names, which V8 lists in one go.
        "new Headers(named)",
        "new URLSearchParams(named)",
        "structuredClone(named)",
        "console.log(named)",
        "console.table([named])",
        "Response.json(named)",
    ] {
        let source = format!(
            "const elements = (count) => {{ const o = {{}}; for (let i = 0; i < count; i++) o[i] = 0; return o }};
             const named = {{}};
             if ({}) for (let i = 0; i < 2e5; i++) named['k' + i] = 0;
             export default {{ async fetch() {{ {code}; return new Response('ended') }} }}",
            code.contains("named")
        );
        ends_or_is_interrupted(code, &source).await;
    }
}

/// The thread comes back from `code`, whatever becomes of it.
async fn ends_or_is_interrupted(code: &str, source: &str) {
    let worker = Worker::with_limits(source, limits());
    if let Err(termination) = worker.get("/").await {
        let legitimate = [TerminationReason::CpuTimeLimit, TerminationReason::MemoryLimit];
        assert!(legitimate.contains(&termination.reason), "{code}: {termination:?}");
    }
    worker.drained().await;
    assert!(!worker.isolate.has_lost_its_thread(), "{code}: {:?}", worker.isolate.condemned());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_55_built_in_modules_can_be_interrupted() {
    for code in [
        // V8 replaces, splits and joins in one go.
        "util.format('%s'.repeat(1e6), ...many)",
        "util.format('%z'.repeat(1e7), 1)",
        "util.format('%%'.repeat(1e7), 1)",
        "util.inspect('\\u0001'.repeat(3e7), { maxStringLength: Infinity })",
        "util.inspect('\\n'.repeat(3e7), { maxStringLength: Infinity })",
        "util.inspect({ [Symbol('\\n'.repeat(2e7))]: 1 })",
        "util.inspect({ a: { [util.inspect.custom]: () => '\\n'.repeat(3e7) } })",
        "util.inspect({ a: Object.assign(new Error(), { stack: '\\n'.repeat(3e7) }) })",
        "util.inspect(10n ** 100000n, { numericSeparator: true })",
        "util.inspect(new Set(Array.from({ length: 1e6 }, (_, i) => 1e6 - i)).values(), { maxArrayLength: Infinity })",
        "util.inspect(Object.fromEntries(many.map((x, i) => [x + i, i])), { sorted: true })",
        "util.inspect(Object.fromEntries(many.map((x, i) => [x + i, i])), { sorted: (a, b) => (a < b ? 1 : -1) })",
        "util.inspect(new Array(4e9), { showHidden: true })",
        "util.inspect(['\\u65e5'.repeat(1e7), 1, 2, 3, 4, 5, 6, 7], { maxStringLength: Infinity, compact: 100, breakLength: Infinity })",
        "assert.deepStrictEqual(many, many.concat('y'))",
        "assert.strictEqual(many.join(), many.concat(many).join())",
        "assert.deepStrictEqual(Object.fromEntries(many.map((x, i) => [x + i, i])), {})",
        "util.stripVTControlCharacters('\\u001b[31m'.repeat(1e7))",
        "util.parseEnv('a=b\\n'.repeat(1e7))",
        "new util.MIMEType('a/b;a=\"' + '\\\\a'.repeat(1e7) + '\"').toString()",
        "querystring.parse('a=' + '%zz+'.repeat(1e7))",
        "querystring.parse('a=' + '%20'.repeat(5e7))",
        "querystring.stringify({ a: many.concat(many, many, many, many) })",
        "url.parse('http:' + '\\\\'.repeat(5e7))",
        "url.format({ pathname: '#'.repeat(5e7), search: '#'.repeat(5e7) })",
        "url.resolve('/' + 'a/'.repeat(9e5), '../'.repeat(6e5))",
        "url.parse('//' + '@'.repeat(2e6), false, true)",
        "url.parse('http://' + ':'.repeat(2e6))",
        "url.parse('\\t'.repeat(2e6) + 'x' + ' '.repeat(1e5))",
        "querystring.parse('a=1&'.repeat(1e7), [], '=', { maxKeys: 0 })",
        "querystring.unescape('%zz\\u65e5'.repeat(1e7))",
        "querystring.escape('\\ud83d\\ude00'.repeat(2e7))",
        "url.pathToFileURL('/' + '%'.repeat(5e7))",
        "punycode.toASCII('ü.'.repeat(5e7))",
        "path.relative('/a'.repeat(5e7), '/b'.repeat(5e7))",
        "buffer.transcode(new Uint8Array(5e7).fill(200), 'latin1', 'ascii')",
        // Elements that are fields.
        "util.inspect(new Uint8Array(5e7))",
        "util.inspect(new Uint8Array(5e7), { showHidden: true })",
        "util.inspect(new Uint8Array(5e7), { maxArrayLength: Infinity })",
        "util.isDeepStrictEqual(new Uint8Array(5e7), new Uint8Array(5e7))",
        "util.isDeepStrictEqual(new String('a'.repeat(2 ** 24)), new String('a'.repeat(2 ** 24)))",
        "buffer.Buffer.alloc(5e7)[util.inspect.custom](0, {})",
        // What is too long for a name.
        "crypto.createHash(long)",
        "crypto.getCipherInfo(long)",
        "buffer.Buffer.from('', long)",
        "module.isBuiltin(long)",
        "process.stdout.write(long)",
        "await globalThis.crypto.subtle.digest(long, new Uint8Array(1))",
        "await globalThis.crypto.subtle.importKey('jwk', { kty: 'RSA', n: long, e: long }, { name: 'RSA-PSS', hash: 'SHA-1' }, true, [])",
        "await import(long)",
        "new TextDecoder(long)",
        "new URLPattern({ pathname: '/a' }).test({ pathname: long })",
        "structuredClone(Object.assign(new Error(), { name: long }))",
        "console.log('%j', long)",
        "URL.createObjectURL(new Blob()); URL.revokeObjectURL(long)",
        "await fetch('http://a.test/', { method: 'POST', body: long })",
    ] {
        let names = [
            "assert",
            "buffer",
            "crypto",
            "module",
            "path",
            "process",
            "punycode",
            "querystring",
            "url",
            "util",
        ];
        let imports: String = names.map(|name| format!("import * as {name} from 'node:{name}';\n")).concat();
        let source = format!(
            "{imports} export default {{ async fetch() {{
                 const many = new Array(1e5).fill('x'), long = 'x'.repeat(4e8);
                 try {{ {code} }} catch {{}}
                 return new Response('ended');
             }} }}"
        );
        ends_or_is_interrupted(code, &source).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_26_shared_memory_is_out_of_reach() {
    let source = "
        const found = [];
        const Memory = WebAssembly.Memory;
        try { found.push(typeof SharedArrayBuffer) } catch (e) { found.push(e.name) }
        let buffer;
        try {
            buffer = new Memory({ initial: 1, maximum: 2, shared: true }).buffer;
            found.push(Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]' ? 'memory' : 'no memory');
            for (const make of [() => buffer.constructor, () => Object.getPrototypeOf(buffer).constructor, () => buffer.constructor[Symbol.species], () => buffer.slice(0, 8).constructor]) {
                try { const C = make(); if (C !== Object && C !== ArrayBuffer && C !== undefined) found.push(new C(8) + '') } catch (e) { }
            }
        } catch (e) { found.push(e.name) }
        export default { fetch() {
            const waits = [];
            for (const target of [buffer, new ArrayBuffer(8)]) {
                if (target === undefined) continue;
                try { Atomics.wait(new Int32Array(target), 0, 0, 100000); waits.push('waited') } catch (e) { waits.push(e.name) }
            }
            return new Response(found.join() + ' ' + waits.join());
        } }";
    let text = Worker::new(source).text("/").await;
    assert_eq!(text, "undefined,memory TypeError,TypeError");
}
