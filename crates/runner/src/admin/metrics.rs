//! `GET /metrics`: what pool and workers count, in the text format of OpenMetrics, or in that of Prometheus.
//!
//! Nothing is kept here: each scrape reads the counters where they are. Labels are bounded: reasons and classes are
//! enumerations, and workers share one label beyond
//! [`MAX_COUNTED_WORKERS`](crate::workers::MAX_COUNTED_WORKERS).

use std::collections::HashSet;
use std::fmt;

use http::header::{ACCEPT, HeaderMap};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use serde_json::Value;

use crate::pool_stats::Buckets;
use crate::workers::{RequestCount, RequestTimes, Workers};
use crate::{IsolatePool, PoolStats};

/// How the text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The format of Prometheus before it, which every parser reads.
    Prometheus,
}

impl Format {
    /// OpenMetrics for those who say that they read it.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let named = accepted.flat_map(|value| value.split(',')).any(|kind| {
            let essence = kind.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/openmetrics-text")
        });
        if named { Self::OpenMetrics } else { Self::Prometheus }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// All metrics, as of now.
pub(super) fn text(pool: &IsolatePool, workers: &Workers, statistics: &Value, format: Format) -> String {
    let [lease_wait, turn_wait, lease_hold] = pool.time_buckets();
    let RequestTimes { wall, cpu } = workers.request_times();
    let missing = |of: &str| statistics["log"][of].as_u64();
    let scrape = Scrape {
        stats: pool.stats(),
        times: Times { wall: wall.buckets(), cpu: cpu.buckets(), lease_wait, turn_wait, lease_hold },
        requests: workers.request_counts(),
        cpu: workers.cpu_seconds(),
        missing: [("queue", missing("dropped")), ("output", missing("failed"))],
        workers: workers.len(),
    };
    let mut registry = Registry::with_prefix("runner");
    registry.register_collector(Box::new(scrape));
    let mut text = String::new();
    // A string takes everything.
    let _ = encode(&mut text, &registry);
    match format {
        Format::OpenMetrics => text,
        Format::Prometheus => as_prometheus(&text),
    }
}

