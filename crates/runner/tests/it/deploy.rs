//! Versions of workers: deployed, weighed, gone back to, while requests are under way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use exec::{Body, CpuRate, Event, LogRate, Outcome, Termination, TerminationReason};
use http::Request;
use runner::server::Backend;
use runner::workers::{
    ChangeError, CronError, DeployError, ReloadError, ShareError, WorkerDefinition, WorkerName,
    WorkerSettings, WorkerSource, Workers,
};
use runner::{IsolatePool, Reuse};

use crate::support::{World, eventually, options, soon, text_of};

/// Counts its requests, and says which version it is.
fn counter(id: &str, version: &str) -> WorkerDefinition {
    let script = format!(
        "let count = 0;
        export default {{ async fetch(request) {{
            if (request.url.endsWith('/wait')) await fetch('http://x.test/');
            return new Response(`{version} ${{++count}}`);
        }} }}"
    );
    definition(id, version, &script)
}

fn definition(id: &str, version: &str, script: &str) -> WorkerDefinition {
    let source = WorkerSource::new(format!("{id}.js"), script);
    let definition = WorkerDefinition::new(WorkerName::new(id).unwrap(), source);
    WorkerDefinition { version: Some(version.to_owned()), ..definition }
        .with_route(format!("/{id}/*").parse().unwrap())
}

struct Site {
    pool: IsolatePool,
    workers: Workers,
    world: Arc<World>,
}

impl Site {
    fn new() -> Self {
        let (pool, world) = (IsolatePool::new(options()).unwrap(), World::new());
        let workers = Workers::in_pool(pool.clone(), {
            let world = Arc::clone(&world);
            move |_| World::shared(&world)
        });
        Self { pool, workers, world }
    }

    /// The answer to `GET path`; nothing if nobody is asked for it.
    fn get(&self, path: &str) -> Option<impl Future<Output = String> + Send + 'static> {
        let request = Request::get(format!("http://a.test{path}")).body(Body::empty()).unwrap();
        let worker = self.workers.find(&request, path)?.worker;
        let pool = self.pool.clone();
        Some(async move { text_of(soon(Backend::execute(&pool, &worker, Event::Fetch(request))).await) })
    }

    /// Why there is no answer to `GET path`.
    async fn fails(&self, path: &str) -> TerminationReason {
        self.outcome(path).await.unwrap_err().reason
    }

    async fn outcome(&self, path: &str) -> Result<Outcome, Termination> {
        let request = Request::get(format!("http://a.test{path}")).body(Body::empty()).unwrap();
        let worker = self.workers.find(&request, path).unwrap().worker;
        soon(Backend::execute(&self.pool, &worker, Event::Fetch(request))).await
    }

    async fn ask(&self, path: &str) -> String {
        self.get(path).expect("a worker").await
    }

    fn shares(&self, id: &str) -> Vec<(String, u32)> {
        let status = self.workers.list().into_iter().find(|worker| &*worker.id == id).unwrap();
        status.versions.into_iter().map(|version| (version.version, version.weight)).collect()
    }
}

#[tokio::test]
async fn a_new_version_takes_over_with_a_state_of_its_own() {
    let site = Site::new();
    let first = site.workers.deploy(counter("a", "1")).await.unwrap();
    assert_eq!((&*first.version, first.new_version), ("1", true));
    assert_eq!((&*site.ask("/a/").await, &*site.ask("/a/").await), ("1 1", "1 2"));
    site.workers.deploy(counter("a", "2")).await.unwrap();
    assert_eq!((&*site.ask("/a/").await, &*site.ask("/a/").await), ("2 1", "2 2"));
    assert_eq!(site.shares("a"), [("2".to_owned(), 100), ("1".to_owned(), 0)]);
    eventually("the isolate of the first version is gone", || site.pool.stats().live == 1).await;
}

