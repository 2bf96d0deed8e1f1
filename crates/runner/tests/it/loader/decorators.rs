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
const CASES: [(&str, &str, &str); 27] = [
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
        "what decorators of a chain are called on",
        "const o: any = { n: 1, d(this: any) { log(this?.n) }, f: () => o, o: { n: 2, d(this: any) { log(this?.n) } } }; const no: any = undefined; class A { @(o?.d) a() {} @(o?.o.d) b() {} @(o.o?.['d']) c() {} @(o?.f().o?.d) e() {} @(o?.f?.().d as any) f() {} } tried(() => { class B { @(no?.d) m() {} } }); tried(() => { class B { @(no?.o.d) m() {} } }); @(o?.o.d) class C { static #d = o.d; static { class D { @(C?.#d) m() {} } } }",
        r#"[1,2,2,2,1,"TypeError","TypeError",2,null]"#,
    ),
    (
        "names of classes at private and numeric keys",
        "const d = (_: unknown, c: any) => log(c.name); class A { #p = @d class {}; static #s = @d class { static n = this.name }; 1 = @d class {}; 0x10 = @d class {}; 1.5 = @d class {}; accessor #a = @d class {}; t() { return [this.#p.name, A.#s.n, this.#a.name, this[1].name] } } const o = { 7: @d class {} }; log(new A().t())",
        r##"["#s","7","#p","1","16","1.5","#a",["#p","#s","#a","1"]]"##,
    ),
    (
        "a function is an object that the decorator of an accessor may return",
        "const d = () => Object.assign(() => {}, { get: () => 'got', init: (v: number) => (log(v), v) }) as any; class A { @d accessor a = 1 } log(new A().a); tried(() => { class B { @((() => Symbol()) as any) accessor a = 1 } })",
        r#"[1,"got","TypeError"]"#,
    ),
    (
        "keys and decorators in the order in which they are written, and what is applied",
        "const d = (n: string) => (log(n), (_: unknown, c: any) => log(c.kind + c.name)); const k = (n: string) => (log(n), n); @d('c') class A { @d('s') static [k('S')] = 1; @d('m') [k('M')]() {} @d('p') #p = 1; @d('q') static #q() {} [k('P')] = 1; @d('a') accessor [k('A')] = 1; @d('g') static get [k('G')]() { return 1 } }",
        r##"["c","s","S","m","M","p","q","P","a","A","g","G","method#q","getterG","methodM","accessorA","fieldS","field#p","classA"]"##,
    ),
    (
        "new.target and arguments",
        "function F(this: any, ..._: any[]) { log(new.target === F, arguments.length); @(log(new.target === F, arguments.length), () => {}) class A { @(log(new.target === F, arguments.length), () => {}) m() {} @(() => {}) f = new.target; @(() => {}) static s = new.target; static t = new.target } log(new (A as any)().f, A.s, A.t) } new (F as any)(1, 2)",
        "[true,2,true,2,true,2,null,null,null]",
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
        ("const d = () => {};\n@d class A {\n  static f = arguments;\n}\n", "3:14", "arguments"),
        ("@d class A {\n  m() { this.#no }\n}\n", "2:", "#no"),
        ("export default class {\n  @d constructor() {}\n}\n", "2:3", "constructors"),
        ("export default class {\n  @d m() {}\n  x = ;\n}\n", "3:7", "SyntaxError"),
    ] {
        let directory = project(&[("package.json", b"{}"), ("main.js", text.as_bytes())]);
        let error = super::error(&directory.path().join("main.js"));
        assert!(error.location.to_string().contains(&format!("main.js:{place}")), "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_decorator_is_an_error_at_the_class() {
    let behind = "\n\nexport default { fetch: () => new Response() };\n";
    let lines = "// a line\n".repeat(30);
    for (text, place) in [
        ("const d = 1;\n\n@d class A {}", "33:1"),
        ("const d = 1;\nconst A = @d class {\n  x;\n}", "32:11"),
        ("const d = 1;\nclass A {\n  @d m() {}\n}", "32:"),
        ("const d = 1;\nclass A {\n  @d #m() {}\n}", "32:"),
        ("const d = () => 1;\nclass A {\n  @d static f = 1;\n}", "32:"),
        ("const d = () => ({ get: 1 });\n@d class A {\n  @d accessor a = 1;\n}", "32:"),
    ] {
        for (name, text) in [
            ("main.js", format!("{lines}{text}{behind}")),
            ("main.ts", format!("{lines}{}{behind}", text.replace("d =", "d: any ="))),
        ] {
            let directory = project(&[("package.json", b"{}"), (name, text.as_bytes())]);
            let source = load(&directory.path().join(name));
            assert!(source.error().is_none(), "{text}: {}", source.error().unwrap());
            let (pool, world) = (IsolatePool::new(options()).unwrap(), World::new());
            let failure = send(&pool, "w", source.script(), &world, "/").await.unwrap_err();
            let location = failure.location.as_ref().map(ToString::to_string).unwrap_or_default();
            assert!(location.starts_with(&format!("{name}:{place}")), "{text}: {location} of {failure}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_decorators() {
    let many = |text: &str, count: usize| text.repeat(count);
    let elements: String = (0..2500)
        .map(|i| format!("@d m{i}() {{}} @d static f{i} = 1; @d #p{i} = 1; @d accessor a{i} = 1;\n"))
        .collect();
    for (what, text, expected) in [
        ("at one method", format!("class A {{ {} m() {{}} }}", many("@d ", 10_000)), "10000"),
        ("at a class", format!("{} class A {{}}", many("@d ", 10_000)), "10000"),
        ("at elements", format!("@d class A {{ {elements} }} new A();"), "10001"),
        (
            "in each other",
            format!("{}class {{}}{}", many("(@d(", 100), many(") class { @d m() {} })", 100)),
            "200",
        ),
    ] {
        let text = format!(
            "let n = 0; const d = (a, c) => c ? void n++ : d;\n{text};\n\
             export default {{ fetch: () => new Response(String(n)) }};\n"
        );
        let directory = project(&[("package.json", b"{}"), ("main.js", text.as_bytes())]);
        let source = load(&directory.path().join("main.js"));
        assert!(source.error().is_none(), "{what}: {}", source.error().unwrap());
        let (pool, world) = (IsolatePool::new(options()).unwrap(), World::new());
        let answer = text_of(send(&pool, "w", source.script(), &world, "/").await);
        assert_eq!(answer, expected, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_assigned_where_a_tsconfig_has_it_so_for_the_older_ones() {
    let text = "const lines: unknown[] = [];\n\
        const d = (t: any, k: string) => { Object.defineProperty(t, k, { set(v) { lines.push(k, v) } }) };\n\
        class A { @d f = 1; @d g!: number; static s = 2; constructor(public p = 3) {} h = this.p }\n\
        const a = new A();\n\
        export default { fetch: () => Response.json([...lines, Object.keys(a), A.s, a.h]) };\n";
    for (options, expected) in [
        (r#""useDefineForClassFields": false"#, r#"["f",1,["p","h"],2,3]"#),
        (r#""target": "ES2021""#, r#"["f",1,["p","h"],2,3]"#),
        (r#""target": "es2022""#, r#"[["p","f","g","h"],2,null]"#),
        (r#""target": "ES6", "useDefineForClassFields": true"#, r#"[["p","f","g","h"],2,null]"#),
        (r#""target": "ESNext""#, r#"[["p","f","g","h"],2,null]"#),
    ] {
        let config = format!(r#"{{ "compilerOptions": {{ "experimentalDecorators": true, {options} }} }}"#);
        let directory = project(&[
            ("package.json", b"{}"),
            ("tsconfig.json", config.as_bytes()),
            ("main.ts", text.as_bytes()),
        ]);
        let source = load(&directory.path().join("main.ts"));
        assert!(source.error().is_none(), "{options}: {}", source.error().unwrap());
        let (pool, world) = (IsolatePool::new(self::options()).unwrap(), World::new());
        assert_eq!(text_of(send(&pool, "w", source.script(), &world, "/").await), expected, "{options}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_ones_are_applied_to_what_is_static_last() {
    let text = "const lines: string[] = [];\n\
        const d = (n: string): any => { lines.push(n); return (t: any, k?: any) => { lines.push(n + typeof t) } };\n\
        @d('c') class A { @d('s') static s = 1; @d('m') m() {} @d('t') static t() {} @d('f') f = 1; }\n\
        class B { @d('u') static u = 1; @d('v') v = 1 }\n\
        export default { fetch: () => new Response(lines.join()) };\n";
    let config = r#"{ "compilerOptions": { "experimentalDecorators": true } }"#;
    let directory = project(&[
        ("package.json", b"{}"),
        ("tsconfig.json", config.as_bytes()),
        ("main.ts", text.as_bytes()),
    ]);
    let source = load(&directory.path().join("main.ts"));
    assert!(source.error().is_none(), "{}", source.error().unwrap());
    let (pool, world) = (IsolatePool::new(options()).unwrap(), World::new());
    let expected = "m,mobject,f,fobject,s,sfunction,t,tfunction,c,cfunction,v,vobject,u,ufunction";
    assert_eq!(text_of(send(&pool, "w", source.script(), &world, "/").await), expected);
}
