//! `crypto` beside others: whose time it takes, what two contexts have in common, and what Node.js makes of it.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use exec::{
    CpuRate, ProcessBudget, ProcessLimits, Script, TenantBudget, TenantLimits, TerminationReason,
    pending_computations,
};

use crate::support::{Worker, assert_ends, eventually, generous, new_isolate, post, text};

const PBKDF2: &str = "
    const key = crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);
    const derive = async (iterations) => crypto.subtle.deriveBits(
        { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(16), iterations }, await key, 512);";

fn with_budget(source: &str, limits: TenantLimits) -> (Worker, TenantBudget) {
    let budget = TenantBudget::new(limits, &ProcessBudget::new(ProcessLimits::default()));
    let mut worker = Worker::on(&new_isolate(generous()), Script::new(source));
    worker.context = worker.context.with_budget(budget.clone());
    (worker, budget)
}

/// Not more than so many are queued, the neighbour's comes between two of them, and what nobody wants is not computed.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_derivations_of_a_tenant_keep_nobody_waiting() {
    let flood = format!(
        "{PBKDF2} export default {{ async fetch() {{
            let refused = 0;
            const all = Array.from({{ length: 900 }}, () => derive(400_000).catch((error) => {{
                if (error.name === 'OperationError') refused++;
            }}));
            while (refused < 800) await new Promise((resolve) => setTimeout(resolve, 5));
            console.log('refused');
            await Promise.all(all);
        }} }}"
    );
    let (tenant, _) = with_budget(&flood, TenantLimits::default());
    let source = format!(
        "{PBKDF2} export default {{ async fetch() {{ return new Response((await derive(2000)).byteLength) }} }}"
    );
    let (neighbour, _) = with_budget(&source, TenantLimits::default());
    let flooding = tokio::spawn({
        let tenant = tenant.clone();
        async move { tenant.get("/").await }
    });
    eventually("most are refused", || tenant.world.lines() == ["refused"]).await;
    assert_eq!(neighbour.text("/").await, "64");
    assert!(pending_computations() > 0, "the neighbour was answered before the tenant was");
    flooding.abort();
    eventually("nothing is computed for nobody", || pending_computations() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_computed_elsewhere_is_charged_to_the_request_and_the_tenant() {
    let source = format!(
        "{PBKDF2} export default {{ async fetch() {{ await derive(300_000); return new Response('done') }} }}"
    );
    let rate = CpuRate { per_second: Duration::from_millis(1), burst: Duration::from_millis(1) };
    let limits = TenantLimits::default().with_cpu(Some(rate));
    let (mut worker, budget) = with_budget(&source, limits);
    assert_eq!(worker.text("/").await, "done");
    assert!(budget.cpu_ready_at(Instant::now()).is_some(), "the tenant has used up its CPU time");

    let tight = generous().with_cpu_time(Duration::from_millis(20));
    worker = Worker::with_limits(&source, tight);
    assert_ends(worker.get("/").await, TerminationReason::CpuTimeLimit);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_long_is_refused_outside_of_requests() {
    let source = format!(
        "{PBKDF2}
        const early = derive(2_000).catch((error) => error.name);
        const short = derive(10).then((bits) => bits.byteLength);
        const {{ subtle }} = crypto;
        const sign = async (name) => {{
            const {{ privateKey }} = await subtle.generateKey(name, false, ['sign', 'verify']);
            return (await subtle.sign(name, privateKey, new Uint8Array(1))).byteLength;
        }};
        const agree = async (name) => {{
            const pair = await subtle.generateKey(name, false, ['deriveBits']);
            return (await subtle.deriveBits({{ name, public: pair.publicKey }}, pair.privateKey, null)).byteLength;
        }};
        const both = (run, names) => Promise.all(names.map((name) => run(name).catch((error) => error.name)));
        const all = async () => [...await both(sign, ['Ed25519', 'Ed448']), ...await both(agree, ['X25519', 'X448'])];
        const at_start = all();
        export default {{ async fetch() {{
            return Response.json([await early, await short, await at_start, await all()]);
        }} }}"
    );
    let expected = r#"["OperationError",64,[64,"OperationError",32,"OperationError"],[64,114,32,56]]"#;
    assert_eq!(Worker::new(&source).text("/").await, expected);
}

/// The generator is no part of a snapshot.
#[tokio::test(flavor = "multi_thread")]
async fn contexts_from_one_snapshot_draw_different_bytes() {
    let source = "
        const early = [crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(16)).join()];
        const hmac = { name: 'HMAC', hash: 'SHA-256' };
        export default { async fetch() {
            const key = await crypto.subtle.generateKey(hmac, true, ['sign']);
            const { k } = await crypto.subtle.exportKey('jwk', key);
            return Response.json([...early, crypto.randomUUID(), k]);
        } }";
    let mut seen = std::collections::HashSet::new();
    for _ in 0..2 {
        let worker = Worker::new(source);
        for _ in 0..2 {
            let drawn: Vec<String> = serde_json::from_str(&worker.text("/").await).unwrap();
            seen.extend(drawn);
        }
    }
    // Of each context two at its start, and two in each of two requests.
    assert_eq!(seen.len(), 2 * (2 + 2 * 2));
}

/// What one side makes, in every format, the other one understands.
#[tokio::test(flavor = "multi_thread")]
async fn node_and_workers_understand_each_other() {
    const FUNCTIONS: &str = include_str!("crypto_round_trip.js");
    let node = |code: &str, input: &str| {
        let code = format!("{FUNCTIONS}\nconst input = require('fs').readFileSync(0, 'utf8');\n{code}");
        let mut node = Command::new("node")
            .args(["--input-type=commonjs", "-e", &code])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        node.stdin.take()?.write_all(input.as_bytes()).ok()?;
        let output = node.wait_with_output().ok()?;
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).ok()
    };
    let Some(of_node) = node("produce().then((made) => console.log(JSON.stringify(made)))", "") else {
        eprintln!("skipped: there is no node");
        return;
    };
    let worker = Worker::new(&format!(
        "{FUNCTIONS} export default {{ async fetch(request) {{
            const text = await request.text();
            return Response.json(text === '' ? await produce() : await consume(JSON.parse(text)));
        }} }}"
    ));
    let consumed = worker.request(post("/", of_node)).await.expect("an answer");
    assert_eq!(text(&consumed), "[]");
    let ours = worker.text("/").await;
    let problems =
        node("consume(JSON.parse(input)).then((made) => console.log(JSON.stringify(made)))", &ours);
    assert_eq!(problems.as_deref().map(str::trim), Some("[]"));
}