#[tokio::test]
async fn a_request_in_flight_ends_on_its_version() {
    let site = Site::new();
    site.workers.deploy(counter("a", "1")).await.unwrap();
    let waiting = tokio::spawn(site.get("/a/wait").unwrap());
    eventually("the fetch is under way", || site.world.started() == 1).await;
    // Routed, and not begun yet.
    let routed = site.get("/a/").unwrap();
    site.workers.deploy(counter("a", "2")).await.unwrap();
    assert_eq!(site.ask("/a/").await, "2 1");
    site.world.answer();
    assert_eq!(soon(waiting).await.unwrap(), "1 1");
    assert_eq!(routed.await, "1 2");
    eventually("the isolate of the first version is gone", || site.pool.stats().live == 1).await;
    assert_eq!(site.ask("/a/").await, "2 2");
}

#[tokio::test]
async fn a_version_that_does_not_evaluate_is_refused_with_its_error() {
    let site = Site::new();
    site.workers.deploy(counter("a", "1")).await.unwrap();
    assert_eq!(site.ask("/a/").await, "1 1");
    for (script, message) in [
        ("export default {", "SyntaxError"),
        ("null.x", "TypeError"),
        ("export const x = 1", "no handlers"),
        ("while (true) {}", "more than 50 ms of CPU time"),
    ] {
        let settings = WorkerSettings::default().with_startup_cpu(Some(Duration::from_millis(50)));
        let definition = WorkerDefinition { settings, ..definition("a", "2", script) };
        let error = site.workers.deploy(definition).await.unwrap_err();
        assert!(matches!(error, DeployError::NotEvaluated(_)), "{script}: {error:?}");
        assert!(error.to_string().contains(message), "{script}: {error}");
    }
    assert_eq!(site.ask("/a/").await, "1 2");
    assert_eq!(site.shares("a"), [("1".to_owned(), 100)]);
    assert!(site.workers.deploy(definition("b", "1", "x")).await.is_err());
    assert!(site.get("/b/").is_none());
}

#[tokio::test]
async fn two_versions_share_the_requests_and_not_their_state() {
    let site = Site::new();
    site.workers.deploy(counter("a", "1")).await.unwrap();
    site.workers.deploy_with_weight(counter("a", "2"), 50).await.unwrap();
    assert_eq!(site.shares("a"), [("2".to_owned(), 50), ("1".to_owned(), 50)]);
    let mut counts = BTreeMap::new();
    for _ in 0..400 {
        let answer = site.ask("/a/").await;
        let (version, count) = answer.split_once(' ').unwrap();
        let seen = counts.entry(version.to_owned()).or_insert(0);
        *seen += 1;
        assert_eq!(count.parse(), Ok(*seen), "each version counts its own requests");
    }
    // Ten standard deviations.
    assert!((100..=300).contains(&counts["1"]) && counts.len() == 2, "{counts:?}");

    site.workers.set_weight("a", "1", 0).await.unwrap();
    eventually("the isolate of the first version is gone", || site.pool.stats().live == 1).await;
    for _ in 0..20 {
        assert!(site.ask("/a/").await.starts_with("2 "));
    }
    site.workers.set_weight("a", "1", 100).await.unwrap();
    assert_eq!(site.ask("/a/").await, "1 1", "it begins anew");
    let error = site.workers.set_weight("a", "3", 10).await.unwrap_err();
    assert!(matches!(error, ChangeError::Share(ShareError::NoVersion(_))), "{error:?}");
}

#[tokio::test]
async fn a_rollback_brings_the_previous_version_back() {
    let site = Site::new();
    site.workers.deploy(counter("a", "1")).await.unwrap();
    let error = site.workers.rollback("a").await.unwrap_err();
    assert!(matches!(error, ChangeError::Share(ShareError::NoPrevious)), "{error:?}");
    site.workers.deploy(counter("a", "2")).await.unwrap();
    for expected in ["1 1", "2 1", "1 1"] {
        site.workers.rollback("a").await.unwrap();
        assert_eq!(site.ask("/a/").await, expected);
    }
    assert!(site.workers.remove("a"));
    assert!(!site.workers.remove("a") && site.get("/a/").is_none());
    eventually("its isolates are gone", || site.pool.stats().live == 0).await;
}

