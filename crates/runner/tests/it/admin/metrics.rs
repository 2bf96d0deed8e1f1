//! `GET /metrics`, read by parsers.

use std::collections::{HashMap, HashSet};

use prometheus_parse::{Scrape, Value};

use super::*;

#[tokio::test]
async fn metrics_are_well_formed_and_count_each_end_of_a_request() {
    let broken = "export default { fetch() { throw new Error('broken') } }";
    let missing = "export default { fetch() { return new Response('', { status: 404 }) } }";
    let files = [("hello.js", HELLO), ("broken.js", broken), ("missing.js", missing), ("loop.js", LOOP)];
    let server = Administered::start(&files, &[]).await;
    let before = server.metrics().await;
    assert_eq!(before.value("runner_workers", &[]), 4.0);
    for (path, times) in [("/hello/", 3), ("/broken/", 2), ("/missing/", 1), ("/loop/", 1), ("/nowhere", 1)] {
        for _ in 0..times {
            server.runner.get(path).await;
        }
    }
    let after = server.metrics().await;
    let requests = |worker, status, reason| {
        after.value("runner_requests_total", &[("worker", worker), ("status", status), ("reason", reason)])
    };
    assert_eq!(requests("hello", "2xx", "none"), 3.0);
    assert_eq!(requests("broken", "5xx", "Exception"), 2.0);
    assert_eq!(requests("missing", "4xx", "none"), 1.0);
    assert_eq!(requests("loop", "4xx", "CpuTimeLimit"), 1.0);
    assert_eq!(after.count("runner_requests_total"), 4);
    assert_eq!(after.value("runner_request_duration_seconds_count", &[]), 7.0);
    assert!(after.value("runner_request_duration_seconds_sum", &[]) > 0.05, "one used up its CPU time");
    // What a request has used is known a moment after its answer.
    let used = soon(async {
        loop {
            let used = server.metrics().await;
            if used.value("runner_request_cpu_seconds_count", &[]) == 7.0 {
                return used;
            }
        }
    })
    .await;
    let cpu = |worker| used.value("runner_worker_cpu_seconds_total", &[("worker", worker)]);
    assert!(cpu("loop") >= 0.05 && cpu("hello") > 0.0, "{} {}", cpu("loop"), cpu("hello"));

    let value = |name: &str| after.value(name, &[]);
    let leases = value("runner_pool_hits_total") + value("runner_pool_misses_total");
    assert!(leases >= 7.0, "{leases}");
    assert!(value("runner_lease_wait_seconds_count") >= 7.0);
    for reason in ["lru", "idle", "condemned", "replaced", "shutdown"] {
        assert!(after.value("runner_pool_evictions_total", &[("reason", reason)]) >= 0.0);
    }
    for (series, value) in &before.samples {
        if series.0.ends_with("_total") || series.0.ends_with("_bucket") {
            assert!(after.samples[series] >= *value, "{series:?} went back");
        }
    }
}

#[tokio::test]
async fn a_parser_of_prometheus_reads_the_same_metrics() {
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    assert_eq!(server.hello().await, "hello 1");
    let reply = server.get("/metrics").await;
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let scrape = Scrape::parse(reply.text().lines().map(|line| Ok(line.to_owned()))).unwrap();
    let named = |name: &str| scrape.samples.iter().filter(|sample| sample.metric == name).collect::<Vec<_>>();
    let requests = named("runner_requests_total");
    assert_eq!((requests.len(), &requests[0].value), (1, &Value::Counter(1.0)));
    assert_eq!(
        (requests[0].labels.get("worker"), requests[0].labels.get("status")),
        (Some("hello"), Some("2xx"))
    );
    assert_eq!(named("runner_workers")[0].value, Value::Gauge(1.0));
    for name in ["lease_wait", "turn_wait", "lease_hold", "request_duration", "request_cpu"] {
        let name = format!("runner_{name}_seconds");
        let histogram = named(&name);
        let Value::Histogram(buckets) = &histogram[0].value else { panic!("{name}: {histogram:?}") };
        assert!(
            buckets.len() == 13 && buckets.is_sorted_by_key(|bucket| bucket.count),
            "{name}: {buckets:?}"
        );
    }
    // Nothing is without a type and a text.
    let typed = scrape.samples.iter().filter(|sample| !matches!(sample.value, Value::Untyped(_)));
    for sample in typed {
        assert!(scrape.docs.contains_key(&sample.metric), "{}", sample.metric);
    }
    let untyped: Vec<_> =
        scrape.samples.iter().filter(|sample| matches!(sample.value, Value::Untyped(_))).collect();
    assert!(
        untyped.iter().all(|sample| sample.metric.ends_with("_sum") || sample.metric.ends_with("_count")),
        "{untyped:?}"
    );
}

