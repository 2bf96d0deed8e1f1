//! `PUT /workers/ID` with a document, and what is shown of it.

use super::*;

const VARIABLE: &str = "let count = 0; export default { async fetch(request, env) {
    if (request.url.endsWith('/loop')) for (;;);
    return new Response(`${env.A} ${++count}`);
} }";

#[tokio::test]
async fn a_document_has_script_settings_environment_routes_and_crons() {
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    let settings =
        json!({ "cpu_ms": 30, "reuse": "fresh", "concurrency": 2, "fetch": "none", "cpu_rate": "100,5000" });
    let document = json!({
        "script": VARIABLE, "file": "src/v.js", "version": "1", "settings": settings, "env": { "A": "secret" },
        "routes": ["/v/*", "/w"], "crons": ["0 0 1 1 *"],
    });
    let reply = server.deploy("v", &document).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    for _ in 0..2 {
        assert_eq!(server.runner.get("/v/").await.text(), "secret 1", "each request begins anew");
    }
    assert_eq!(server.runner.get("/v/loop").await.status, 429);
    let shown = server.get("/workers/v").await;
    assert!(!shown.text().contains("secret"), "{}", shown.text());
    let shown = shown.json();
    assert_eq!((&shown["routes"], &shown["crons"]), (&json!(["/v/*", "/w"]), &json!(["0 0 1 1 *"])));
    let current =
        json!({ "version": "1", "weight": 100, "file": "src/v.js", "settings": settings, "env": ["A"] });
    assert_eq!(shown["versions"], json!([current]));

    // The rest stays, and so does the other version.
    let warm = json!({ "settings": { "reuse": "warm" }, "version": "2", "weight": 0 });
    assert_eq!(server.deploy("v", &warm).await.status, 201);
    assert_eq!(server.runner.get("/v/").await.text(), "secret 1");
    assert_eq!(server.ask("POST", "/workers/v/versions/2/weight", r#"{ "weight": 100 }"#).await.status, 200);
    for expected in ["secret 1", "secret 2"] {
        assert_eq!(server.runner.get("/w").await.text(), expected);
    }
    let shown = server.get("/workers/v").await.json();
    assert_eq!(shown["versions"][0]["settings"], json!({ "reuse": "warm" }));
    assert_eq!(shown["versions"][1]["settings"], settings);

    // A script that came without a name is not of the file that was there before.
    assert_eq!(server.ask("PUT", "/workers/v", HELLO).await.status, 201);
    let shown = server.get("/workers/v").await.json();
    assert_eq!(
        (&shown["versions"][0]["file"], &shown["versions"][1]["file"]),
        (&json!("v.js"), &json!("src/v.js"))
    );
}

#[tokio::test]
async fn what_is_deployed_has_what_all_workers_have() {
    let flags = ["--env", "A=flag", "--nodejs-compat"];
    let server = Administered::start(&[("hello.js", HELLO)], &flags).await;
    let script = "export default { fetch: (request, env) => Response.json([env, typeof Buffer]) }";
    for (document, expected) in [
        (json!({ "script": script }), json!([{ "A": "flag" }, "function"])),
        (
            json!({ "env": { "A": "own", "B": "own" }, "settings": { "cpu_ms": 100 } }),
            json!([{ "A": "flag", "B": "own" }, "function"]),
        ),
        (
            json!({ "settings": { "nodejs_compat": false } }),
            json!([{ "A": "flag", "B": "own" }, "undefined"]),
        ),
    ] {
        let reply = server.deploy("new", &document).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        assert_eq!(server.runner.get("/new/").await.json(), expected);
    }
}

#[tokio::test]
async fn a_wrong_document_is_refused_with_the_place_of_the_mistake() {
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    for (document, field) in [
        (json!({ "settings": { "cpu": 30 } }), "settings.cpu"),
        (json!({ "settings": { "heap_mb": 1 } }), "settings.heap_mb"),
        (json!({ "routes": ["/a", 5] }), "routes[1]"),
        (json!({ "source": "" }), "source"),
    ] {
        let reply = server.deploy("hello", &document).await;
        assert_eq!((reply.status, &reply.json()["field"]), (400, &json!(field)), "{}", reply.text());
    }
    let without = server.deploy("new", &json!({ "settings": {} })).await;
    assert_eq!((without.status, &without.json()["field"]), (400, &json!("script")));
    let query = server.deploy("hello?weight=5", &json!({ "script": HELLO })).await;
    assert_eq!(query.status, 400);
    assert_eq!(server.hello().await, "hello 1");
}

#[tokio::test]
async fn crons_are_run_on_demand() {
    let script =
        "export default { scheduled(event) { if (event.cron.startsWith('1')) throw new Error('no') } }";
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    let document = json!({ "script": script, "crons": ["0 0 1 1 *", "1 0 1 1 *"], "routes": [] });
    assert_eq!(server.deploy("c", &document).await.status, 201);
    let run =
        async |id: &str, body: &str| server.ask("POST", &format!("/workers/{id}/crons/run"), body).await;
    let first = run("c", "").await;
    assert_eq!((first.status, &first.json()["completed"]), (200, &json!(true)));
    let second = run("c", r#"{ "cron": "1 0 1 1 *" }"#).await;
    assert_eq!((second.status, &second.json()["error"]), (422, &json!("Exception")), "{}", second.text());
    assert_eq!(run("c", r#"{ "cron": "2 0 1 1 *" }"#).await.status, 404);
    assert_eq!(run("hello", "").await.status, 404);
    assert_eq!(run("nobody", "").await.status, 404);
    assert_eq!(run("c", r#"{ "corn": "" }"#).await.status, 400);
}