#[tokio::test]
async fn a_reload_changes_what_has_changed_and_nothing_else() {
    let site = Site::new();
    let report = site.workers.replace_all(vec![counter("a", "1"), counter("b", "1")]).await.unwrap();
    assert_eq!((report.deployed.len(), report.failed.len()), (2, 0));
    site.workers.deploy(counter("api", "1")).await.unwrap();
    for id in ["a", "b", "api"] {
        assert_eq!(site.ask(&format!("/{id}/")).await, "1 1");
    }

    // `a` as it was, `b` changed, `c` broken.
    let set = vec![counter("a", "1"), counter("b", "2"), definition("c", "1", "{")];
    let report = site.workers.replace_all(set).await.unwrap();
    assert_eq!((report.unchanged, report.deployed.len(), report.removed.len()), (1, 1, 0));
    assert_eq!((&*report.failed[0].id, &report.failed[0].kept), ("c", &None));
    assert_eq!((&*site.ask("/a/").await, &*site.ask("/b/").await), ("1 2", "2 1"));
    assert!(site.get("/c/").is_none());

    // A broken `b` goes on as it was; `a` is gone; the one that came otherwise stays.
    let report = site.workers.replace_all(vec![definition("b", "3", "{")]).await.unwrap();
    assert_eq!((&*report.failed[0].id, report.failed[0].kept.as_deref()), ("b", Some("2")));
    assert_eq!(report.removed, [WorkerName::new("a").unwrap()]);
    assert_eq!((&*site.ask("/b/").await, &*site.ask("/api/").await), ("2 2", "1 2"));
    assert!(site.get("/a/").is_none());

    // Other routes are no new version.
    let moved = counter("b", "2").with_route("/elsewhere/*".parse().unwrap());
    let report = site.workers.replace_all(vec![moved.clone()]).await.unwrap();
    assert!(!report.deployed[0].new_version);
    assert_eq!(site.ask("/elsewhere/").await, "2 3");

    // What was gone back from does not come again with the next reload.
    let next = WorkerDefinition { routes: moved.routes, ..counter("b", "4") };
    site.workers.replace_all(vec![next.clone()]).await.unwrap();
    site.workers.rollback("b").await.unwrap();
    assert_eq!(site.workers.replace_all(vec![next]).await.unwrap().unchanged, 1);
    assert_eq!(site.ask("/b/").await, "2 1");
}

#[tokio::test]
async fn a_set_that_makes_no_sense_changes_nothing() {
    let site = Site::new();
    site.workers.replace_all(vec![counter("a", "1")]).await.unwrap();
    assert_eq!(site.ask("/a/").await, "1 1");
    let thief = counter("b", "1").with_route("/a/*".parse().unwrap());
    assert!(matches!(site.workers.replace_all(Vec::new()).await, Err(ReloadError::Empty)));
    let twice = vec![counter("b", "1"), counter("b", "2")];
    assert!(matches!(site.workers.replace_all(twice).await, Err(ReloadError::Duplicate(_))));
    let both = vec![counter("a", "1"), thief.clone()];
    assert!(matches!(site.workers.replace_all(both).await, Err(ReloadError::Route(_))));
    assert!(matches!(site.workers.deploy(thief).await, Err(DeployError::Route(_))));
    assert_eq!(site.ask("/a/").await, "1 2");
    assert!(site.get("/b/").is_none());
    eventually("the others' isolates are gone", || site.pool.stats().live == 1).await;
}

const SCHEDULED: &str = "export default { async scheduled(event) {
    console.log(`${event.cron} ${event.scheduledTime % 1000}`);
    if (event.cron.startsWith('0')) throw new Error('no');
} }";

