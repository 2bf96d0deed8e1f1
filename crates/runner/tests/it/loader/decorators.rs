//! Decorators: those of the standard, in the chapters of the handbook and case by case, and the older ones of TypeScript.

use runner::IsolatePool;

use super::{fixture, load, project};
use crate::support::{World, options, send, text_of};

/// What a file of the fixture answers to `url`, or what is wrong with it.
async fn answer(main: &str, url: &str) -> Result<String, String> {
    let source = load(&fixture("decorators").join(main));
    if let Some(error) = source.error() {
        return Err(error.to_string());
    }
    let (pool, world) = (IsolatePool::new(options()).unwrap(), World::new());
    match send(&pool, "w", source.script(), &world, url).await {
        Ok(answer) => Ok(text_of(Ok(answer))),
        Err(failure) => Err(failure.stack.unwrap_or_default()),
    }
}

/// What each module of the fixture gives.
const CHAPTERS: [(&str, &str); 9] = [
    ("logged", r#"["Ada","enter greet","Hello, Ada","leave greet"]"#),
    ("bound", "[2,5]"),
    ("fields", "[6030,8,1006]"),
    (
        "accessors",
        r##"[4,9,true,[],"volume begins with 3","#secret begins with a","#secret = ab","volume = 4"]"##,
    ),
    (
        "order",
        r#"["evaluate outer","evaluate inner","evaluate field","evaluate method","key method","evaluate static field","evaluate static method","key staticMethod","apply static method to method","apply method to method","apply static field to field","apply field to field","apply inner to class","apply outer to class","initialise static method","static field","initialise static field","static block","initialise inner","initialise outer","initialise method","field","initialise field"]"#,
    ),
    ("privates", r#"[[true,false,20],[21,42,8,"read 21"],42,"read 21"]"#),
    ("replaced", r#"["stamped",true,true,true,"who base and model",5,"Named",["Model","Named","default"]]"#),
    ("metadata", r#"[{"above":true},{"below":true},true,true]"#),
    ("plain", r#"["PLAIN @ TEXT",1]"#),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_chapters_of_the_handbook() {
    let answer = answer("src/index.ts", "/").await.unwrap();
    let mut answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let mut wrong = Vec::new();
    for (chapter, expected) in CHAPTERS {
        let found = answer[chapter].take().to_string();
        if found != expected {
            wrong.push(format!("{chapter}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_ones_where_a_tsconfig_wants_them() {
    let answer = answer("legacy/index.ts", "/").await;
    let expected = concat!(
        r#"[true,"HEY!",[["design:type","size","Number"],["field","size",true],"#,
        r#"["design:returntype","shout","String"],["design:paramtypes","shout",["String"]],"#,
        r#"["design:type","shout","Function"],["parameter","shout",0,"text"],"#,
        r#"["design:paramtypes",null,["Store","String"]],["parameter",null,0,"store"]]]"#
    );
    assert_eq!(answer.as_deref(), Ok(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_decorated_method_throws_has_its_place() {
    let stack = answer("src/index.ts", "/throw").await.unwrap_err();
    assert!(stack.starts_with("Error: this is thrown\n    at Fails.now (src/throws.ts:12:11)\n"), "{stack}");
    assert!(stack.contains("(src/throws.ts:5:"), "{stack}");
}

/// One class each; `log` is what is given.
const CASES: [(&str, &str, &str); 22] = [
    (
        "what a context has",
        "const d = (_: unknown, c: any) => log(Object.keys(c).join(), Object.keys(c.access ?? {}).join()); @d class A { @d m() {} @d get g() { return 1 } @d set s(v: any) {} @d f = 1; @d accessor a = 1 }",
        r#"["kind,name,static,private,access,metadata,addInitializer","has,get","kind,name,static,private,access,metadata,addInitializer","has,get","kind,name,static,private,access,metadata,addInitializer","has,set","kind,name,static,private,access,metadata,addInitializer","has,get,set","kind,name,static,private,access,metadata,addInitializer","has,get,set","kind,name,metadata,addInitializer",""]"#,
    ),
    (
        "what decorators are called on",
        "const o = { n: 1, d(this: any) { log(this?.n) }, o: { n: 2, d(this: any) { log(this?.n) } } }; function d(this: any) { log(this === undefined) } class A { @o.d a() {} @o.o.d b() {} @(o['d']) c() {} @(o.o['d']) e() {} @d f() {} } @o.o.d class B {}",
        "[1,2,1,2,true,2]",
    ),
    (
        "initialisers that are added too late, or are none",
        "let late: any; const d = (_: unknown, c: any) => { late = c.addInitializer }; class A { @d m() {} } tried(() => late(() => {})); const e = (_: unknown, c: any) => c.addInitializer(1); tried(() => { class B { @e m() {} } });",
        r#"["TypeError","TypeError"]"#,
    ),
    (
        "what is no decorator, or returns nothing that fits",
        "const r = (v: unknown): any => () => v; const no: any = 1; tried(() => { class A { @no m() {} } }); tried(() => { class A { @(r(1)) m() {} } }); tried(() => { class A { @(r('x')) f = 1 } }); tried(() => { class A { @(r(1)) accessor a = 1 } }); tried(() => { class A { @(r({ get: 1 })) accessor a = 1 } }); tried(() => { @(r({})) class A {} }); tried(() => { class A { @(r(null)) m() {} } }); tried(() => { class A { @(r(undefined)) m() {} } })",
        r#"["TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","TypeError"]"#,
    ),
    (
        "keys are evaluated once",
        "let n = 0; const k: any = { toString: () => (n++, 'k') }; const d = (_: unknown, c: any) => {}; class A { @d [k] = 1; @d static [k]() {} accessor [k] = 1; @d accessor [k] = 1 } log(n, Object.keys(new A())); @d class B { static [k] = 2; @d static [k] = 3; static accessor [k] = 4 } log(n)",
        r#"[4,["k"],7]"#,
    ),
    (
        "keys of every kind",
        "const d = (_: unknown, c: any) => log(c.name); class A { @d 1() {} @d 'a-b' = 1; @d 0x10 = 2; @d ['c']() {} accessor 7 = 7; accessor 'e f' = 8 } log((new A() as any)[7], Object.keys(new A()))",
        r#"["1","c","a-b","16",7,["16","a-b"]]"#,
    ),
    (
        "names of anonymous functions",
        "const d = (_: unknown, c: any) => {}; const s = Symbol('s'); class A { @d f = () => {}; @d #p = function () {}; p = () => this.#p; static g = class { @d m() {} }; @d [s] = () => {}; accessor a = () => {}; @d m() {} } const a: any = new A(); log(a.f.name, a.p().name, A.g.name, a[s].name, a.a.name); const C = @d class {}; const { x = @d class {} } = {} as any; let y; y ??= @d class {}; const o = { p: @d class {}, 'q-r': class { @d m() {} } }; const z = (b = @d class {}) => b; log(C.name, x.name, y.name, o.p.name, o['q-r'].name, z().name, (@d class {}).name)",
        r##"["f","#p","g","[s]","a","C","x","y","p","q-r","b",""]"##,
    ),
    (
        "initialisers between fields",
        "const d = (n: string) => (_: unknown, c: any) => c.addInitializer(function (this: any) { log(n + Object.keys(this)) }); class A { a = 1; @d('b') b = 1; c = () => 1; @d('m') m() {} @d('e') e; } const a = new A(); log(a.c.name)",
        r#"["m","ba,b","ea,b,c,e","c"]"#,
    ),
    (
        "super, and constructors of classes that extend",
        "class P { p = 1; constructor(public q = 2) {} m() { return 'P' } static s() { return 'S' } } const d = (_: unknown, c: any) => {}; class A extends P { @d x = this.p + this.q; @d #m() { return super.m() + this.x } @d static #s() { return super.s() } @d f = super.m(); t() { return [this.#m(), A.#s(), this.f] } constructor(n: number) { log('before'); super(n) } } log(new A(5).t())",
        r#"["before",["P6","S","P"]]"#,
    ),
    (
        "parameter properties, and what is only declared",
        "const d = (_: unknown, c: any) => log(c.name); abstract class A<T> { @d x = 1; declare y: T; abstract z(): void; @d override toString() { return 'A' } constructor(readonly a: number, private b = 2) { log(this.a + this.b + this.x) } } class B extends A<string> { z() {} } log(String(new B(1)))",
        r#"["toString","x",4,"A"]"#,
    ),
    (
        "a class in a loop has variables of its own",
        "const made = []; for (let i = 0; i < 3; i++) { const d = () => (v: number) => v + i; made.push(class { @d x = 10 }); class B { @d x = 20 } made.push(B) } log(made.map((C) => new C().x))",
        "[[10,20,11,21,12,22]]",
    ),
    (
        "await in decorators and keys",
        "const d = async (n: string) => (_: unknown, c: any) => log(n); @(await d('class')) class A { @(await d('method')) [await 'k']() {} } const f = async () => class { @(await d('inner')) [await 'l'] = 1 }; log(Object.keys(new (await f())()), Object.getOwnPropertyNames(A.prototype))",
        r#"["method","class","inner",["l"],["constructor","k"]]"#,
    ),
    (
        "yield in decorators and keys",
        "function* g(this: any): any { return class { @(yield 1) m() {} [yield this.two] = 1 } } const it = g.call({ two: 2 }); log(it.next().value, it.next((_: unknown, c: any) => log(c.name)).value); const C = it.next('k').value; log(Object.keys(new C()))",
        r#"[1,2,"m",["k"]]"#,
    ),
    (
        "private names in decorators",
        "let get: any; const d = (f: any) => (_: unknown, c: any) => { get = f }; class A { @d((o: A) => o.#x) #x = 42 } log(get(new A()), Object.getOwnPropertyNames(A))",
        r#"[42,["length","name","prototype"]]"#,
    ),
    (
        "a private method cannot be written to",
        "const d = (_: unknown, c: any) => {}; class A { @d #m() {} w() { (this as any).#m = 1 } static has(o: object) { return #m in o } } tried(() => new A().w()); log(A.has(new A()), A.has({}))",
        r#"["TypeError",true,false]"#,
    ),
    (
        "the name of a class within it",
        "const R = (C: any) => class R extends C {}; @R class A { static me = () => A; you() { return A } } log(A.me() === A, new A().you() === A, A.name); const C = @R class D { me() { return D } }; log(new C().me() === C); tried(() => { const now = (f: () => unknown) => (_: unknown, c: any) => { f() }; @now(() => E) class E {} })",
        r#"[true,true,"R",true,"ReferenceError"]"#,
    ),
    (
        "static elements of a class that is replaced",
        "const R = (C: any) => class R extends C {}; const d = (_: unknown, c: any) => c.addInitializer(function (this: any) { log(c.name + this.name) }); class P { static s() { return this.name } } @R class A extends P { @d static x = log(super.s()); static #p = this.name; static { log(this.#p, Object.keys(this)) } @d static accessor a = 1; static ['k' + 1] = () => {}; static #m() { return this.#p } static m() { return A.#m() } } log(Object.keys(A), A.a, A.m(), (A as any).k1.name)",
        r#"["R","xR","R",["x"],"aR",["x","k1"],1,"R","k1"]"#,
    ),
    (
        "static accessors of a class that is extended",
        "class A { static accessor n = 1 } class B extends A {} B.n++; log(A.n, B.n)",
        "[2,2]",
    ),
    (
        "extends null, and a superclass that is evaluated",
        "const d = (n: string) => (log(n), (_: unknown, c: any) => {}); class A extends (null as any) { @d('a') static s() {} } @d('b') class B extends (log('super'), Object) { @d('c') m() {} }",
        r#"["a","b","super","c"]"#,
    ),
    (
        "classes in classes",
        "const d = (n: string) => (_: unknown, c: any) => log(n + c.kind); class A { @d('a') m() { return class { @d('b') f = class { @d('c') accessor x = 1 } } } } new (new A().m())()",
        r#"["amethod","bfield","caccessor"]"#,
    ),
    (
        "globals that a module names anew",
        "const Object = 1, Reflect = 2, TypeError = 3, _dec0_helper = 4; const d = (_: unknown, c: any) => log(c.kind); class A { @d m() {} } log(Object + Reflect + TypeError + _dec0_helper)",
        r#"["method",10]"#,
    ),
    (
        "generators and asynchronous methods",
        "const d = (f: any, c: any) => { log(f.constructor.name) }; class A { @d *g() { yield 1 } @d async a() { return 2 } @d async #p() { return 3 } p() { return this.#p() } } log([...new A().g()], await new A().a(), await new A().p())",
        r#"["GeneratorFunction","AsyncFunction","AsyncFunction",[1],2,3]"#,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn cases_of_the_standard() {
    let pool = IsolatePool::new(options()).unwrap();
    let mut wrong = Vec::new();
    for (at, (what, text, expected)) in CASES.iter().enumerate() {
        let text = format!(
            "const lines: unknown[] = [];\nconst log = (...all: unknown[]) => {{ lines.push(...all) }};\n\
             const tried = (f: () => void) => {{ try {{ f() }} catch (e: any) {{ log(e.name) }} }};\n\
             {text}\nexport default {{ fetch: () => new Response(JSON.stringify(lines)) }};\n"
        );
        let directory = project(&[("package.json", b"{}"), ("main.ts", text.as_bytes())]);
        let source = load(&directory.path().join("main.ts"));
        let found = match source.error() {
            Some(error) => error.to_string(),
            None => {
                let world = World::new();
                match send(&pool, &format!("w{at}"), source.script(), &world, "/").await {
                    Ok(answer) => text_of(Ok(answer)),
                    Err(failure) => failure.to_string(),
                }
            }
        };
        if found != *expected {
            wrong.push(format!("{what}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn javascript_is_changed_only_where_it_has_to_be() {
    for (text, is_changed) in [
        ("export default '@a' + `@b`; // @c\n/* @d accessor */ /@/;\n", false),
        ("var accessor = 1; export default accessor;\n", false),
        ("export default class { accessor = 1; static accessor() {} }\n", false),
        ("export default class { accessor a = 1 }\n", true),
        ("const d = () => {};\nexport default @d class {}\n", true),
        ("const d = () => {}; @d class A {}\n", true),
    ] {
        let directory = project(&[("package.json", b"{}"), ("main.js", text.as_bytes())]);
        let source = load(&directory.path().join("main.js"));
        assert!(source.error().is_none(), "{text}: {}", source.error().unwrap());
        assert_eq!(source.code().main().map().is_some(), is_changed, "{text}");
    }
    for (text, place, message) in [
        ("export default class {\n  @d constructor() {}\n}\n", "2:3", "constructors"),
        ("export default class {\n  @d m() {}\n  x = ;\n}\n", "3:7", "SyntaxError"),
    ] {
        let directory = project(&[("package.json", b"{}"), ("main.js", text.as_bytes())]);
        let error = super::error(&directory.path().join("main.js"));
        assert!(error.location.to_string().ends_with(&format!("main.js:{place}")), "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
}
