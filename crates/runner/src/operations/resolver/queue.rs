//! Whose name is looked up next.

use std::collections::{HashMap, VecDeque};

use tokio::sync::oneshot;

use super::{MAX_PER_TENANT, Resolved};

/// A tenant, for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TenantId(pub(super) u64);

/// Those who wait for one lookup.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    callers: Vec<oneshot::Sender<Resolved>>,
}

/// What tenants wait for and what threads do; see the head of [`super`].
#[derive(Debug)]
pub(super) struct Queue {
    /// Those with anything waiting or running, and nobody else.
    tenants: HashMap<TenantId, Tenant>,
    /// Those with anything waiting, each once, in the order in which they are served.
    turns: VecDeque<TenantId>,
    max_threads: usize,
    threads: usize,
    /// Lookups that run.
    running: usize,
    /// Threads that wait for work.
    pub(super) idle: usize,
}

#[derive(Debug, Default)]
struct Tenant {
    waiting: VecDeque<String>,
    running: usize,
    /// Of every name that waits or runs.
    lookups: HashMap<String, Lookup>,
}

impl Lookup {
    fn join(&mut self) -> oneshot::Receiver<Resolved> {
        let (sender, receiver) = oneshot::channel();
        self.callers.push(sender);
        receiver
    }

    /// Tells the callers. Wakes tasks: not under a lock.
    pub(super) fn finish(self, resolved: &Resolved) {
        for caller in self.callers {
            let _ = caller.send(resolved.clone());
        }
    }

    fn is_wanted(&self) -> bool {
        self.callers.iter().any(|caller| !caller.is_closed())
    }
}

impl Queue {
    pub(super) fn new(max_threads: usize) -> Self {
        Self { tenants: HashMap::new(), turns: VecDeque::new(), max_threads, threads: 0, running: 0, idle: 0 }
    }

    /// Waits for a name together with those who do so already. `None` if `max_waiting` lookups of this tenant wait
    /// for a thread; else also whether this is the first to ask.
    pub(super) fn join(
        &mut self,
        id: TenantId,
        name: &str,
        max_waiting: usize,
    ) -> Option<(oneshot::Receiver<Resolved>, bool)> {
        let tenant = self.tenants.entry(id).or_default();
        if let Some(lookup) = tenant.lookups.get_mut(name) {
            return Some((lookup.join(), false));
        }
        if tenant.waiting.len() >= max_waiting {
            return None;
        }
        if tenant.waiting.is_empty() {
            self.turns.push_back(id);
        }
        tenant.waiting.push_back(name.to_owned());
        Some((tenant.lookups.entry(name.to_owned()).or_default().join(), true))
    }

    /// Whether a thread has to be started for what waits; counts it as there if so.
    pub(super) fn wants_thread(&mut self) -> bool {
        let wanted = self.idle == 0 && self.threads < self.max_threads && self.has_work();
        self.threads += usize::from(wanted);
        wanted
    }

    /// Whether anything could begin now.
    pub(super) fn has_work(&self) -> bool {
        self.turns.iter().any(|id| self.may_begin(*id))
    }

    fn may_begin(&self, id: TenantId) -> bool {
        let free = self.max_threads - self.running;
        let share = (free / 4).clamp(1, MAX_PER_TENANT);
        free > 0 && self.tenants.get(&id).is_some_and(|tenant| tenant.running < share)
    }

    /// The next lookup for a thread that is free. Those that nobody waits for any more are dropped on the way.
    pub(super) fn begin(&mut self) -> Option<(TenantId, String)> {
        loop {
            let place = self.turns.iter().position(|id| self.may_begin(*id))?;
            let id = self.turns.remove(place)?;
            let tenant = self.tenants.get_mut(&id)?;
            let Some(name) = tenant.waiting.pop_front() else { continue };
            if !tenant.waiting.is_empty() {
                self.turns.push_back(id);
            }
            if tenant.lookups.get(&name).is_some_and(Lookup::is_wanted) {
                tenant.running += 1;
                self.running += 1;
                return Some((id, name));
            }
            tenant.lookups.remove(&name);
            self.forget_if_done(id);
        }
    }

