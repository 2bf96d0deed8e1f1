//! Two workers, of which one uses up a budget and the other notices nothing.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use exec::{
    Body, CpuRate, Event, NoOperations, OperationsHandler, ProcessBudget, ProcessLimits, Script,
    TenantBudget, TenantLimits, Termination, TerminationReason::Overloaded,
};
use http::Response;
use http_body_util::{BodyExt, Full};
use runner::IsolatePool;
use runner::operations::{FetchClient, HttpOperations};
use runner::server::ServerOptions;

use crate::fetch::{anywhere, upstream};
use crate::support::{RawClient, Reply, Runner, Stub, TestServer, eventually, exchange, options, soon};

/// A server whose workers have 1,000 bytes each for bodies.
async fn server(options: ServerOptions) -> (TestServer, ProcessBudget, TenantBudget) {
    let process = ProcessBudget::new(ProcessLimits::default().with_bytes(1_500));
    let limits = TenantLimits::default().with_bytes(1_000);
    let [v, w] = [(); 2].map(|()| TenantBudget::new(limits, &process));
    let budget = w.clone();
    let stub = Stub::describing(|request| request.body().len().to_string())
        .with_budgets(move |worker| if worker == "w" { w.clone() } else { v.clone() });
    (TestServer::with_options(stub, options).await, process, budget)
}

fn post(worker: &str, length: usize) -> String {
    format!("POST /{worker}/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: {length}\r\n\r\n")
}

fn whole(worker: &str, length: usize) -> String {
    post(worker, length) + &"x".repeat(length)
}

fn assert_refused(reply: &Reply, whose: &str) {
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("x-termination-reason"), "Overloaded");
    assert_eq!(reply.header("retry-after"), "1");
    let message = format!("no room for the body: {whose} budget of bytes is used up");
    assert_eq!(reply.json()["message"], message);
}

#[tokio::test]
async fn lesson_43_a_body_is_not_read_before_there_is_room() {
    let brief = Duration::from_secs(2);
    let (server, process, budget) = server(ServerOptions::default().with_body_timeout(brief)).await;
    let mut slow = RawClient::connect(server.address).await;
    slow.send(post("w", 900)).await;
    eventually("there is room for all of it, and nothing has come", || budget.usage().bytes == 900).await;

    // The neighbour has its own, up to what the process has.
    assert_eq!(exchange(server.address, whole("v", 600)).await.text(), "600");
    let refused = [("w", 500, "the worker's"), ("v", 700, "the server's")].map(|(worker, length, whose)| {
        (tokio::spawn(exchange(server.address, whole(worker, length))), whose)
    });
    // The slow one makes progress meanwhile.
    let mut sent = 0;
    while !refused.iter().all(|(request, _)| request.is_finished()) {
        slow.send("x").await;
        sent += 1;
        tokio::time::sleep(brief / 20).await;
    }
    for (request, whose) in refused {
        assert_refused(&request.await.unwrap(), whose);
    }
    slow.send("x".repeat(900 - sent)).await;
    assert_eq!(slow.reply().await.text(), "900");
    eventually("all is given back", || process.usage().bytes == 0).await;
    assert_eq!(exchange(server.address, whole("w", 1_000)).await.text(), "1000");
}

#[tokio::test]
async fn a_body_waits_for_room() {
    let (server, _, budget) = server(ServerOptions::default()).await;
    let mut first = RawClient::connect(server.address).await;
    first.send(post("w", 900)).await;
    eventually("the first has its room", || budget.usage().bytes == 900).await;
    let second = tokio::spawn(exchange(server.address, whole("w", 500)));
    first.send("x".repeat(900)).await;
    assert_eq!(first.reply().await.text(), "900");
    assert_eq!(second.await.unwrap().text(), "500");
}

#[tokio::test]
async fn a_body_of_unknown_length_takes_room_as_it_comes() {
    let (server, process, budget) = server(ServerOptions::default()).await;
    let head = "POST /w/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut client = RawClient::connect(server.address).await;
    client.send(format!("{head}190\r\n{}\r\n", "x".repeat(400))).await;
    eventually("what has come is charged", || budget.usage().bytes >= 400).await;
    client.send("0\r\n\r\n").await;
    assert_eq!(client.reply().await.text(), "400");
    let mut client = RawClient::connect(server.address).await;
    client.send(format!("{head}190\r\n{0}\r\n320\r\n{0}{0}\r\n", "x".repeat(400))).await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.header("x-termination-reason")), (503, "Overloaded"));
    eventually("all is given back", || process.usage().bytes == 0).await;
}

