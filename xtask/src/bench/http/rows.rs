//! The rows: what is asked of which worker.

use std::path::Path;

use crate::bench::site::{self, Site};
use crate::failure::Result;
use crate::load::Request;

/// One line of the table for each server.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) connections: usize,
    /// What is served; why it cannot be.
    pub(super) site: Result<Site>,
    pub(super) requests: Vec<Request>,
    /// Which requests are made, by their positions.
    pub(super) order: Vec<usize>,
    pub(super) kind: Kind,
    /// What the runner is told beside where it listens.
    pub(super) flags: &'static [&'static str],
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// As many requests as the connections can make.
    Peak,
    /// Requests at a share of what this server can do; measured just before.
    OfOwnPeak(f64),
    /// The same for all servers: a share of what the runner can do.
    OfRunnersPeak(f64),
    /// Each worker's first request, one after the other at this rate.
    First { per_second: f64 },
    /// From the start of the process to its first answer.
    Start,
    /// Memory for each worker that was called once and is idle.
    Idle,
}

/// The row of the shortest run.
pub(super) const SMOKE: &str = "hello-64";

/// The share of the peak at which latencies are compared.
const SHARE: f64 = 0.7;

const HELLO: &str = include_str!("workers/hello.js");

/// How many workers there are in the rows of first requests and of memory.
const FEW: usize = 200;

/// So many draws are made before they are repeated.
const DRAWS: usize = 1 << 16;

/// The names of all rows.
pub(super) fn names() -> Vec<&'static str> {
    // React is only looked for in directories.
    plain().iter().map(|row| row.name).chain([REACT]).collect()
}

const REACT: &str = "react";

/// All rows, with the npm packages in `peers` for the one that needs some, if it is wanted.
pub(super) fn all(peers: &Path, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    let mut rows: Vec<_> = plain().into_iter().filter(|row| wanted(row.name)).collect();
    if wanted(REACT) {
        rows.push(Row { site: site::react(peers), ..one(REACT, 16, "", get(react())) });
    }
    rows
}

fn plain() -> Vec<Row> {
    let hello = || get("Hello, world!");
    vec![
        one("hello-64", 64, HELLO, hello()),
        one("hello-1", 1, HELLO, hello()),
        Row { kind: Kind::OfOwnPeak(SHARE), ..one("paced-own", 64, HELLO, hello()) },
        Row { kind: Kind::OfRunnersPeak(SHARE), ..one("paced-same", 64, HELLO, hello()) },
        one("json-1k", 64, include_str!("workers/json.js"), json()),
        one("answer-64k", 64, include_str!("workers/answer.js"), get(TEXT.repeat(4096))),
        one("upload-64k", 64, include_str!("workers/upload.js"), upload()),
        one("headers", 64, include_str!("workers/headers.js"), headers()),
        one("routing-50", 64, include_str!("workers/routes.js"), routes()),
        one("stream-1m", 16, include_str!("workers/stream.js"), get(TEXT.repeat(4096 * 16))),
        one("await-5ms-256", 256, include_str!("workers/waits.js"), get("waited")),
        Row {
            // By default, what does not fit into a thousand in flight and a thousand that wait is refused.
            flags: &["--concurrency", "2000"],
            ..one("await-5ms-2000", 2000, include_str!("workers/waits.js"), get("waited"))
        },
        one("compute-1ms-16", 16, include_str!("workers/computes.js"), get(computed().to_string())),
        Row { order: zipf(100), ..many("zipf-100", 64, 100, &["--pool-size", "100"]) },
        Row { order: zipf(1000), ..many("zipf-1000", 64, 1000, &["--pool-size", "1000"]) },
        Row { order: zipf(1000), ..many("zipf-1000-pool-200", 64, 1000, &["--pool-size", "200"]) },
        Row { kind: Kind::Start, ..one("start", 1, HELLO, hello()) },
        Row {
            kind: Kind::First { per_second: 50.0 },
            ..many("first-request", 1, FEW, &["--pool-size", "200", "--no-check"])
        },
        Row { kind: Kind::Idle, ..many("idle-worker", 1, FEW, &["--pool-size", "200", "--no-check"]) },
    ]
}

