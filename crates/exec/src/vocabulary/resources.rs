//! Objects of the host that stand behind JavaScript ones: streaming decoders, and whatever has a state that is not
//! JavaScript's.
//!
//! V8 has no weak handles for isolates that change threads, so the host never learns that JavaScript has let go of an
//! object. So every object of the host has an *owner*, a request or a context (a script that was evaluated), whose
//! [`ResourceTable`] it is in, and it is closed with its owner if not before.
//!
//! # Contract
//! * JavaScript holds a [`ResourceId`] and nothing else. Ids are never used twice in a process, so one that is kept too
//!   long finds nothing, not another's.
//! * An entry can carry a *permit*: whatever was taken from a budget for it. It goes when the entry does.
//! * [`close`](Resource::close) is called once, when the entry leaves the table, on whatever thread: in a turn, or
//!   elsewhere if the isolate is lost. It must neither block nor use V8. Who still has the `Arc` at that moment keeps the
//!   object, closed.
//! * A table has a bound. If it is reached, an entry that [may go early](Resource::may_go_early) makes room, the one that was
//!   [used](Resource::last_used) the longest time ago; without one the new entry is refused.
//! * A table that was closed takes nothing more. The mutex is never held while an entry is closed or dropped, nor while
//!   V8 is entered.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use isolate::RequestLimits;
use parking_lot::Mutex;

/// An object of the host that JavaScript knows by its id. See the [module](self) documentation.
pub trait Resource: Any + Send + Sync {
    /// What it is, for logs and statistics: `decoder`.
    fn name(&self) -> &'static str;

    /// Its entry has left the table. Called once; neither blocks nor uses V8.
    fn close(&self) {}

    /// Whether it may be closed to make room for others. What JavaScript does with it then fails.
    fn may_go_early(&self) -> bool {
        false
    }

    /// When it was last used, on any clock that all such resources of a table share: the one with the least value goes
    /// first, and of those with the same the oldest.
    fn last_used(&self) -> u64 {
        0
    }
}

/// Identity of a resource in this process; never used twice. It crosses into JavaScript as a number, which is exact below
/// 2⁵³.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(u64);

impl ResourceId {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number that JavaScript holds.
    pub fn as_number(self) -> f64 {
        self.0 as f64
    }

    /// The identity that JavaScript's `number` stands for; one that is nobody's if it cannot be one.
    pub fn from_number(number: f64) -> Self {
        Self(number as u64)
    }
}

/// Why a table did not take a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceRefused {
    /// Its owner has ended.
    #[error("the owner has ended")]
    Closed,
    /// As many as it may hold are open, and none of them may go early.
    #[error("too many open resources")]
    Full,
}

/// What was taken from a budget for a resource.
pub type Permit = Box<dyn Any + Send + Sync>;

/// The resources of one request or one context. An empty one allocates nothing. See the [module](self) documentation.
pub struct ResourceTable {
    inner: Mutex<Inner>,
    bound: usize,
}

#[derive(Default)]
struct Inner {
    /// By id, so that the first is the oldest.
    open: BTreeMap<ResourceId, Entry>,
    closed: bool,
}

struct Entry {
    resource: Arc<dyn Resource>,
    /// Held until the resource is closed.
    permit: Option<Permit>,
}

impl Entry {
    fn close(self) {
        self.resource.close();
        drop(self.permit);
    }
}

impl ResourceTable {
    /// An empty table that holds `bound` entries at most.
    pub fn with_bound(bound: usize) -> Self {
        Self { inner: Mutex::default(), bound }
    }

    /// Takes `resource` in, with what was taken from a budget for it.
    ///
    /// # Errors
    /// [`ResourceRefused`]; then the resource is not closed, and the permit is dropped.
    pub fn add(
        &self,
        resource: Arc<dyn Resource>,
        permit: Option<Permit>,
    ) -> Result<ResourceId, ResourceRefused> {
        let id = ResourceId::next();
        self.add_as(id, resource, permit).map(|()| id)
    }

    /// As [`add`](Self::add), for a resource that knows its id already.
    pub(crate) fn add_as(
        &self,
        id: ResourceId,
        resource: Arc<dyn Resource>,
        permit: Option<Permit>,
    ) -> Result<(), ResourceRefused> {
        let entry = Entry { resource, permit };
        let (refusal, unused) = {
            let mut inner = self.inner.lock();
            match inner.make_room(self.bound) {
                Ok(oldest) => {
                    inner.open.insert(id, entry);
                    drop(inner);
                    if let Some(oldest) = oldest {
                        oldest.close();
                    }
                    return Ok(());
                }
                Err(refusal) => (refusal, entry),
            }
        };
        drop(unused);
        Err(refusal)
    }

    /// The open resource with this id, if it is a `T`.
    pub fn get<T: Resource>(&self, id: ResourceId) -> Option<Arc<T>> {
        let resource = Arc::clone(&self.inner.lock().open.get(&id)?.resource);
        let any: Arc<dyn Any + Send + Sync> = resource;
        any.downcast().ok()
    }