#[tokio::test]
async fn a_body_has_a_deadline_however_it_trickles() {
    let deadline = ServerOptions::default().with_body_deadline(Duration::from_millis(300));
    let (server, process, _) = server(deadline).await;
    let mut client = RawClient::connect(server.address).await;
    client.send(post("w", 900) + "xxx").await;
    assert_eq!(client.reply().await.status, 408);
    eventually("all is given back", || process.usage().bytes == 0).await;
}

#[tokio::test]
async fn what_a_refusal_knows_of_when_to_come_again_is_said() {
    let stub = Stub::new(|_| {
        let refusal = Termination::new(Overloaded, "the worker's budget of cpu is used up");
        let retry_after = Some(Duration::from_millis(9_200));
        std::future::ready(Err(Termination { retry_after, ..refusal }))
    });
    let server = TestServer::start(stub).await;
    let reply = exchange(server.address, "GET /w/ HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "10"));
}

#[tokio::test]
async fn lesson_54_requests_that_wait_keep_nobody_from_starting() {
    // Each waits for all the others to have begun.
    let source = "let begun = 0, all; const open = new Promise((resolve) => { all = resolve });
        export default { async fetch() {
            if (++begun === 200) all('open');
            const shut = new Promise((resolve) => setTimeout(resolve, 20000, 'shut'));
            return new Response(await Promise.race([open, shut]));
        } }";
    let runner = Runner::serve(&[("w.js", source)], &[]).await;
    let requests: Vec<_> = (0..200)
        .map(|_| tokio::spawn(exchange(runner.address, "GET /w/ HTTP/1.1\r\nHost: a.test\r\n\r\n")))
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap().text(), "open");
    }
}

async fn call(pool: &IsolatePool, worker: &str, script: &Script) -> Result<usize, Termination> {
    call_with(pool, worker, script, Arc::new(NoOperations)).await
}

async fn call_with(
    pool: &IsolatePool,
    worker: &str,
    script: &Script,
    operations: Arc<dyn OperationsHandler>,
) -> Result<usize, Termination> {
    let request = http::Request::get("http://a.test/").body(Body::empty()).unwrap();
    let outcome = pool.execute(worker, script, operations, Event::Fetch(request));
    let body = soon(outcome).await?.into_response().unwrap().into_body();
    Ok(body.as_bytes().expect("a whole body").len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_takes_all_it_can_get_gets_its_budget_and_its_neighbour_is_answered() {
    const LIMITS: [usize; 3] = [1 << 20, 4, 2];
    let [bytes, operations, sockets] = LIMITS;
    let tenant = TenantLimits::default().with_bytes(bytes).with_operations(operations).with_sockets(sockets);
    let pool = IsolatePool::new(options().with_tenant(tenant)).unwrap();
    let origin = upstream(|request| async {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(Full::from(Bytes::from(vec![0; body.len()])))
    })
    .await;
    // Uploads and answers, of which no more than a part can be on its way at a time.
    let greedy = Script::new(format!(
        "export default {{ async fetch() {{
             const body = new Uint8Array(65536);
             let answers = '';
             const take = async () => {{
                 try {{
                     const answer = await fetch('http://{origin}/', {{ method: 'POST', body }});
                     await answer.arrayBuffer();
                     answers += '.';
                 }} catch {{ /* refused */ }}
             }};
             for (let i = 0; i < 4; i++) await Promise.all(Array.from({{ length: 20 }}, take));
             return new Response(answers);
         }} }}"
    ));
    let handler: Arc<dyn OperationsHandler> =
        Arc::new(HttpOperations::new(&FetchClient::new(anywhere()), "greedy"));
    let taking: Vec<_> = (0..3)
        .map(|_| {
            let (pool, greedy, handler) = (pool.clone(), greedy.clone(), Arc::clone(&handler));
            tokio::spawn(async move { call_with(&pool, "greedy", &greedy, handler).await })
        })
        .collect();
    let (end, mut ended) = tokio::sync::oneshot::channel::<()>();
    let budget = pool.budget("greedy");
    let watch = tokio::spawn(async move {
        let mut most = [0; 3];
        while ended.try_recv().is_err() {
            let usage = budget.usage();
            let now = [usage.bytes, usage.operations, usage.sockets];
            most = std::array::from_fn(|i| most[i].max(now[i]));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (most, budget.usage().refused)
    });
    let modest = Script::new("export default { fetch: () => new Response('modest') }");
    let mut answered = 0;
    while answered < 20 || taking.iter().any(|request| !request.is_finished()) {
        assert_eq!(call(&pool, "modest", &modest).await.unwrap(), 6);
        answered += 1;
    }
    end.send(()).unwrap();
    let (most, refused) = soon(watch).await.unwrap();
    assert!(most[0] > bytes / 2 && most[0] <= bytes, "{most:?}");
    assert_eq!(most[1..], LIMITS[1..]);
    assert!(refused > 0);
    for request in taking {
        assert!(request.await.unwrap().unwrap() > 0, "some of it is granted");
    }
}

