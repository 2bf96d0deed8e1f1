//! TypeScript by the chapters of its handbook: what each construct comes to when it runs.
//!
//! A case is a module that gives its default export; what is beside it in the table is that value as JSON.

use runner::IsolatePool;

use super::{load, project};
use crate::support::{Directory, World, options, send, text_of};

/// Of one file each.
const CASES: [(&str, &str, &str); 39] = [
    // Everyday types, narrowing, functions, objects.
    (
        "aliases and unions",
        "type Id = number | string; let id: Id = 1; id = 'a'; export default id;",
        "\"a\"",
    ),
    (
        "interfaces that are merged",
        "interface A { a: 1 } interface A { b: 2 } const x: A = { a: 1, b: 2 }; export default x;",
        "{\"a\":1,\"b\":2}",
    ),
    (
        "assertions of types",
        "const x = <any>1; const y = x as unknown as string; export default [x, y!, (x as any)?.z ?? 2];",
        "[1,1,2]",
    ),
    (
        "as const",
        "const x = { a: [1, 'b'] } as const; type X = (typeof x)['a'][number]; export default x;",
        "{\"a\":[1,\"b\"]}",
    ),
    (
        "satisfies",
        "const x = { a: 1 } satisfies Record<string, number>; export default x.a satisfies number;",
        "1",
    ),
    (
        "predicates of types",
        "function is(x: unknown): x is string { return typeof x === 'string' } export default [is('a'), is(1)];",
        "[true,false]",
    ),
    (
        "functions that assert",
        "function ok(x: unknown, m?: string): asserts x { if (!x) throw new Error(m) } let said; try { ok(0, 'no') } catch (e: unknown) { said = (e as Error).message } export default said;",
        "\"no\"",
    ),
    (
        "overloads",
        "function f(a: string): string; function f(a: number, b: number): number; function f(a: any, b?: any) { return b === undefined ? a : a + b } export default [f('a'), f(1, 2)];",
        "[\"a\",3]",
    ),
    (
        "this as a parameter",
        "function f(this: { a: number }, b: number) { return this.a + b } export default [f.call({ a: 1 }, 2), f.length];",
        "[3,1]",
    ),
    (
        "optional, rest and default parameters",
        "function f(a?: number, b: number = 2, ...c: readonly number[]) { return [a, b, ...c] } export default [f(), f(1, 3, 4)];",
        "[[null,2],[1,3,4]]",
    ),
    (
        "generics",
        "function first<const T extends readonly unknown[], U = T[0]>(x: T): U | undefined { return x[0] as U } const id = <T,>(x: T): T => x; export default [first<[1, 2]>([1, 2]), id<string>('a')];",
        "[1,\"a\"]",
    ),
    (
        "tuples and signatures of indices",
        "type T = [a: number, b?: string, ...rest: boolean[]]; interface D { readonly [key: string]: number; } const t: T = [1]; const d: D = { x: 1 }; export default [t, d];",
        "[[1],{\"x\":1}]",
    ),
    (
        "never, unknown, symbols of their own",
        "declare const tag: unique symbol; type S = { kind: 'a' } | { kind: 'b' }; function f(s: S): string { switch (s.kind) { case 'a': case 'b': return s.kind; default: const n: never = s; return n } } export default f({ kind: 'b' });",
        "\"b\"",
    ),
    // Making types of types.
    // Classes.
    (
        "fields and parameter properties",
        "class A { a = 1; declare d: number; static #s = 5; #p: number; constructor(private readonly x: number, public y = x + 1, protected z?: string) { this.#p = this.x + this.y } static get s() { return A.#s } get p(): number { return this.#p } } const a = new A(2); export default [a.a, a.x, a.y, Object.keys(a).length, a.p, A.s, 'd' in a];",
        "[1,2,3,4,5,5,false]",
    ),
    (
        "parameter properties of a class that extends",
        "class A { constructor(public a: number) {} } class B extends A { constructor(public b: number) { super(b * 2) } } const b = new B(2); export default [b.a, b.b];",
        "[4,2]",
    ),
    (
        "abstract classes and members",
        "abstract class A { abstract name: string; abstract f(): string; static make(): number { return 1 } g() { return this.f() + this.name } } class B extends A { override name = 'n'; override f() { return 'f' } } export default [new B().g(), A.make()];",
        "[\"fn\",1]",
    ),
    (
        "accessors of different types",
        "class A { #v = 0; get v(): number { return this.#v } set v(x: string | number) { this.#v = Number(x) } } const a = new A(); a.v = '7'; export default a.v;",
        "7",
    ),
    (
        "implements, generics, definite assignment",
        "interface I<T> { x: T } class A<T> implements I<T>, Iterable<T> { x!: T; y?: T; [key: string]: unknown; *[Symbol.iterator](): Iterator<T> { yield this.x } } const a = new A<number>(); export default [Object.keys(a), [...a]];",
        "[[\"x\",\"y\"],[null]]",
    ),
    (
        "blocks that are static",
        "class A { static x: number; static { this.x = 3 } } export default A.x;",
        "3",
    ),
    (
        "expressions and mixins",
        "type C<T = {}> = new (...args: any[]) => T; function M<B extends C>(Base: B) { return class M extends Base { m = 'm' } } class A { a = 'a' } const X = M(A); export default { ...new X() };",
        "{\"a\":\"a\",\"m\":\"m\"}",
    ),
    (
        "overloads of a constructor and of methods",
        "class A { x: number; constructor(); constructor(x: number); constructor(x?: number) { this.x = x ?? 5 } m(): void; m(a: number): void; m(a?: number) { this.x += a ?? 0 } } const a = new A(); a.m(2); export default a.x;",
        "7",
    ),
    // Enums.
    (
        "enums of numbers",
        "enum E { A, B = 5, C } export default [E.A, E.C, E[5], Object.keys(E).length];",
        "[0,6,\"B\",6]",
    ),
    (
        "enums of strings and of both",
        "enum E { A = 'a', B = 1, C = `c` } export default [E.A, E.C, Object.keys(E)];",
        "[\"a\",\"c\",[\"1\",\"A\",\"B\",\"C\"]]",
    ),
    (
        "computed members of enums",
        "const x = 'four'; enum E { A = 1 << 1, B = A | 4, C = x.length, D = 'ab'.length, F = B * 2 } export default [E.B, E.C, E.D, E.F];",
        "[6,4,2,12]",
    ),
    (
        "enums in several parts",
        "enum E { A } enum E { B = 7 } export default [E.A, E.B, E[7]];",
        "[0,7,\"B\"]",
    ),
    ("const enums", "const enum E { A = 'x', B = 1 + 2 } export default [E.A, E.B, E['B']];", "[\"x\",3,3]"),
    (
        "enums that are only declared",
        "declare enum D { A = 1 } declare const enum E { A = 2 } type T = D | E; export default typeof (null as T | null);",
        "\"object\"",
    ),
    (
        "enums and objects as their types",
        "enum E { A, B } function f(e: E.A | keyof typeof E) { return e } export default [f(E.A), f('B')];",
        "[0,\"B\"]",
    ),
    // Namespaces and merging.
    (
        "namespaces in each other",
        "namespace A { export namespace B.C { export const x = 1; const hidden = 2; export function f() { return x + hidden } } export type T = string } export default [A.B.C.x, A.B.C.f(), Object.keys(A.B.C)];",
        "[1,3,[\"x\",\"f\"]]",
    ),
    (
        "namespaces merged with classes, functions and enums",
        "class C { static s = 1 } namespace C { export const n = 2 } function F() { return F.x } namespace F { export const x = 3 } enum E { A } namespace E { export function g() { return E.A } } export default [C.s, C.n, F(), E.g()];",
        "[1,2,3,0]",
    ),
    (
        "namespaces of types only",
        "namespace T { export interface A { a: number } } const a: T.A = { a: 1 }; export default [a.a, typeof (globalThis as any).T];",
        "[1,\"undefined\"]",
    ),
    (
        "aliases of what is in a namespace",
        "namespace A.B { export const x = 4; export type T = number } import x = A.B.x; import T = A.B.T; const t: T = x; export default t;",
        "4",
    ),
    (
        "what is declared only",
        "declare var v: number; declare function f(): void; declare class C {} declare module 'm' { export const x: number } declare global { interface Window { w: number } } declare namespace N { const y: number } export default [typeof v, typeof f, typeof C];",
        "[\"undefined\",\"undefined\",\"undefined\"]",
    ),
    // What else runs.
    (
        "using",
        "const log: string[] = []; { using a: Disposable = { [Symbol.dispose]() { log.push('a') } }; await using b = { async [Symbol.asyncDispose]() { log.push('b') } }; log.push('body') } export default log;",
        "[\"body\",\"b\",\"a\"]",
    ),
    (
        "iteration",
        "async function* g(): AsyncGenerator<number, void, unknown> { yield 1; yield 2 } const all: number[] = []; for await (const x of g()) all.push(x); for (const [i, v] of (['a'] as string[]).entries()) all.push(i); export default all;",
        "[1,2,0]",
    ),
    (
        "generic calls and instantiations",
        "const make = Map<string, number>; const m = new make([['a', 1]]); const f = (<T extends object>(x: T) => x)<{}>; export default [m.get('a'), typeof f];",
        "[1,\"function\"]",
    ),
    (
        "comparisons that look like types",
        "const a = 1, b = 2, c = 3; export default [a < b, a < (b > c ? 1 : 2), (a < b) as boolean];",
        "[true,true,true]",
    ),
    (
        "classic numbers, regular expressions, optional calls",
        "const x: { f?: () => number } = {}; export default [1_000, 0b11, x.f?.() ?? 'none', /(?<y>\\d)/u.exec('a1')!.groups!.y];",
        "[1000,3,\"none\",\"1\"]",
    ),
    (
        "comments and directives",
        "/// <reference types=\"node\" />\n// @ts-nocheck\n/** @type {number} */ let x: number = 1; // @ts-expect-error\nexport default x;",
        "1",
    ),
];

