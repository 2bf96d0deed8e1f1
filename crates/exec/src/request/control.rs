//! How an isolate reaches a request that it is not running at the moment.

use std::time::Duration;

use isolate::{Loss, TaskControl, TurnBudget};

use crate::request::Request;
use crate::vocabulary::termination::TerminationReason;

impl TaskControl for Request {
    fn budget(&self) -> TurnBudget {
        self.refill_cpu();
        TurnBudget { cpu: self.cpu_left(), deadline: Some(self.deadline()) }
    }

    fn charge(&self, cpu: Duration) {
        self.charge_cpu(cpu);
    }

    fn waits_for_platform(&self) -> bool {
        Request::waits_for_platform(self)
    }

    fn overdue(&self) {
        self.terminate(TerminationReason::WallClockTimeout);
    }

    fn lost(&self, loss: Loss) {
        self.terminate(self.reason_for_loss(loss));
        // The task itself may be stuck in its turn for good, so its end is here.
        if let Some(context) = self.context() {
            context.lost(self);
        }
        self.end();
        self.release();
    }

    fn finished(&self) {
        self.release();
    }
}
