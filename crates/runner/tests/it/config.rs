//! `serve --config` and `runner config`: what a file means, and what its author reads when it means nothing.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Instant;

use tokio::process::Command;

use crate::support::{Directory, Log, PATIENCE, Runner, exchange, soon};

const HELLO: (&str, &str) = ("hello.js", "export default { fetch() { return new Response('hello') } }");

fn write(directory: &Directory, name: &str, text: impl AsRef<[u8]>) {
    let path = directory.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Runs a command in a directory, with nothing in its environment that would be a flag.
async fn run_in(directory: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.current_dir(directory).args(args).stdin(Stdio::null()).kill_on_drop(true);
    soon(command.output()).await.unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What the author of a bad file reads.
async fn refused(directory: &Directory, args: &[&str]) -> String {
    let output = run_in(directory.path(), &[&["config", "check"], args].concat()).await;
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{stderr}");
    stderr.to_owned()
}

/// Compares what is said about a file with the page that was reviewed.
async fn compare(name: &str, file: &str, content: &str) {
    let directory = Directory::new(&[HELLO]);
    write(&directory, file, content);
    let said = refused(&directory, &[file]).await;
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("config_{name}"), said));
}

#[tokio::test]
async fn a_project_that_is_given_as_a_directory_of_workers_is_explained() {
    let directory = Directory::new(&[]);
    write(&directory, "wrangler.toml", "name = 'w'\nmain = 'src/w.js'\n");
    let output = run_in(directory.path(), &["serve", "."]).await;
    let stderr = text(&output.stderr);
    assert!(stderr.contains("no worker (NAME.js"), "{stderr}");
    assert!(stderr.contains("by its configuration: --config wrangler.toml\n"), "{stderr}");
}

#[tokio::test]
async fn what_the_author_of_a_bad_file_reads_is_as_reviewed() {
    for (name, content) in [
        (
            "unknown_keys",
            "[serve]\nlisten = 8080\n\n[pool]\npool_sise = 5\nbanana = 1\n\n[[worker]]\nid = \"a\"\n\
             main = \"hello.js\"\nrutes = []\n\n[worker.limits]\ncpu = 5\n",
        ),
        (
            "wrong_types",
            "env = 5\nworker = 3\n[pool]\npool_size = \"ten\"\nreuse = true\n[server]\nexpose_errors = 1\nlisten = []\n\
             [log]\nfilter = 7\n",
        ),
        (
            "wrong_types_of_a_worker",
            "[[worker]]\nid = 5\nmain = [\"a.js\"]\nroutes = \"/a/*\"\ncrons = [1]\n[worker.env]\nA = []\n\
             [worker.limits]\ncpu_ms = \"50\"\nwall_ms = 0\n",
        ),
        (
            "values_out_of_range",
            "[pool]\npool_size = 0\nreuse = \"never\"\n[limits]\nheap_mb = 4\nfetch = \"some\"\n[server]\n\
             listen = \"nowhere\"\n[budgets]\ntenant_cpu = \"x\"\n[[worker]]\nid = \"a b\"\nmain = \"hello.js\"\n\
             limits = { heap_mb = 1, reuse = \"never\", cpu_rate = \"0\" }\n",
        ),
        (
            "duplicate_id",
            "[[worker]]\nid = \"a\"\nmain = \"hello.js\"\n[[worker]]\nid = \"a\"\nmain = \"hello.js\"\n",
        ),
        (
            "duplicate_id_beside_another_problem",
            "[[worker]]\nid = \"a\"\nmain = \"missing.js\"\n[[worker]]\nid = \"a\"\nmain = \"hello.js\"\nversion = \"a b\"\n",
        ),
        (
            "main",
            "[[worker]]\nid = \"a\"\n\n[[worker]]\nid = \"b\"\nmain = \"missing.js\"\n\n[[worker]]\nid = \"c\"\n\
             main = \"src/index.ts\"\n\n[[worker]]\nmain = \"hello.js\"\n",
        ),
        (
            "routes_and_crons",
            "[[worker]]\nid = \"a\"\nmain = \"hello.js\"\nroutes = [\"https://a.test/*\", \"a.test\", \"/a/*/b\"]\n\
             crons = [\"* * * *\", \"61 * * * *\", \"0 0 * * * *\"]\n",
        ),
        (
            "conflicting_routes",
            "[[worker]]\nid = \"a\"\nmain = \"hello.js\"\nroutes = [\"a.test/*\", \"/x/*\"]\n\n[[worker]]\nid = \"b\"\n\
             main = \"hello.js\"\nroutes = [\"b.test/*\", \"A.test/*\"]\n",
        ),
        (
            "secrets",
            "[[worker]]\nid = \"a\"\nmain = \"hello.js\"\nenv_file = \"missing.env\"\n\n[worker.env]\nBOTH = \"x\"\n\n\
             [worker.secrets]\nA = { file = \"missing.txt\" }\nB = { env = \"RUNNER_TEST_IS_NOT_SET\" }\nC = {}\n\
             D = \"hunter2\"\nE = { value = \"hunter2\" }\nBOTH = { file = \"hello.js\" }\n",
        ),
        ("syntax", "[pool]\npool_size = \n\n[[worker]\nid = 'a\n"),
        ("duplicate_keys", "[pool]\nspares = 1\nspares = 2\n[pool]\n"),
        ("one_bracket", "[worker]\nid = \"a\"\n"),
    ] {
        compare(name, "runner.toml", content).await;
    }
    compare("json_syntax", "wrangler.jsonc", "{\n  // a comment\n  \"name\": \"a\" \"main\": 5\n}\n").await;
    compare("json_duplicate", "wrangler.json", "{ \"name\": \"a\", \"name\": \"b\" }").await;
    compare(
        "json_types",
        "wrangler.json",
        "{ \"name\": 5, \"routes\": [5], \"triggers\": { \"crons\": \"x\" } }",
    )
    .await;
}