/// The same in Prometheus' own format: there a counter is described by the name of its samples, and there are no units
/// and no end.
fn as_prometheus(text: &str) -> String {
    let counter = |line: &str| line.strip_prefix("# TYPE ")?.strip_suffix(" counter").map(str::to_owned);
    let counters: HashSet<String> = text.lines().filter_map(counter).collect();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("EOF" | "UNIT"), ..) => continue,
            (Some("#"), Some(kind), Some(name), Some(rest)) if counters.contains(name) => {
                out.extend(["# ", kind, " ", name, "_total ", rest]);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

#[derive(Debug)]
struct Scrape {
    stats: PoolStats,
    times: Times,
    requests: Vec<RequestCount>,
    /// By worker, in seconds.
    cpu: Vec<(Box<str>, f64)>,
    /// Lines that are missing in the log of the process, by reason.
    missing: [(&'static str, Option<u64>); 2],
    workers: usize,
}

#[derive(Debug)]
struct Times {
    wall: Buckets,
    cpu: Buckets,
    lease_wait: Buckets,
    turn_wait: Buckets,
    lease_hold: Buckets,
}

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out(encoder);
        self.requests(&mut out)?;
        self.isolates(&mut out)?;
        self.waits(&mut out)?;
        self.log(&mut out)?;
        self.threads(&mut out)?;
        self.losses(&mut out)
    }
}

impl Scrape {
    fn requests(&self, out: &mut Out<'_>) -> fmt::Result {
        out.gauge("workers", "Workers that are deployed", None, self.workers)?;
        let mut requests = out.family(
            "requests",
            "Requests that were routed to a worker and have ended, by status class and reason of termination",
            None,
            MetricType::Counter,
        )?;
        for RequestCount { worker, status, reason, count } in &self.requests {
            let labels = [("worker", &**worker), ("status", status), ("reason", reason)];
            counter(&mut requests.encode_family(&labels)?, *count)?;
        }
        let Times { wall, cpu, .. } = &self.times;
        let help = "Time from the routing of a request to its answer";
        out.histogram("request_duration", help, wall)?;
        let help = "CPU time of a request, waitUntil work included and the evaluation of the script not";
        out.histogram("request_cpu", help, cpu)?;
        let help = "CPU time of a worker, the evaluation of its script included";
        let mut family = out.family("worker_cpu", help, Some(&Unit::Seconds), MetricType::Counter)?;
        for (worker, seconds) in &self.cpu {
            let labels = [("worker", &**worker)];
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(seconds, None)?;
        }
        Ok(())
    }

    fn log(&self, out: &mut Out<'_>) -> fmt::Result {
        let help = "Lines of log that were dropped: by a worker's rate, by a full queue, by what they are written to";
        let mut family = out.family("log_dropped", help, None, MetricType::Counter)?;
        let missing = self.missing.iter().filter_map(|(reason, lines)| Some((*reason, (*lines)?)));
        for (reason, lines) in [("rate", self.stats.budget.log_dropped)].into_iter().chain(missing) {
            counter(&mut family.encode_family(&[("reason", reason)])?, lines)?;
        }
        Ok(())
    }

    fn isolates(&self, out: &mut Out<'_>) -> fmt::Result {
        let stats = &self.stats;
        out.gauge("pool_isolates_max", "Isolates that the pool may hold", None, stats.total)?;
        let live = "Isolates in the cache, being created, or finishing their work";
        out.gauge("pool_isolates_live", live, None, stats.live)?;
        out.gauge("pool_isolates_idle", "Isolates without a request", None, stats.idle)?;
        out.gauge("pool_isolates_leased", "Isolates with a request", None, stats.leased)?;
        out.gauge("pool_isolates_spare", "Isolates made ahead of need", None, stats.spares.ready)?;
        let code = &stats.code_cache;
        let help = "Compiled code that is kept for contexts which are made later";
        out.gauge("code_cache", help, Some(&Unit::Bytes), code.bytes as u64)?;
        out.gauge("code_cache_entries", "Modules that there is compiled code of", None, code.entries)?;
        out.counter("code_cache_hits", "Modules that were compiled from it", code.hits)?;
        out.counter("code_cache_misses", "Modules that it had no code of", code.misses)?;
        out.counter("code_cache_rejected", "Compiled code that V8 did not take", code.rejected)?;
        let help = "Modules whose compiled code grew when requests had run";
        out.counter("code_cache_refilled", help, code.refilled)?;
        let caches = &stats.caches;
        out.gauge("caches", "What workers keep with caches", Some(&Unit::Bytes), caches.bytes)?;
        out.gauge("caches_entries", "Responses that workers keep", None, caches.entries)?;
        out.counter("caches_hits", "How often a worker found one of them", caches.hits)?;
        out.counter("caches_misses", "How often a worker found none", caches.misses)?;
        out.counter("caches_evictions", "Responses that had to go for others", caches.evictions)?;
        let refused = "Responses that were put and not kept: for what they say themselves, or their size";
        out.counter("caches_refused", refused, caches.refused)?;
        let disk = &stats.code_store;
        let help = "Compiled code in the directory of the server";
        out.gauge("code_cache_disk", help, Some(&Unit::Bytes), disk.bytes)?;
        out.gauge("code_cache_disk_files", "Scripts that there is compiled code of there", None, disk.files)?;
        out.counter("code_cache_disk_hits", "Files of compiled code that were taken", disk.hits)?;
        out.counter("code_cache_disk_writes", "Files of compiled code that were written", disk.writes)?;
        let help = "Files of compiled code that were damaged, or could not be read or written";
        out.counter("code_cache_disk_failures", help, disk.failures)?;
        let heap = "Heap and buffers of the isolates, as sampled at the end of turns";
        out.gauge("pool_heap", heap, Some(&Unit::Bytes), stats.heap_bytes)?;
        out.counter("pool_hits", "Requests that found an isolate of their worker", stats.hits)?;
        out.counter("pool_misses", "Requests that had to get a new isolate", stats.misses)?;
        out.counter("pool_created", "Isolates put into the cache", stats.created)?;
        out.counter("pool_creation_failures", "Isolates that could not be created", stats.creation_failures)?;
        let evictions = &stats.evictions;
        let by_reason = [
            ("lru", evictions.lru),
            ("idle", evictions.idle),
            ("condemned", evictions.condemned),
            ("replaced", evictions.replaced),
            ("shutdown", evictions.shutdown),
        ];
        let mut family = out.family("pool_evictions", "Isolates given up", None, MetricType::Counter)?;
        for (reason, count) in by_reason {
            counter(&mut family.encode_family(&[("reason", reason)])?, count)?;
        }
        let pending = "Isolates that wait for their disposal in the background";
        out.gauge("pool_disposals_pending", pending, None, stats.disposals_pending)
    }

    fn waits(&self, out: &mut Out<'_>) -> fmt::Result {
        let stats = &self.stats;
        out.gauge("pool_waiting", "Requests that wait for an isolate", None, stats.waiting)?;
        out.counter("pool_timeouts", "Requests refused because they waited too long", stats.timeouts)?;
        out.counter("pool_queue_full", "Requests refused because too many waited", stats.queue_full)?;
        let Times { lease_wait, turn_wait, lease_hold, .. } = &self.times;
        out.histogram("lease_wait", "Wait of a request for an isolate", lease_wait)?;
        out.histogram("turn_wait", "Wait of a request for a turn; one turn in 16 is measured", turn_wait)?;
        out.histogram(
            "lease_hold",
            "How long requests kept their isolate, waitUntil work included",
            lease_hold,
        )
    }

    fn threads(&self, out: &mut Out<'_>) -> fmt::Result {
        let threads = &self.stats.threads;
        out.gauge("threads", "Threads that run JavaScript", None, threads.width)?;
        out.gauge("threads_missing", "Threads that cannot be created yet", None, threads.missing)?;
        out.counter("threads_replaced", "Threads given up with their isolate", threads.replaced)?;
        out.counter("turns", "Turns taken", threads.turns)?;
        out.counter(
            "turns_at_stations",
            "Times that a thread of connections took turns of an isolate",
            threads.at_stations,
        )?;
        out.counter("turn_migrations", "Turns on another thread than the one before", threads.migrations)
    }

    fn losses(&self, out: &mut Out<'_>) -> fmt::Result {
        let PoolStats { lost, quarantined, budget, .. } = &self.stats;
        out.gauge("lost_isolates", "Isolates that V8 did not give back", None, lost.isolates)?;
        out.gauge("lost_memory", "Memory that they hold", Some(&Unit::Bytes), lost.bytes)?;
        out.gauge("quarantined_scripts", "Scripts that are not run for a while", None, quarantined.scripts)?;
        let refused = "Requests refused because their script is quarantined";
        out.counter("quarantine_refused", refused, quarantined.refused)?;
        let bytes = "Bodies and other things on their way, of all workers";
        out.gauge("budget_in_use", bytes, Some(&Unit::Bytes), budget.bytes)?;
        out.gauge("budget_operations", "Operations in flight", None, budget.operations)?;
        out.gauge("budget_sockets", "Outgoing connections", None, budget.sockets)?;
        let refused = "What was refused, or dropped from the log, for lack of budget";
        out.counter("budget_refused", refused, budget.refused)
    }
}

/// Where metrics are written to, each with its description.
struct Out<'a>(DescriptorEncoder<'a>);

