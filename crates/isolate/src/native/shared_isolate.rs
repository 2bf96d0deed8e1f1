//! The unsafe way past the lock of this crate. It stands above the isolates that it opens, unlike the rest of the folder.

use crate::isolates::locker_managed_isolate::LockerManagedIsolate;

impl LockerManagedIsolate {
    /// The isolate with nothing but its locker.
    ///
    /// # Safety
    /// What is done under its lock must be what [`EnteredIsolate::raw`](crate::EnteredIsolate::raw) allows. The
    /// [`deferred_destruction_queue`](crate::ManagedIsolate::deferred_destruction_queue) is not looked at.
    pub unsafe fn isolate(&self) -> &v8::SharedIsolate {
        self.shared().isolate()
    }
}