#[tokio::test]
async fn a_variable_that_is_no_good_is_named() {
    let said = async |arguments: &[&str]| {
        let mut runner = Command::new(env!("CARGO_BIN_EXE_runner"));
        let output = runner.args(arguments).env("RUNNER_POOL_SIZE", "many").output().await.unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let from_variable = said(&["serve", "."]).await;
    assert!(
        from_variable.contains("tip: the value is that of the variable RUNNER_POOL_SIZE"),
        "{from_variable}"
    );
    let from_flag = said(&["serve", ".", "--pool-size=few"]).await;
    assert!(from_flag.contains("few") && !from_flag.contains("variable"), "{from_flag}");
}

#[tokio::test]
async fn a_secret_that_was_written_into_the_file_is_not_shown() {
    let directory = Directory::new(&[HELLO]);
    for secrets in ["A = \"hunter2\"", "A = { value = \"hunter2\" }", "A = { file = 5, value = \"hunter2\" }"]
    {
        let file = format!("[[worker]]\nid = \"a\"\nmain = \"hello.js\"\n[worker.secrets]\n{secrets}\n");
        write(&directory, "runner.toml", file);
        let said = refused(&directory, &[]).await;
        assert!(said.contains("runner.toml:5") && !said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_said_to_be_missing() {
    let directory = Directory::new(&[]);
    assert!(refused(&directory, &[]).await.contains("runner.toml"));
    assert!(refused(&directory, &["no/such.toml"]).await.contains("no/such.toml"));
    write(&directory, "runner.toml", "");
    assert!(refused(&directory, &["--env-name", "x"]).await.contains("wrangler files"));
}

#[tokio::test]
async fn hostile_files_end_in_an_error() {
    let directory = Directory::new(&[HELLO]);
    let mib = |text: &str| text.repeat((1 << 20) / text.len());
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("runner.toml", mib("[").into()),
        ("runner.toml", mib("]").into()),
        ("runner.toml", mib("a.").into()),
        ("runner.toml", mib("=\n").into()),
        ("runner.toml", mib("[[worker]]\n").into()),
        ("runner.toml", ("x = ".to_owned() + &deep("[", "]")).into()),
        ("runner.toml", ("x = ".to_owned() + &deep("{a=", "}")).into()),
        ("runner.toml", format!("{} = 1", deep("a.", "a")).into()),
        ("runner.toml", format!("[[worker]]\nid = \"{}\"", mib("x")).into()),
        ("runner.toml", format!("[pool]\n{} = 1", mib("x")).into()),
        ("runner.toml", b"[pool]\n# \xff\xfe".to_vec()),
        ("runner.toml", b"a = 1\0".to_vec()),
        ("wrangler.jsonc", mib("[").into()),
        ("wrangler.jsonc", deep("{\"a\":", "}").into()),
        ("wrangler.jsonc", deep("[", "]").into()),
        ("wrangler.jsonc", mib("/*").into()),
        ("wrangler.jsonc", b"{\"name\": \"\xff\"}".to_vec()),
        ("wrangler.jsonc", b"[]".to_vec()),
        ("wrangler.jsonc", Vec::new()),
    ];
    for (name, content) in files {
        let start = String::from_utf8_lossy(&content[..content.len().min(20)]).into_owned();
        write(&directory, name, content);
        let begun = Instant::now();
        let said = refused(&directory, &[name]).await;
        assert!(said.contains("error: ") && said.contains(name), "{start}: {said}");
        assert!(said.len() < 100_000, "{start}: {} bytes", said.len());
        assert!(begun.elapsed() < PATIENCE, "{start}");
    }
}

/// A server with this configuration, these flags and these variables.
async fn serve(
    directory: &Directory,
    config: &str,
    flags: &[&str],
    variables: &[(&str, &str)],
) -> (Runner, Log) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.current_dir(directory.path()).envs(variables.iter().copied());
    let args = [&["--config", config], flags].concat();
    let (log, stderr) = Log::new();
    (Runner::spawn_with(command, &args, stderr).await, log)
}

/// The answer to a request for a path of a host.
async fn ask(runner: &Runner, host: &str, path: &str) -> (u16, String) {
    let reply = exchange(runner.address, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
    (reply.status, reply.text().to_owned())
}

#[tokio::test]
async fn a_flag_goes_before_its_variable_and_that_before_the_file() {
    let source = "let count = 0;
        export default { fetch(request, env) {
            if (request.url.endsWith('/throw')) throw new Error('told');
            return new Response(`${++count} ${env.FROM}`);
        } }";
    let directory = Directory::new(&[("w.js", source)]);
    write(
        &directory,
        "etc/runner.toml",
        "env = { FROM = \"file\" }
        [server]
        listen = \"127.0.0.1:0\"
        expose_errors = true
        [pool]
        pool_size = 5
        reuse = \"fresh\"
        [log]
        filter = [\"runner=info\", \"worker=off\"]
        [[worker]]
        id = \"w\"
        main = \"../w.js\"
        routes = [\"/*\"]",
    );
    let variables = [
        ("RUNNER_EXPOSE_ERRORS", "false"),
        ("RUNNER_POOL_SIZE", "6"),
        ("RUNNER_REUSE", "warm"),
        ("RUNNER_LOG", "runner=warn"),
    ];
    let flags = [
        "--expose-errors",
        "--pool-size",
        "7",
        "--reuse",
        "fresh",
        "--log",
        "runner=info",
        "--env",
        "FROM=flag",
        "--listen",
        "localhost:0",
    ];
    for (variables, flags, expected) in [
        (&[][..], &[][..], (true, 5, "1 file", true)),
        (&variables, &[], (false, 6, "2 file", false)),
        (&variables, &flags, (true, 7, "1 flag", true)),
    ] {
        let (mut runner, log) = serve(&directory, "etc/runner.toml", flags, variables).await;
        ask(&runner, "a.test", "/").await;
        let (_, answer) = ask(&runner, "a.test", "/").await;
        let exposed = ask(&runner, "a.test", "/throw").await.1.contains("told");
        let size = runner.stats().await["total"].as_u64().unwrap();
        runner.signal("TERM").await;
        assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
        let logged = log.end().contains("INFO runner");
        assert_eq!((exposed, size, &*answer, logged), expected);
    }
}

#[tokio::test]
async fn workers_have_their_own_routes_environments_and_limits() {
    let source = "export default { fetch(request, env) {
            const until = Date.now() + Number(new URL(request.url).searchParams.get('spin') ?? 0);
            while (Date.now() < until);
            return new Response(`${new URL(request.url).pathname} ${JSON.stringify(env)}`);
        } }";
    let directory = Directory::new(&[("w.js", source), HELLO]);
    write(&directory, "token.txt", "s3cret\n");
    write(&directory, "vars.env", "A=file\nB='from file'\n");
    write(
        &directory,
        "runner.toml",
        "env = { ALL = 1 }
        [[worker]]
        id = \"api\"
        main = \"w.js\"
        routes = [\"api.test/v1/*\", \"*.api.test/*\"]
        env = { A = \"table\" }
        env_file = \"vars.env\"
        secrets = { TOKEN = { file = \"token.txt\" }, OTHER = { env = \"RUNNER_TEST_SECRET\" } }
        [[worker]]
        id = \"tight\"
        main = \"w.js\"
        routes = [\"/tight/*\"]
        limits = { cpu_ms = 20 }
        [[worker]]
        id = \"mounted\"
        main = \"hello.js\"",
    );
    let flags = ["--listen", "0", "--cpu-ms", "2000", "--log", "debug"];
    let (mut runner, log) =
        serve(&directory, "runner.toml", &flags, &[("RUNNER_TEST_SECRET", "0ther")]).await;
    let environment = r#"{"A":"table","ALL":"1","B":"from file","OTHER":"0ther","TOKEN":"s3cret"}"#;
    assert_eq!(ask(&runner, "api.test", "/v1/x?y").await, (200, format!("/v1/x {environment}")));
    assert_eq!(ask(&runner, "eu.api.test", "/").await, (200, format!("/ {environment}")));
    assert_eq!(ask(&runner, "api.test", "/v2").await.0, 404);
    assert_eq!(ask(&runner, "any.test", "/tight/x").await.1, r#"/tight/x {"ALL":"1"}"#);
    assert_eq!(ask(&runner, "any.test", "/tight/?spin=400").await.0, 429);
    assert_eq!(ask(&runner, "api.test", "/v1/?spin=400").await.0, 200);
    assert_eq!(ask(&runner, "any.test", "/mounted/").await, (200, "hello".to_owned()));
    runner.signal("TERM").await;
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
    let log = log.end();
    assert!(!log.contains("s3cret") && !log.contains("0ther"), "{log}");

    let mut check = Command::new(env!("CARGO_BIN_EXE_runner"));
    check.current_dir(directory.path()).args(["config", "check"]).env("RUNNER_TEST_SECRET", "0ther");
    let output = soon(check.output()).await.unwrap();
    let said = text(&output.stdout).to_owned() + text(&output.stderr);
    assert!(said.contains("TOKEN") && said.contains("api.test/v1/*"), "{said}");
    assert!(!said.contains("s3cret") && !said.contains("0ther"), "{said}");
}

#[tokio::test]
async fn a_bad_configuration_stops_the_start() {
    let directory = Directory::new(&[HELLO]);
    write(&directory, "runner.toml", "[pool]\npool_sise = 1\n");
    for supervision in [&[][..], &["--supervise"]] {
        let output = run_in(directory.path(), &[&["serve", "--config", "."], supervision].concat()).await;
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output.stderr).matches("did you mean `pool_size`?").count(), 1);
    }
    write(&directory, "runner.toml", "");
    let output = run_in(directory.path(), &["serve", "--config", "."]).await;
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("no worker"), "{}", text(&output.stderr));
}

/// What `npm create cloudflare` makes for a worker in JavaScript, and what people add to it.
fn wrangler_project(config: (&str, &str)) -> Directory {
    let directory = Directory::new(&[]);
    write(
        &directory,
        "package.json",
        r#"{ "name": "my-worker", "devDependencies": { "wrangler": "^4.0.0" } }"#,
    );
    write(
        &directory,
        "src/index.js",
        "/** Welcome to Cloudflare Workers! */
        export default {
            async fetch(request, env, ctx) {
                return new Response(`Hello World! ${JSON.stringify(env)}`);
            },
        };",
    );
    write(&directory, config.0, config.1);
    directory
}

const WRANGLER_JSONC: &str = r#"/**
 * For more details on how to configure Wrangler, refer to:
 * https://developers.cloudflare.com/workers/wrangler/configuration/
 */
{
	"$schema": "node_modules/wrangler/config-schema.json",
	"name": "my-worker",
	"main": "src/index.js",
	"compatibility_date": "2026-11-20",
	"compatibility_flags": ["global_fetch_strictly_public"],
	"observability": {
		"enabled": true,
	},
	/**
	 * Smart Placement
	 */
	// "placement": { "mode": "smart" },
	"vars": { "GREETING": "hi", "TOKEN": "in vars" },
	"triggers": { "crons": ["*/5 * * * *"] },
	"kv_namespaces": [{ "binding": "MY_KV", "id": "0" }],
	"env": {
		"staging": { "vars": { "GREETING": "staged" }, "routes": [{ "pattern": "staging.test", "custom_domain": true }] },
	},
}
"#;

#[tokio::test]
async fn globals_of_node_are_a_setting_of_each_worker() {
    const WORKER: &str = "export default { fetch: () => new Response(typeof process) }";
    let directory = Directory::new(&[("a.js", WORKER), ("b.js", WORKER)]);
    write(
        &directory,
        "runner.toml",
        "[[worker]]\nid = 'a'\nmain = 'a.js'\nroutes = ['a.test/*']\nlimits = { nodejs_compat = true }\n\
         [[worker]]\nid = 'b'\nmain = 'b.js'\nroutes = ['b.test/*']\n\
         [[worker]]\nid = 'c'\nmain = 'b.js'\nroutes = ['c.test/*']\nlimits = { nodejs_compat = false }\n",
    );
    for (flags, b) in
        [(&["--listen", "0"][..], "undefined"), (&["--listen", "0", "--nodejs-compat"], "object")]
    {
        let (runner, _log) = serve(&directory, "runner.toml", flags, &[]).await;
        for (host, seen) in [("a.test", "object"), ("b.test", b), ("c.test", "undefined")] {
            assert_eq!(ask(&runner, host, "/").await, (200, seen.to_owned()), "{host}");
        }
    }
    let flags = WRANGLER_JSONC.replace("global_fetch_strictly_public", "nodejs_compat");
    let project = wrangler_project(("wrangler.jsonc", &flags));
    write(&project, "src/index.js", WORKER);
    let (runner, _log) = serve(&project, ".", &["--listen", "0"], &[]).await;
    assert_eq!(ask(&runner, "any.test", "/").await, (200, "object".to_owned()));
}

#[tokio::test]
async fn a_wrangler_project_starts_with_the_file_that_is_there() {
    let directory = wrangler_project(("wrangler.jsonc", WRANGLER_JSONC));
    write(&directory, ".dev.vars", "TOKEN=secret\n");
    let (mut runner, log) = serve(&directory, ".", &["--listen", "0"], &[]).await;
    let (status, answer) = ask(&runner, "any.test", "/x").await;
    assert_eq!((status, &*answer), (200, r#"Hello World! {"GREETING":"hi","TOKEN":"secret"}"#));
    runner.signal("TERM").await;
    soon(runner.child.wait()).await.unwrap();
    let log = log.end();
    assert!(log.contains("not supported: KV (the worker has no `env.MY_KV`)"), "{log}");

    let flags = ["--listen", "0", "--env-name", "staging"];
    let (runner, _log) = serve(&directory, "wrangler.jsonc", &flags, &[]).await;
    let (_, answer) = ask(&runner, "staging.test", "/").await;
    assert_eq!(answer, r#"Hello World! {"GREETING":"staged","TOKEN":"secret"}"#);
    assert_eq!(ask(&runner, "other.test", "/").await.0, 404);

    let output = run_in(directory.path(), &["config", "check"]).await;
    let said = text(&output.stdout);
    for part in ["my-worker", "2026-11-20", "global_fetch_strictly_public", "*/5 * * * *", "routes: /*"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(refused(&directory, &["--env-name", "production"]).await.contains("there is `staging`"));
}

/// As builds of frameworks write it, with all that there might be.
#[tokio::test]
async fn what_a_built_wrangler_file_leaves_empty_is_not_missed() {
    const BUILT: &str = r#"{
        "configPath": "/a/wrangler.jsonc", "userConfigPath": "/a/wrangler.jsonc", "topLevelName": "w",
        "definedEnvironments": ["staging"], "name": "w", "main": "src/index.js", "no_bundle": true,
        "jsx_factory": "React.createElement", "jsx_fragment": "React.Fragment", "define": { "A": "1" },
        "durable_objects": { "bindings": [] }, "queues": { "producers": [], "consumers": [] }, "exports": {},
        "kv_namespaces": [], "d1_databases": [{ "binding": "DB" }], "of_tomorrow": [], "logs": { "bindings": [] },
        "python_modules": { "exclude": ["**/*.pyc"] }, "of_today": [1]
    }"#;
    let directory = wrangler_project(("wrangler.json", BUILT));
    let output = run_in(directory.path(), &["config", "check"]).await;
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in ["not supported: D1 (the worker has no `env.DB`)", "`of_today` is not known here"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(said.matches("warning:").count(), 2, "{said}");
    let bundled = BUILT.replace("\"no_bundle\": true", "\"no_bundle\": false");
    let directory = wrangler_project(("wrangler.json", &bundled));
    let output = run_in(directory.path(), &["config", "check"]).await;
    let said = text(&output.stderr);
    assert!(said.contains("`jsx_factory` is not known here") && said.contains("constants that"), "{said}");
}

#[tokio::test]
async fn wrangler_toml_is_read_too_and_says_what_is_missing() {
    let config = "name = \"my-worker\"\nmain = \"src/index.js\"\ncompatibility_date = \"2026-11-20\"\n\
         workers_dev = true\nroute = \"a.test/*\"\ncompatability_flags = []\n[vars]\nN = 5\nJ = { a = [1] }\n\
         [observability]\nenabled = true\n[[d1_databases]]\nbinding = \"DB\"\n[durable_objects]\n\
         bindings = [{ name = \"COUNTER\", class_name = \"Counter\" }]\n[[services]]\nbinding = \"AUTH\"\n\
         service = \"auth\"\n[[queues.producers]]\nqueue = \"q\"\nbinding = \"QUEUE\"\n[ai]\nbinding = \"AI\"\n\
         [[r2_buckets]]\nbinding = \"BUCKET\"\n[assets]\ndirectory = \"public\"\n";
    let directory = wrangler_project(("wrangler.toml", config));
    let output = run_in(directory.path(), &["config", "check"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        let said = format!("{}\n{}", text(&output.stdout), text(&output.stderr));
        insta::assert_snapshot!("config_wrangler_unsupported", said);
    });
}

#[tokio::test]
async fn the_schema_is_the_committed_one() {
    let output = run_in(Path::new("."), &["config", "schema"]).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runner.schema.json");
    let schema = text(&output.stdout);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(&path, schema).unwrap();
    }
    assert_eq!(
        schema,
        std::fs::read_to_string(path).unwrap(),
        "runner config schema > docs/runner.schema.json"
    );
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    assert_eq!(schema["properties"]["pool"]["properties"]["pool_size"]["default"], 100);
    assert_eq!(schema["$defs"]["WorkerTable"]["properties"]["main"]["type"], "string");
}

#[tokio::test]
async fn a_file_that_a_server_would_not_start_with_is_not_good() {
    let worker = "[[worker]]\nid = \"a\"\nmain = \"hello.js\"\n";
    for (server, said) in [
        ("tls_cert = \"c.pem\"", "--tls-cert needs --tls-key"),
        ("tls_cert = \"c.pem\"\ntls_key = \"k.pem\"", "c.pem"),
        ("admin_token_file = \"no-such-file\"", "no-such-file"),
        ("admin = \"0.0.0.0:9\"", "needs a token"),
    ] {
        let directory = Directory::new(&[HELLO]);
        write(&directory, "runner.toml", format!("[server]\n{server}\n{worker}"));
        let output = run_in(directory.path(), &["config", "check"]).await;
        let stderr = text(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{server}: {output:?}");
        assert!(stderr.contains(said), "{server}: {stderr}");
    }
    let directory = Directory::new(&[]);
    write(&directory, "runner.toml", "");
    let output = run_in(directory.path(), &["config", "check"]).await;
    assert!(text(&output.stderr).contains("there is no worker"), "{output:?}");
}