#[tokio::test]
async fn scheduled_handlers_are_called_when_they_are_due() {
    let site = Site::new();
    let crons = tokio::spawn({
        let (workers, backend) = (site.workers.clone(), Arc::new(site.pool.clone()));
        async move { workers.run_crons(backend).await }
    });
    // Deployed while the scheduler runs; every second, and in a month that is not soon.
    let every_second = vec!["* * * * * *".to_owned(), "0 0 30 2 *".to_owned()];
    let worker = WorkerDefinition { crons: every_second, ..definition("a", "1", SCHEDULED) };
    site.workers.deploy(worker.clone()).await.unwrap();
    let ticks = || site.world.lines().iter().filter(|(_, line)| line == "* * * * * * 0").count();
    eventually("it ticks", || ticks() >= 2).await;
    assert_eq!(ticks(), site.world.lines().len(), "{:?}", site.world.lines());
    crons.abort();
}

#[tokio::test]
async fn a_cron_runs_on_demand() {
    let site = Site::new();
    let crons = vec!["7 * * * *".to_owned(), "0 0 30 2 *".to_owned()];
    let worker = WorkerDefinition { crons, ..definition("a", "1", SCHEDULED) };
    site.workers.deploy(worker.clone()).await.unwrap();
    let run = |id, cron| soon(site.workers.run_cron(&site.pool, id, cron));
    assert!(matches!(run("a", None).await, Ok(Outcome::Completed)));
    let lines = site.world.lines();
    assert!(lines[0].1.starts_with("7 * * * * ") && lines.len() == 1, "{lines:?}");
    assert!(matches!(run("a", Some("0 0 30 2 *")).await, Err(CronError::Termination(_))));
    assert!(matches!(run("a", Some("* * * * *")).await, Err(CronError::NoCron)));
    assert!(matches!(run("b", None).await, Err(CronError::NoWorker(_))));
    let broken = WorkerDefinition { crons: vec!["* *".to_owned()], version: None, ..worker };
    assert!(matches!(site.workers.deploy(broken).await, Err(DeployError::Cron(_))));
}

#[tokio::test]
async fn settings_limit_their_worker_and_no_other() {
    let site = Site::new();
    let script = "let count = 0; export default { async fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname.endsWith('/loop')) for (;;);
        if (pathname.endsWith('/wait')) await fetch('http://x.test/');
        if (pathname.endsWith('/hoard')) { const all = []; while (all.length < 400_000) all.push([all.length]); }
        return new Response(`${++count}`);
    } }";
    let brief = Some(Duration::from_millis(100));
    let deploy = |id: &'static str, settings| {
        let definition = WorkerDefinition { settings, ..definition(id, "1", script) };
        let workers = site.workers.clone();
        async move { workers.deploy(definition).await.unwrap() }
    };
    deploy("plain", WorkerSettings::default()).await;
    deploy("cpu", WorkerSettings::default().with_cpu(brief)).await;
    deploy("wall", WorkerSettings::default().with_wall(brief)).await;
    deploy("heap", WorkerSettings::default().with_heap(Some(8 << 20))).await;
    deploy("fresh", WorkerSettings::default().with_reuse(Some(Reuse::Fresh))).await;

    for (path, reason) in [
        ("/cpu/loop", TerminationReason::CpuTimeLimit),
        ("/wall/wait", TerminationReason::WallClockTimeout),
        ("/heap/hoard", TerminationReason::MemoryLimit),
    ] {
        assert_eq!(site.fails(path).await, reason, "{path}");
    }
    site.world.answer();
    for path in ["/plain/hoard", "/plain/wait", "/fresh/", "/cpu/wait", "/heap/wait"] {
        site.ask(path).await;
    }
    assert_eq!((&*site.ask("/plain/").await, &*site.ask("/fresh/").await), ("3", "1"));
    let none = WorkerSettings::default().with_isolates(Some(0));
    let error =
        site.workers.deploy(WorkerDefinition { settings: none, ..definition("plain", "2", script) }).await;
    assert!(matches!(error, Err(DeployError::Settings(_))), "{error:?}");
}

