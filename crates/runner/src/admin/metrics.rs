//! `GET /metrics`: what pool and workers count, in the text format of OpenMetrics.
//!
//! Nothing is kept here: each scrape reads the counters where they are. Labels are bounded: reasons and classes are
//! enumerations, and workers share one label beyond
//! [`MAX_COUNTED_WORKERS`](crate::workers::MAX_COUNTED_WORKERS).

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::pool_stats::Buckets;
use crate::workers::{RequestCount, Workers};
use crate::{IsolatePool, PoolStats};

/// The type of the text.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics, as of now.
pub(super) fn text(pool: &IsolatePool, workers: &Workers) -> String {
    let scrape = Scrape {
        stats: pool.stats(),
        times: pool.time_buckets(),
        requests: workers.request_counts(),
        workers: workers.len(),
    };
    let mut registry = Registry::with_prefix("runner");
    registry.register_collector(Box::new(scrape));
    let mut text = String::new();
    // A string takes everything.
    let _ = encode(&mut text, &registry);
    text
}

#[derive(Debug)]
struct Scrape {
    stats: PoolStats,
    times: [Buckets; 3],
    requests: Vec<RequestCount>,
    workers: usize,
}

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out(encoder);
        self.requests(&mut out)?;
        self.isolates(&mut out)?;
        self.waits(&mut out)?;
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
        let [lease, turn, hold] = &self.times;
        out.histogram("lease_wait", "Wait of a request for an isolate", lease)?;
        out.histogram("turn_wait", "Wait of a request for a turn; one turn in 16 is measured", turn)?;
        out.histogram("lease_hold", "How long requests kept their isolate, waitUntil work included", hold)
    }

    fn threads(&self, out: &mut Out<'_>) -> fmt::Result {
        let threads = &self.stats.threads;
        out.gauge("threads", "Threads that run JavaScript", None, threads.width)?;
        out.gauge("threads_missing", "Threads that cannot be created yet", None, threads.missing)?;
        out.counter("threads_replaced", "Threads given up with their isolate", threads.replaced)?;
        out.counter("turns", "Turns taken", threads.turns)?;
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
