//! The workers of the soak, good and hostile.
//!
//! Left out is what costs memory until a restart, as `docs/security.md` has it: scripts that V8 gives up on, whose
//! threads are parked. This is about all that must come back.

use std::path::Path;

use crate::failure::{During, Result};

/// A worker with the requests that are made of it.
pub(super) struct Worker {
    pub(super) name: &'static str,
    source: &'static str,
    /// Below `/NAME/`. `SELF` stands for the address of the server.
    pub(super) paths: &'static [&'static str],
}

/// Those whose answers count.
pub(super) const GOOD: [Worker; 4] = [
    Worker { name: "hello", source: "export default { fetch: () => new Response('hello') }", paths: &[""] },
    Worker {
        name: "json",
        source: "export default { async fetch() {
            const rows = Array.from({ length: 500 }, (_, n) => ({ n, text: 'row ' + n }));
            return new Response(JSON.stringify(JSON.parse(JSON.stringify(rows))));
        } }",
        paths: &[""],
    },
    Worker {
        name: "waits",
        source: "export default { async fetch(request, env, ctx) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 50)));
            return new Response('waited');
        } }",
        paths: &[""],
    },
    Worker {
        name: "proxy",
        source: "export default { fetch: (request) => fetch(new URL(request.url).searchParams.get('url')) }",
        paths: &["?url=http://SELF/hello/"],
    },
];

/// Those who want what is not theirs.
pub(super) const HOSTILE: [Worker; 5] = [
    Worker {
        name: "cpu",
        source: "export default { async fetch(request) {
            switch (new URL(request.url).pathname) {
                case '/loop': for (;;);
                case '/microtasks': for (;;) await 0;
                case '/regexp': return new Response(/^(a+)+$/.test('a'.repeat(40) + 'b'));
                case '/recursion': { const f = () => f() + 1; return new Response(f()) }
                case '/json': { let v = []; for (;;) v = JSON.parse(JSON.stringify([v, v].slice(0, 1000))) }
                case '/sort': for (;;) Array.from({ length: 1e5 }, Math.random).sort();
            }
        } }",
        paths: &["loop", "microtasks", "regexp", "recursion", "json", "sort"],
    },
    Worker {
        name: "memory",
        source: "const kept = [];
        export default { fetch(request) {
            switch (new URL(request.url).pathname) {
                case '/objects': for (;;) kept.push({ n: kept.length, text: 'x' + kept.length });
                case '/strings': for (;;) kept.push('x'.repeat(1 << 16) + kept.length);
                case '/buffers': for (;;) kept.push(new Uint8Array(1 << 22).fill(1));
                case '/intl': for (let n = 0; n < 20; n++) kept.push(new Intl.DateTimeFormat('en-GB'));
                    return new Response('kept');
                case '/wasm': kept.push(new WebAssembly.Module(
                    new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 0, 2, 1, kept.length % 256])));
                    return new Response('kept');
                case '/closures': for (;;) kept.push(() => kept);
            }
        } }",
        paths: &["objects", "strings", "buffers", "intl", "wasm", "closures"],
    },
    Worker {
        name: "never",
        source: "let shared = null;
        export default { fetch(request, env, ctx) {
            switch (new URL(request.url).pathname) {
                case '/promise': return new Promise(() => {});
                case '/interval': setInterval(() => {}, 1); return new Promise(() => {});
                case '/wait-until': ctx.waitUntil(new Promise(() => setInterval(() => {}, 10)));
                    return new Response('later');
                case '/shared': shared ??= new Promise((resolve) => setTimeout(resolve, 1e6));
                    return shared.then(() => new Response('never'));
                case '/throw': throw { toString() { throw 1 } };
            }
        } }",
        paths: &["promise", "interval", "wait-until", "shared", "throw"],
    },
    Worker {
        name: "floods",
        source: "export default { async fetch(request) {
            switch (new URL(request.url).pathname) {
                case '/timers': for (let n = 0; n < 1e5; n++) setTimeout(() => {}, 1e6); break;
                case '/log': for (let n = 0; n < 1e4; n++) console.log('x'.repeat(1000)); break;
                case '/names': await Promise.allSettled(Array.from({ length: 200 },
                    () => fetch('http://' + Math.random().toString(36).slice(2) + '.invalid/'))); break;
                case '/sockets': await Promise.allSettled(Array.from({ length: 200 },
                    () => fetch(new URL(request.url).searchParams.get('url')))); break;
                case '/headers': {
                    const headers = new Headers();
                    for (let n = 0; n < 1e5; n++) headers.append('x-' + n, 'y'.repeat(100));
                    return new Response('', { headers });
                }
                case '/clone': { let v = {}; for (let n = 0; n < 1e6; n++) v = { v }; structuredClone(v); break }
            }
            return new Response('flooded');
        } }",
        paths: &["timers", "log", "names", "sockets?url=http://SELF/hello/", "headers", "clone"],
    },
    Worker { name: "broken", source: "for (;;);", paths: &[""] },
];

/// Writes all of them into a directory that `runner serve` is given.
pub(super) fn write(directory: &Path) -> Result {
    std::fs::create_dir_all(directory).during(directory.display())?;
    for worker in GOOD.iter().chain(&HOSTILE) {
        let file = directory.join(worker.name).with_extension("js");
        std::fs::write(&file, worker.source).during(file.display())?;
    }
    Ok(())
}

impl Worker {
    /// What follows `GET` for the request of this number.
    pub(super) fn target(&self, number: usize, address: &str) -> String {
        let path = self.paths[number % self.paths.len()].replace("SELF", address);
        format!("/{}/{path}", self.name)
    }
}