    /// The end of a lookup that [`begin`](Self::begin) gave out; returns those who wait for it.
    pub(super) fn finish(&mut self, id: TenantId, name: &str) -> Lookup {
        let Some(tenant) = self.tenants.get_mut(&id) else { return Lookup::default() };
        tenant.running -= 1;
        self.running -= 1;
        let lookup = tenant.lookups.remove(name).unwrap_or_default();
        self.forget_if_done(id);
        lookup
    }

    /// A thread is gone, or could not be started. Was it the last, all that waits is given up and returned.
    pub(super) fn thread_ended(&mut self) -> Vec<(String, Lookup)> {
        self.threads -= 1;
        if self.threads > 0 {
            return Vec::new();
        }
        self.turns.clear();
        self.tenants.drain().flat_map(|(_, tenant)| tenant.lookups).collect()
    }

    fn forget_if_done(&mut self, id: TenantId) {
        if self.tenants.get(&id).is_some_and(|tenant| tenant.lookups.is_empty()) {
            self.tenants.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(tenants: &[(u64, usize)]) -> (Queue, Vec<oneshot::Receiver<Resolved>>) {
        let mut queue = Queue::new(16);
        let mut receivers = Vec::new();
        for &(id, names) in tenants {
            for n in 0..names {
                receivers.push(queue.join(TenantId(id), &format!("{n}.test"), 100).unwrap().0);
            }
        }
        (queue, receivers)
    }

    fn begun(queue: &mut Queue) -> Vec<u64> {
        std::iter::from_fn(|| queue.begin()).map(|(id, _)| id.0).collect()
    }

    #[test]
    fn a_tenant_alone_gets_a_few_threads_and_no_more() {
        let (mut queue, _receivers) = queue(&[(1, 100)]);
        // A quarter of 16, 15, 14 and 13 that are free.
        assert_eq!(begun(&mut queue).len(), 3);
        assert!(!queue.has_work());
        queue.finish(TenantId(1), "0.test");
        assert_eq!(begun(&mut queue).len(), 1);
    }

    #[test]
    fn the_last_threads_are_for_those_who_have_none() {
        let crowd: Vec<_> = (0..10).map(|id| (id, 10)).collect();
        let (mut queue, mut receivers) = queue(&crowd);
        let first = begun(&mut queue);
        let held = |id| first.iter().filter(|&&other| other == id).count();
        assert!((0..10).all(|id| (1..=3).contains(&held(id))), "{first:?}");
        assert!(first.len() < 16, "ten tenants without end do not fill all threads: {first:?}");
        receivers.push(queue.join(TenantId(99), "x.test", 100).unwrap().0);
        assert_eq!(begun(&mut queue), [99]);
    }

    #[test]
    fn tenants_take_turns() {
        let (mut queue, _receivers) = queue(&[(1, 3), (2, 3), (3, 1)]);
        assert_eq!(begun(&mut queue)[..5], [1, 2, 3, 1, 2]);
    }

    #[test]
    fn what_nobody_waits_for_is_not_looked_up() {
        let (mut queue, mut receivers) = queue(&[(1, 3)]);
        receivers.truncate(1);
        assert_eq!(queue.begin(), Some((TenantId(1), "0.test".into())));
        assert_eq!(queue.begin(), None);
        queue.finish(TenantId(1), "0.test");
        assert!(queue.tenants.is_empty() && queue.turns.is_empty() && queue.running == 0);
    }

    #[test]
    fn a_tenant_that_asks_for_too_much_is_refused_and_the_next_is_not() {
        let (mut queue, _receivers) = queue(&[(1, 100)]);
        assert!(queue.join(TenantId(1), "one.more.test", 100).is_none());
        assert!(queue.join(TenantId(1), "5.test", 100).is_some(), "this one waits already");
        assert!(queue.join(TenantId(2), "one.more.test", 100).is_some());
    }

    #[test]
    fn without_any_thread_nobody_waits_for_ever() {
        let (mut queue, receivers) = queue(&[(1, 2), (2, 1)]);
        assert!(queue.wants_thread());
        let abandoned = queue.thread_ended();
        assert_eq!((abandoned.len(), receivers.len()), (3, 3));
        assert!(queue.tenants.is_empty() && !queue.has_work());
    }
}