#[tokio::test]
async fn dropped_lines_are_counted_and_series_go_with_their_worker() {
    let talk = "export default { fetch() {
        for (let n = 0; n < 100; n++) console.log('x'.repeat(100));
        return new Response();
    } }";
    let server = Administered::start(&[("talk.js", talk)], &["--tenant-log-kb-per-s", "1"]).await;
    assert_eq!(server.runner.get("/talk/").await.status, 200);
    let metrics = server.metrics().await;
    let dropped = |reason| metrics.value("runner_log_dropped_total", &[("reason", reason)]);
    assert!((60.0..100.0).contains(&dropped("rate")), "{}", dropped("rate"));
    assert_eq!((dropped("queue"), dropped("output")), (0.0, 0.0));
    assert_eq!(metrics.count("runner_requests_total"), 1);
    assert_eq!(server.ask("DELETE", "/workers/talk", "").await.status, 200);
    // The isolates are given up in the background, and with them the version.
    soon(async {
        while server.metrics().await.count("runner_requests_total") > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
}

type Series = (String, Vec<(String, String)>);

/// The metrics of a page in OpenMetrics' text format, which is checked as it is read.
pub(super) struct Metrics {
    samples: HashMap<Series, f64>,
}

impl Metrics {
    pub(super) fn read(page: &str) -> Self {
        let page = page.strip_suffix("# EOF\n").expect("an end");
        let (mut families, mut samples) = (HashMap::new(), HashMap::new());
        let (mut current, mut helped) = (None, HashSet::new());
        for line in page.lines() {
            if let Some(rest) = line.strip_prefix("# ") {
                let mut words = rest.splitn(3, ' ');
                let (kind, name, text) =
                    (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
                assert!(is_name(name) && !text.is_empty(), "{line}");
                match kind {
                    "HELP" => assert!(helped.insert(name.to_owned()), "{name} is there twice"),
                    "TYPE" => {
                        assert!(["counter", "gauge", "histogram"].contains(&text), "{line}");
                        assert!(helped.contains(name), "{line}");
                        assert!(families.insert(name.to_owned(), text.to_owned()).is_none(), "{line}");
                        current = Some((name.to_owned(), text.to_owned()));
                    }
                    "UNIT" => assert!(name.ends_with(&format!("_{text}")), "{line}"),
                    _ => panic!("{line}"),
                }
                continue;
            }
            let (name, labels, value) = sample(line);
            let (family, kind) = current.as_ref().expect("a family before its samples");
            let suffix =
                name.strip_prefix(family.as_str()).unwrap_or_else(|| panic!("{line} is not of {family}"));
            let has_bound = labels.iter().any(|(name, _)| name == "le");
            match (kind.as_str(), suffix) {
                ("counter", "_total") | ("histogram", "_count") => {
                    assert!(value >= 0.0 && (value.fract() == 0.0 || family.ends_with("_seconds")), "{line}");
                }
                ("gauge", "") | ("histogram", "_sum") => assert!(value.is_finite(), "{line}"),
                ("histogram", "_bucket") => assert!(has_bound, "{line}"),
                _ => panic!("{line} in a {kind}"),
            }
            assert!(samples.insert((name, labels), value).is_none(), "{line} is there twice");
        }
        let metrics = Self { samples };
        for (family, _) in families.iter().filter(|(_, kind)| *kind == "histogram") {
            metrics.check_histogram(family, page);
        }
        metrics
    }

    /// Buckets grow with their bounds, and the last one has all.
    fn check_histogram(&self, family: &str, page: &str) {
        let bucket = format!("{family}_bucket");
        let buckets: Vec<_> = page.lines().filter(|line| line.starts_with(&bucket)).map(sample).collect();
        let bounds: Vec<f64> = buckets
            .iter()
            .map(|(_, labels, _)| labels[0].1.replace("+Inf", "inf").parse().unwrap())
            .collect();
        assert!(bounds.is_sorted() && buckets.is_sorted_by_key(|(.., count)| *count), "{family}");
        assert_eq!(bounds.last(), Some(&f64::INFINITY));
        assert_eq!(buckets.last().unwrap().2, self.value(&format!("{family}_count"), &[]), "{family}");
    }

    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let series = (name.to_owned(), labels);
        *self.samples.get(&series).unwrap_or_else(|| panic!("{series:?} is not there"))
    }

    /// How many series of a name there are.
    fn count(&self, name: &str) -> usize {
        self.samples.keys().filter(|(other, _)| other == name).count()
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Name, labels and value of a line.
fn sample(line: &str) -> (String, Vec<(String, String)>, f64) {
    let (series, value) = line.rsplit_once(' ').expect(line);
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').expect(line)),
        None => (series, ""),
    };
    assert!(is_name(name), "{line}");
    let labels = labels.split(',').filter(|label| !label.is_empty()).map(|label| {
        let (name, value) = label.split_once('=').expect(line);
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).expect(line);
        assert!(is_name(name) && !value.contains(['"', '\\']), "{line}");
        (name.to_owned(), value.to_owned())
    });
    (name.to_owned(), labels.collect(), value.parse().expect(line))
}