#[tokio::test]
async fn a_worker_has_as_many_isolates_and_requests_on_each_as_it_is_set() {
    let site = Site::new();
    for (id, isolates, concurrency) in
        [("plain", None, None), ("wide", None, Some(3)), ("many", Some(2), None), ("both", Some(2), Some(2))]
    {
        let settings = WorkerSettings::default().with_isolates(isolates).with_concurrency(concurrency);
        let worker = WorkerDefinition { settings, ..counter(id, "1") };
        assert!(site.workers.deploy(worker).await.unwrap().new_version);
    }
    let (mut waiting, mut started, mut more) = (Vec::new(), 0, 0);
    for (id, at_once, isolates) in [("plain", 1, 1), ("wide", 3, 1), ("many", 2, 2), ("both", 4, 2)] {
        for _ in 0..at_once + 1 {
            waiting.push(tokio::spawn(site.get(&format!("/{id}/wait")).unwrap()));
        }
        started += at_once;
        more += isolates - 1;
        eventually(id, || {
            site.world.started() == started && site.pool.stats().waiting == waiting.len() - started
        })
        .await;
        assert_eq!(site.pool.stats().live, 4 + more, "{id}");
    }
    site.world.answer();
    for waiting in waiting {
        soon(waiting).await.unwrap();
    }
    assert_eq!(site.world.started(), started + 4);
}

#[tokio::test]
async fn rates_are_those_of_the_current_version_of_a_worker() {
    let site = Site::new();
    let script = "export default { fetch(request) {
        for (let n = 0; n < 3; n++) console.log(`${new URL(request.url).pathname} ${n} ${'x'.repeat(40)}`);
        return new Response('answered');
    } }";
    // What a few requests use comes back in hours.
    let (per_second, burst) = (Duration::from_nanos(100), Duration::from_millis(20));
    let slow = WorkerSettings::default()
        .with_cpu_rate(Some(CpuRate { per_second, burst }))
        .with_log_rate(Some(LogRate { bytes_per_second: 1, burst: 250 }));
    let deploy = |id: &'static str, version: &'static str, settings| {
        let definition = WorkerDefinition { settings, ..definition(id, version, script) };
        let workers = site.workers.clone();
        async move { workers.deploy(definition).await.unwrap() }
    };
    deploy("slow", "1", slow).await;
    deploy("plain", "1", WorkerSettings::default()).await;
    for path in ["/slow/log", "/plain/log"] {
        assert_eq!(site.ask(path).await, "answered");
    }
    let lines = |of: &str| site.world.lines().iter().filter(|(_, line)| line.starts_with(of)).count();
    assert_eq!((lines("/slow/log"), lines("the worker logs too much"), lines("/plain/log")), (2, 1, 3));
    assert_eq!(site.pool.stats().budget.log_dropped, 1);
    let until_refused = async || {
        while let Ok(outcome) = site.outcome("/slow/").await {
            assert_eq!(text_of(Ok(outcome)), "answered");
        }
        assert_eq!(site.fails("/slow/").await, TerminationReason::Overloaded);
    };
    soon(until_refused()).await;
    assert_eq!(site.ask("/plain/log").await, "answered");

    deploy("slow", "2", WorkerSettings::default()).await;
    assert_eq!((&*site.ask("/slow/log").await, lines("/slow/log")), ("answered", 5));
    site.workers.rollback("slow").await.unwrap();
    soon(until_refused()).await;
    // The other version shares the rates of the current one.
    site.workers.set_weight("slow", "1", 0).await.unwrap();
    assert_eq!(site.fails("/slow/").await, TerminationReason::Overloaded);
}