/// A row with one worker, asked as often as can be.
fn one(name: &'static str, connections: usize, worker: &str, requests: Vec<Request>) -> Row {
    let order = (0..requests.len()).collect();
    let site = Ok(Site::One(worker.to_owned()));
    Row { name, connections, site, requests, order, kind: Kind::Peak, flags: &[] }
}

/// A row with many workers, asked in turn.
fn many(name: &'static str, connections: usize, count: usize, flags: &'static [&'static str]) -> Row {
    let request = |number| Request::get(&format!("/w{number}/"), &[], format!("worker {number}"));
    let requests: Vec<_> = (0..count).map(request).collect();
    Row { site: Ok(Site::Many(count)), flags, ..one(name, connections, "", requests) }
}

const TEXT: &str = "sixteen letters.";

fn get(answer: impl Into<String>) -> Vec<Request> {
    vec![Request::get("/", &[], answer)]
}

/// 1 KiB of JSON that comes back as it went.
fn json() -> Vec<Request> {
    let items: Vec<_> = (0..14)
        .map(|number| {
            format!(
                r#"{{"id":{number},"name":"item number {number} of many","tags":["one","two"],"price":{number}.5}}"#
            )
        })
        .collect();
    let text = format!("[{}]", items.join(","));
    vec![Request::post("/", "application/json", &text, text.clone())]
}

fn upload() -> Vec<Request> {
    let text = TEXT.repeat(4096);
    let answer = format!("{} {} {}", text.len(), b's', b'.');
    vec![Request::post("/", "application/octet-stream", &text, answer)]
}

/// What a browser sends, and six headers that come back.
fn headers() -> Vec<Request> {
    let names: Vec<_> = (0..6).map(|number| format!("x-bench-{number}")).collect();
    let own = names.iter().map(|name| (name.as_str(), "some value of a header"));
    let browser = [
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-language", "en-GB"),
        ("accept-encoding", "identity"),
        ("cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("referer", "http://bench.localhost/some/page?with=query"),
    ];
    let sent: Vec<_> = browser.into_iter().chain(own.clone()).collect();
    let expected = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers = expected.chain([("cache-control".to_owned(), "no-store".to_owned())]).collect();
    vec![Request { headers, ..Request::get("/", &sent, "6 en-GB") }]
}

/// Each of the 50 routes in turn.
fn routes() -> Vec<Request> {
    let request = |number| {
        let target = format!("/api/resource{number}/user-{number}/items/{}", number * 7);
        Request::get(&target, &[], format!("{number} user-{number} {}", number * 7))
    };
    (0..50).map(request).collect()
}

/// What `computes.js` answers.
fn computed() -> u32 {
    (0..600_000_u32).fold(0x811c_9dc5, |hash, n| (hash ^ (n & 255)).wrapping_mul(0x0100_0193))
}

/// What `react.jsx` answers.
fn react() -> String {
    let row = |number| format!("<tr class=\"row\"><td>{number}</td><td>item {number}</td></tr>");
    format!("<table><tbody>{}</tbody></table>", (0..50).map(row).collect::<String>())
}

/// Numbers below `count`, of which the nth comes 1/n times as often as the first; the same ones each time.
fn zipf(count: usize) -> Vec<usize> {
    let mut sum = 0.0;
    let sums: Vec<f64> = (1..=count)
        .map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(1);
    let draw = |_| {
        let drawn = random.f64() * sum;
        sums.partition_point(|&up_to| up_to < drawn).min(count - 1)
    };
    (0..DRAWS).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_prefers_the_first() {
        let draws = zipf(1000);
        let count = |number| draws.iter().filter(|&&drawn| drawn == number).count() as f64;
        assert!(draws.iter().all(|&number| number < 1000));
        // 1/n of the first, within what chance does.
        for number in [1, 3, 9] {
            let share = count(number) / count(0) * (number + 1) as f64;
            assert!((0.85..1.15).contains(&share), "{number}: {share}");
        }
    }

    #[test]
    fn rows_have_names_and_requests_of_their_own() {
        let rows = plain();
        let mut names = names();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), rows.len() + 1);
        assert!(names.contains(&SMOKE));
        for row in rows {
            assert!(row.order.iter().all(|&number| number < row.requests.len()), "{}", row.name);
        }
    }

    #[test]
    fn the_json_has_about_a_kibibyte() {
        let length = json()[0].body.len();
        assert!((1000..1050).contains(&length), "{length}");
    }
}