#[tokio::test]
async fn uploads_without_end_take_the_budget_of_their_worker_and_its_neighbour_is_answered() {
    let (server, _process, budget) = server(ServerOptions::default()).await;
    let mut clients = Vec::new();
    for _ in 0..12 {
        let mut client = RawClient::connect(server.address).await;
        client.send("POST /w/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        clients.push(client);
    }
    let mut most = 0;
    for _ in 0..4 {
        for client in &mut clients {
            // Who was refused does not listen any more.
            let _ = client.try_send(format!("64\r\n{}\r\n", "x".repeat(100))).await;
            assert_eq!(exchange(server.address, whole("v", 400)).await.text(), "400");
            let usage = budget.usage().bytes;
            assert!(usage <= 1_000, "{usage} bytes of 1,000");
            most = most.max(usage);
        }
    }
    assert!(most > 500, "{most} bytes");
    eventually("what there is no room for is refused", || budget.usage().refused > 0).await;
    drop(clients);
    eventually("all is given back", || budget.usage().bytes == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_used_up_its_cpu_time_is_refused_before_it_gets_an_isolate() {
    let cpu = CpuRate { per_second: Duration::from_millis(1), burst: Duration::from_millis(1) };
    let tenant = TenantLimits::default().with_cpu(Some(cpu));
    let acquire_timeout = Duration::from_secs(1);
    let pool = IsolatePool::new(options().with_tenant(tenant).with_acquire_timeout(acquire_timeout)).unwrap();
    let busy = Script::new(
        "export default { fetch() { const end = Date.now() + 200; while (Date.now() < end); return new Response() } }",
    );
    call(&pool, "busy", &busy).await.unwrap();
    let budget = pool.budget("busy");
    eventually("its turns are charged", || budget.cpu_ready_at(std::time::Instant::now()).is_some()).await;
    let leases = pool.stats().hits + pool.stats().misses;
    let refused = call(&pool, "busy", &busy).await.unwrap_err();
    assert_eq!(refused.to_string(), "Overloaded: the worker's budget of cpu is used up");
    assert!(refused.retry_after.unwrap() > acquire_timeout);
    assert_eq!((pool.stats().hits + pool.stats().misses, pool.stats().budget.refused), (leases, 1));
    let idle = Script::new("export default { fetch: () => new Response('idle') }");
    assert_eq!(call(&pool, "idle", &idle).await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_beyond_the_budget_of_a_worker_are_refused_and_its_neighbours_are_not() {
    let tenant = TenantLimits::default().with_bytes(1_000);
    let pool = IsolatePool::new(options().with_tenant(tenant)).unwrap();
    let script = Script::new("export default { fetch: () => new Response('x'.repeat(600)) }");
    // Somebody holds an answer of this worker's.
    let held = Body::charged(vec![0; 500], pool.budget("a").try_bytes(500).unwrap());
    let refused = call(&pool, "a", &script).await.unwrap_err();
    assert_eq!(refused.to_string(), "Overloaded: the worker's budget of bytes is used up");
    assert_eq!(call(&pool, "b", &script).await.unwrap(), 600);
    drop(held);
    assert_eq!(call(&pool, "a", &script).await.unwrap(), 600);
    assert_eq!(pool.stats().budget.refused, 1);
}