/// A worker that answers with the default export of `./case`.
const MAIN: &str =
    "import value from './case'; export default { fetch: () => new Response(JSON.stringify(value)) };";

async fn value_in(directory: &Directory, pool: &IsolatePool) -> String {
    let source = load(&directory.path().join("main.ts"));
    if let Some(error) = source.error() {
        return error.to_string();
    }
    match send(pool, "w", source.script(), &World::new(), "/").await {
        Ok(outcome) => text_of(Ok(outcome)),
        Err(termination) => format!("{termination:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn constructs_of_one_file() {
    let pool = IsolatePool::new(options()).unwrap();
    let directory = project(&[("package.json", b"{}"), ("main.ts", MAIN.as_bytes())]);
    let mut wrong = Vec::new();
    for (what, text, expected) in CASES {
        std::fs::write(directory.path().join("case.ts"), text).unwrap();
        let value = value_in(&directory, &pool).await;
        if value != expected {
            wrong.push(format!("{what}: {value}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Files beside `main.ts`, and what the default export of `case` is.
type Project<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

const PROJECTS: [Project<'_>; 9] = [
    (
        "types that are imported and exported",
        &[
            (
                "case.ts",
                "import type { A } from './a'; import { type B, b } from './a'; import type * as All from './a'; export type { A } from './a'; export type * from './a'; export { type B, b } from './a'; const a: A & All.A = { a: 1 }; const x: B = b; export default [a, x];",
            ),
            ("a.ts", "export interface A { a: number } export type B = string; export const b: B = 'b';"),
        ],
        "[{\"a\":1},\"b\"]",
    ),
    (
        "an import of types only does not load anything",
        &[
            (
                "case.ts",
                "import { A } from './thrower'; import './b'; const a: A = 1; export default [a, (globalThis as any).b];",
            ),
            ("thrower.ts", "export type A = number; throw new Error('loaded');"),
            ("b.ts", "(globalThis as any).b = 2; export {}"),
        ],
        "[1,2]",
    ),
    (
        "verbatimModuleSyntax keeps what is written",
        &[
            ("tsconfig.json", "{ \"compilerOptions\": { \"verbatimModuleSyntax\": true } }"),
            (
                "case.ts",
                "import { unused } from './effect'; import type { T } from './thrower'; const t: T = 1; export default [t, (globalThis as any).effect];",
            ),
            ("effect.ts", "(globalThis as any).effect = 'kept'; export const unused = 1;"),
            ("thrower.ts", "export type T = number; throw new Error('loaded');"),
        ],
        "[1,\"kept\"]",
    ),
    (
        "enums of another file",
        &[
            ("case.ts", "import { E, C } from './e'; export default [E.B, E[1], C.X];"),
            ("e.ts", "export enum E { A, B } export const enum C { X = 'x' }"),
        ],
        "[1,\"B\",\"x\"]",
    ),
    (
        "paths, and names with other endings",
        &[
            ("tsconfig.json", "{ \"compilerOptions\": { \"paths\": { \"@/*\": [\"./lib/*\"] } } }"),
            (
                "case.ts",
                "import a from '@/a'; import b from './lib/b.js'; import c from './lib/c.mjs'; import d from './lib'; export default [a, b, c, d];",
            ),
            ("lib/a.ts", "export default 'a' as string"),
            ("lib/b.ts", "export default 'b' as string"),
            ("lib/c.mts", "export default 'c' as string"),
            ("lib/index.ts", "export default 'd' as string"),
        ],
        "[\"a\",\"b\",\"c\",\"d\"]",
    ),
    (
        "attributes of imports, and import()",
        &[
            (
                "case.ts",
                "import data from './d.json' with { type: 'json' }; const m: typeof import('./m') = await import('./m'); export default [data as unknown as { a: number }, m.x];",
            ),
            ("d.json", "{ \"a\": 1 }"),
            ("m.ts", "export const x: number = 2"),
        ],
        "[{\"a\":1},2]",
    ),
    (
        "elements by a pragma",
        &[(
            "case.tsx",
            "/** @jsx h */ /** @jsxFrag Frag */\nconst h = (t: any, p: any, ...c: any[]) => [t, p, ...c]; const Frag = 'frag'; const f = <T,>(x: T) => x; export default <><a href='b' {...{ c: 1 }}>{f<string>('d')}</a></>;",
        )],
        "[\"frag\",null,[\"a\",{\"href\":\"b\",\"c\":1},\"d\"]]",
    ),
    (
        "elements by jsxImportSource",
        &[
            (
                "tsconfig.json",
                "{ \"compilerOptions\": { \"jsx\": \"react-jsx\", \"jsxImportSource\": \"mine\" } }",
            ),
            (
                "case.tsx",
                "const C = (p: { x: number }) => p.x; export default [<C x={1} />, <b key='k'>{'t'}</b>];",
            ),
            (
                "node_modules/mine/package.json",
                "{ \"exports\": { \"./jsx-runtime\": \"./r.js\" }, \"type\": \"module\" }",
            ),
            (
                "node_modules/mine/r.js",
                "export const jsx = (t, p, k) => typeof t === 'function' ? t(p) : [t, p, k]; export const jsxs = jsx; export const Fragment = 'f';",
            ),
        ],
        "[1,[\"b\",{\"children\":\"t\"},\"k\"]]",
    ),
    (
        "elements by jsxFactory",
        &[
            (
                "tsconfig.json",
                "{ \"compilerOptions\": { \"jsx\": \"react\", \"jsxFactory\": \"make\", \"jsxFragmentFactory\": \"Many\" } }",
            ),
            ("case.tsx", "import { make, Many } from './make'; export default <><i>1</i></>;"),
            (
                "make.ts",
                "export const make = (t: any, p: any, ...c: any[]) => [t, ...c]; export const Many = 'many';",
            ),
        ],
        "[\"many\",[\"i\",\"1\"]]",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn constructs_of_several_files() {
    let pool = IsolatePool::new(options()).unwrap();
    let mut wrong = Vec::new();
    for (what, files, expected) in PROJECTS {
        let mut all = vec![("package.json", &b"{}"[..]), ("main.ts", MAIN.as_bytes())];
        all.extend(files.iter().map(|(name, text)| (*name, text.as_bytes())));
        let value = value_in(&project(&all), &pool).await;
        if value != expected {
            wrong.push(format!("{what}: {value}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_cannot_be_compiled_is_told_at_its_place() {
    let mut wrong = Vec::new();
    for (text, place, message) in [
        ("class A {\n  f(@inject() a: number) {}\n}", "2:5", "decorators of parameters"),
        ("class A {\n  @log() constructor() {}\n}", "2:3", "decorators of constructors"),
        ("class A {\n  @log() f(): void;\n  f() {}\n}", "2:3", "decorator"),
        ("@log export @other class A {}", "1:13", "Decorators"),
        ("\nimport a = require('./a');\na();", "2:1", "is for CommonJS"),
        ("\nconst a = 1; export = a;", "2:14", "is for CommonJS"),
        ("let a: number = ;", "1:17", "SyntaxError"),
        ("class A {\n  abstract f(): void {}\n}", "2:", "SyntaxError"),
        ("enum E {\n  A = 1,\n  = 2\n}", "3:3", "SyntaxError"),
        ("type A = {\n  a: string;\n", "3:1", "SyntaxError"),
        ("interface A { b }\nconst x: A = { b: 1 }\nexport default x y", "3:17", "SyntaxError"),
    ] {
        let directory = project(&[("package.json", b"{}"), ("main.ts", text.as_bytes())]);
        let source = load(&directory.path().join("main.ts"));
        let found = source.error().map(|error| error.to_string()).unwrap_or_default();
        let found = found.replace(&format!("{}/", directory.path().display()), "");
        if !(found.starts_with(&format!("main.ts:{place}")) && found.contains(message)) {
            wrong.push(format!("{text}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