impl Out<'_> {
    fn family<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        unit: Option<&'s Unit>,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.0.encode_descriptor(name, help, unit, kind)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        counter(&mut self.family(name, help, None, MetricType::Counter)?, value)
    }

    fn gauge(&mut self, name: &str, help: &str, unit: Option<&Unit>, value: impl Amount) -> fmt::Result {
        self.family(name, help, unit, MetricType::Gauge)?.encode_gauge(&value.amount())
    }

    fn histogram(&mut self, name: &str, help: &str, values: &Buckets) -> fmt::Result {
        let unit = Some(&Unit::Seconds);
        let Buckets { sum, count, buckets } = values;
        self.family(name, help, unit, MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(*sum, *count, buckets, None)
    }
}

fn counter(out: &mut MetricEncoder<'_>, value: u64) -> fmt::Result {
    out.encode_counter::<NoLabelSet, _, u64>(&value, None)
}

/// A number of things, as the format has it.
trait Amount {
    fn amount(self) -> impl EncodeGaugeValue;
}

impl Amount for usize {
    fn amount(self) -> impl EncodeGaugeValue {
        self as u64
    }
}

impl Amount for u64 {
    fn amount(self) -> impl EncodeGaugeValue {
        self
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn who_reads_openmetrics_gets_it() {
        for (accept, format) in [
            (
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4",
                Format::OpenMetrics,
            ),
            ("text/plain, Application/OpenMetrics-Text", Format::OpenMetrics),
            ("*/*", Format::Prometheus),
            ("text/plain;version=0.0.4", Format::Prometheus),
        ] {
            let headers = [(ACCEPT, HeaderValue::from_static(accept))].into_iter().collect();
            assert_eq!(Format::wanted(&headers), format, "{accept}");
        }
        assert_eq!(Format::wanted(&HeaderMap::new()), Format::Prometheus);
    }

    #[test]
    fn counters_are_described_by_the_names_of_their_samples() {
        let text = "# HELP a Some # TYPE counter.\n# TYPE a counter\na_total{x=\"# TYPE b counter\"} 1\n\
                    # HELP b_seconds Of b.\n# TYPE b_seconds gauge\n# UNIT b_seconds seconds\nb_seconds 2\n# EOF\n";
        let expected = "# HELP a_total Some # TYPE counter.\n# TYPE a_total counter\na_total{x=\"# TYPE b counter\"} 1\n\
                        # HELP b_seconds Of b.\n# TYPE b_seconds gauge\nb_seconds 2\n";
        assert_eq!(as_prometheus(text), expected);
    }
}
