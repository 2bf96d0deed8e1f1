//! TypeScript and JSX of one file, wherever a path becomes a worker.

use std::process::Stdio;
use std::time::Duration;

use crate::support::{Directory, PATIENCE, Runner, run, soon};

/// What only TypeScript has, and what runs all the same.
const TYPED: &str = "interface Answer { text: string }
enum Level { Low = 1, High = Low << 1 }
namespace Names { export const hello: string = 'hello' }
class Greeter<T extends string> {
  constructor(private readonly name: T, public level: Level = Level.High) {}
  greet = (): Answer => ({ text: `${Names.hello} ${this.name!} ${this.level}` });
}
export default {
  async fetch(request: Request, env: { readonly NAME?: string }): Promise<Response> {
    const name = (env.NAME ?? 'world') satisfies string;
    return new Response(new Greeter(name as string).greet().text);
  },
} satisfies { fetch: unknown };
";

/// A type that is never closed.
const WRONG: &str =
    "interface A { b: string }\nexport default {\n  fetch(request: Request<): Response {},\n};\n";

const ELEMENT: &str = "/** @jsx h */
const h = (name, props, ...children) => `<${name}>${children.join('')}</${name}>`;
export default { fetch: () => new Response(<p>an element</p>) };
";

/// Throws in its line 4, which is another one in what runs.
const THROWS: &str = "interface A { b: string }\ntype C = A['b'];\nexport default { fetch(c: C): Response {\n  \
                      throw new TypeError('here');\n} };\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_serves_every_language() {
    let files = [("typed.ts", TYPED), ("page.tsx", ELEMENT), ("plain.jsx", ELEMENT), ("wrong.ts", WRONG)];
    let runner = Runner::serve_with_stderr(&files, &["--env", "NAME=you"], Stdio::null()).await;
    assert_eq!(runner.get("/typed/").await.text(), "hello you 2");
    for path in ["/page/", "/plain/"] {
        assert_eq!(runner.get(path).await.text(), "<p>an element</p>");
    }
    let wrong = runner.get("/wrong/").await;
    assert_eq!((wrong.status, wrong.header("x-termination-reason")), (500, "InitializationError"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_shown_as_it_is_written() {
    let directory = Directory::new(&[("wrong.ts", WRONG), ("throws.ts", THROWS), ("typed.mts", TYPED)]);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let check = run(&["check", directory.path().to_str().unwrap(), "--json"]).await;
    let report: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    let problems = report["problems"].as_array().unwrap();
    assert_eq!((problems.len(), &report["workers"]), (1, &3.into()), "{report}");
    assert_eq!((&problems[0]["line"], &problems[0]["column"]), (&3.into(), &26.into()), "{report}");
    assert!(problems[0]["file"].as_str().unwrap().ends_with("/wrong.ts"), "{report}");

    let wrong = run(&["run", &directory.file("wrong.ts")]).await;
    assert_eq!(wrong.status.code(), Some(1));
    let stderr = text(&wrong.stderr);
    assert!(
        stderr.contains("wrong.ts:3:26") && stderr.contains("3 |   fetch(request: Request<)"),
        "{stderr}"
    );

    let throws = run(&["run", &directory.file("throws.ts")]).await;
    let stderr = text(&throws.stderr);
    assert!(
        stderr.contains("throws.ts:4:9") && stderr.contains("4 |   throw new TypeError('here');"),
        "{stderr}"
    );
    assert!(stderr.contains("at Object.fetch (throws.ts:4:9)"), "{stderr}");

    let typed = run(&["run", &directory.file("typed.mts")]).await;
    assert!(text(&typed.stdout).ends_with("\n\nhello world 2"), "{typed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stacks_in_the_log_name_what_was_written() {
    let logs = "interface A {}\n\nexport default { fetch(): Response {\n  console.error(new Error('told'));\n  \
                throw new Error('thrown');\n} };\n";
    let (log, stderr) = crate::support::Log::new();
    let runner = Runner::serve_with_stderr(&[("w.ts", logs)], &[], stderr).await;
    assert_eq!(runner.get("/w/").await.status, 500);
    for place in ["w.ts:4:17", "w.ts:5:9"] {
        let told = tokio::time::timeout(PATIENCE, async {
            while !log.text().contains(place) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        assert!(told.await.is_ok(), "no {place} in {}", log.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_runs_with_everything_that_it_imports() {
    let main = super::fixture("project/src/index.ts");
    let output = run(&["run", main.to_str().unwrap()]).await;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let body = stdout.split_once("\n\n").map(|(_, body)| body).unwrap_or_else(|| panic!("{output:?}"));
    let said: serde_json::Value = serde_json::from_str(body).unwrap();
    let expected = serde_json::json!({
        "total": 5, "config": { "name": "configured" }, "self": "self", "page": "<p class=\"x\">a</p>",
        "which": "workerd", "common": [true, "passed on"], "data": 5, "text": "a text", "style": "p { margin: 0 }",
        "noise": [255, 0, 254], "add": true, "linked": "linked", "lazy": "lazy",
    });
    assert_eq!(said, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_a_module_are_shown_in_its_file() {
    let directory = super::project(&[
        ("package.json", b"{}"),
        (
            "src/main.ts",
            b"import { fail } from './lib';\nexport default { fetch(): Response { return fail() } };\n",
        ),
        ("src/lib.ts", b"interface A {}\n\nexport function fail(): never {\n  throw new Error('lib');\n}\n"),
        ("src/early.ts", b"import './thrower';\nexport default {};\n"),
        ("src/thrower.ts", b"type A = 1;\ntype B = 2;\nthrow new Error('early');\n"),
    ]);
    let output = run(&["run", &directory.file("src/main.ts")]).await;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        stderr.contains("src/lib.ts:4:9") && stderr.contains("4 |   throw new Error('lib');"),
        "{stderr}"
    );
    assert!(stderr.contains("(main.ts:2:"), "{stderr}");
    let output = run(&["check", &directory.file("src/early.ts")]).await;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        stdout.contains("src/thrower.ts:3:7") && stdout.contains("3 | throw new Error('early');"),
        "{stdout}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_changes_is_loaded_again() {
    let directory = super::project(&[
        ("package.json", b"{}"),
        (
            "src/main.ts",
            b"import { said } from '../lib/said';\nexport default { fetch: () => new Response(said) };\n",
        ),
        ("lib/said.ts", b"export const said: string = 'one'"),
    ]);
    let main = directory.path().join("src/main.ts");
    let runner = Runner::serve_path(&main, &["--watch"]).await;
    assert_eq!(runner.get("/").await.text(), "one");
    let until = async |text: &str| {
        soon(async {
            while runner.get("/").await.text() != text {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        })
        .await
    };
    // One that cannot be loaded changes nothing.
    std::fs::write(directory.file("lib/said.ts"), "export const said: = 'two'").unwrap();
    std::fs::write(directory.file("lib/more.ts"), "export const said: string = 'three'").unwrap();
    std::fs::write(directory.file("lib/said.ts"), "export { said } from './more'").unwrap();
    until("three").await;
    std::fs::write(directory.file("lib/more.ts"), "export const said: string = 'four'").unwrap();
    until("four").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn configurations_and_the_admin_listener_take_it_too() {
    let toml = "[[worker]]\nid = \"typed\"\nmain = \"src/typed.ts\"\nenv = { NAME = \"toml\" }\n";
    let wrangler = "{ \"name\": \"w\", \"main\": \"src/typed.ts\" }";
    let directory = super::project(&[
        ("src/typed.ts", TYPED.as_bytes()),
        ("runner.toml", toml.as_bytes()),
        ("wrangler.jsonc", wrangler.as_bytes()),
    ]);
    for config in ["runner.toml", "wrangler.jsonc"] {
        let output = run(&["check", "--config", &directory.file(config)]).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }

    let runner =
        Runner::serve(&[("hello.js", "export default { fetch: () => new Response('hi') }")], &[]).await;
    let put = async |kind: &str, script: &str| {
        let length = script.len();
        let head = format!("PUT /workers/hello HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n");
        // `admin` adds what ends the head; the body is behind it.
        runner
            .admin_with(&format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{script}"))
            .await
    };
    let (status, body) = put("application/javascript", TYPED).await;
    assert!(status >= 400 && body.contains("SyntaxError"), "{status} {body}");
    let (status, body) = put("application/typescript", WRONG).await;
    assert!(
        status >= 400 && body.contains("\"file\":\"hello.ts\",\"line\":3,\"column\":26"),
        "{status} {body}"
    );
    let (status, body) = put("application/typescript; charset=utf-8", TYPED).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(runner.get("/hello/").await.text(), "hello world 2");
}