    /// Closes a resource. Returns whether it was open.
    pub fn close(&self, id: ResourceId) -> bool {
        let entry = self.inner.lock().open.remove(&id);
        let was_open = entry.is_some();
        if let Some(entry) = entry {
            entry.close();
        }
        was_open
    }

    /// The owner has ended: closes everything, and takes nothing more.
    pub fn close_all(&self) {
        let open = {
            let mut inner = self.inner.lock();
            inner.closed = true;
            std::mem::take(&mut inner.open)
        };
        open.into_values().for_each(Entry::close);
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.inner.lock().open.len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Inner {
    /// Makes room for one more, in the place of the oldest that may go, which the caller closes.
    fn make_room(&mut self, bound: usize) -> Result<Option<Entry>, ResourceRefused> {
        if self.closed {
            return Err(ResourceRefused::Closed);
        }
        if self.open.len() < bound {
            return Ok(None);
        }
        let going = self.open.iter().filter(|(_, entry)| entry.resource.may_go_early());
        let oldest = going.min_by_key(|(_, entry)| entry.resource.last_used()).map(|(id, _)| *id);
        let oldest = oldest.and_then(|id| self.open.remove(&id));
        oldest.map(Some).ok_or(ResourceRefused::Full)
    }
}

impl Default for ResourceTable {
    /// With room for what a request may have open by default.
    fn default() -> Self {
        Self::with_bound(RequestLimits::default().resources)
    }
}

impl Drop for ResourceTable {
    fn drop(&mut self) {
        self.close_all();
    }
}

impl fmt::Debug for ResourceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner.lock();
        let names = inner.open.iter().map(|(id, entry)| (id.0, entry.resource.name()));
        f.debug_map().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize};

    use super::*;

    #[derive(Default)]
    struct Socket {
        closed: AtomicUsize,
        early: AtomicBool,
    }

    impl Resource for Socket {
        fn name(&self) -> &'static str {
            "socket"
        }

        fn close(&self) {
            self.closed.fetch_add(1, Ordering::Relaxed);
        }

        fn may_go_early(&self) -> bool {
            self.early.load(Ordering::Relaxed)
        }
    }

    struct Other;

    impl Resource for Other {
        fn name(&self) -> &'static str {
            "other"
        }
    }

    fn closed(socket: &Socket) -> usize {
        socket.closed.load(Ordering::Relaxed)
    }

    #[test]
    fn lesson_29_an_id_is_good_for_one_resource_of_one_table() {
        let (one, two) = (ResourceTable::default(), ResourceTable::default());
        let first = one.add(Arc::new(Other), None).unwrap();
        assert!(one.close(first));
        let second = two.add(Arc::new(Other), None).unwrap();
        assert!(second > first);
        assert!(one.get::<Other>(second).is_none());
        assert!(two.get::<Socket>(second).is_none(), "it is something else");
        assert!(two.get::<Other>(ResourceId::from_number(second.as_number())).is_some());
        assert!(!one.close(first));
        assert!(two.get::<Other>(ResourceId::from_number(f64::NAN)).is_none());
    }

    #[test]
    fn lesson_34_resources_and_permits_go_with_their_owner() {
        let table = ResourceTable::default();
        let (socket, budget) = (Arc::new(Socket::default()), Arc::new(()));
        for _ in 0..3 {
            table.add(Arc::clone(&socket) as _, Some(Box::new(Arc::clone(&budget)))).unwrap();
        }
        assert_eq!((table.len(), Arc::strong_count(&budget)), (3, 4));
        table.close_all();
        assert_eq!((closed(&socket), Arc::strong_count(&budget)), (3, 1));
        let late = table.add(Arc::clone(&socket) as _, Some(Box::new(Arc::clone(&budget))));
        assert_eq!(late, Err(ResourceRefused::Closed));
        assert_eq!(Arc::strong_count(&budget), 1);
        drop(table);
        assert_eq!(closed(&socket), 3, "each is closed once");
    }

    #[test]
    fn only_what_may_go_makes_room() {
        let table = ResourceTable::with_bound(2);
        let (kept, early) = (Arc::new(Socket::default()), Arc::new(Socket::default()));
        early.early.store(true, Ordering::Relaxed);
        let first = table.add(Arc::clone(&kept) as _, None).unwrap();
        let second = table.add(Arc::clone(&early) as _, None).unwrap();
        table.add(Arc::clone(&kept) as _, None).unwrap();
        assert!(table.get::<Socket>(first).is_some() && table.get::<Socket>(second).is_none());
        assert_eq!((closed(&kept), closed(&early)), (0, 1));
        assert_eq!(table.add(Arc::clone(&early) as _, None), Err(ResourceRefused::Full));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn a_table_that_is_dropped_closes_what_is_open() {
        let (table, socket) = (ResourceTable::default(), Arc::new(Socket::default()));
        table.add(Arc::clone(&socket) as _, None).unwrap();
        drop(table);
        assert_eq!(closed(&socket), 1);
    }
}
