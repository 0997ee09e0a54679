//! Watching how long ago this node heard of all ends.

use super::inner::Inner;
use super::report::RefreshReport;
use crate::event_log::What;
use crate::tick::Tick;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Raises the alarm if this node heard of all ends too long ago. Hold no lock.
    pub(super) fn watch_staleness(&self) {
        let Some(above) = self.settings.alarm_above else { return };
        let now = self.store.now();
        {
            let mut node = self.locked.lock();
            let staleness = now.since(node.counts.last_heard.unwrap_or(self.built));
            if staleness > above {
                node.alarm.set(true, staleness);
            }
        }
        self.tell_alarms();
    }

    /// A refresh is over that began then. Hold no lock.
    pub(super) fn refreshed(&self, began: Tick, report: &RefreshReport) {
        let staleness = self.staleness();
        let mut node = self.locked.lock();
        node.counts.refreshed(began, report);
        if report.heard_all {
            node.alarm.set(false, staleness);
            drop(node);
            self.tell_alarms();
        } else {
            drop(node);
            self.watch_staleness();
        }
    }

    /// Delivers changes of the alarm to subscribers and to the application.
    fn tell_alarms(&self) {
        let table = self.store.table();
        loop {
            let next = self.locked.lock().alarm.tell_next();
            let Some(alarm) = next else { return };
            table.note_other(
                table.moment_or_origin(),
                What::Staleness(alarm.staleness, alarm.raised),
            );
            table.publish();
            if let Some(tell) = &self.on_alarm {
                table.context.run_application_code(|| tell(alarm));
            }
            self.locked.lock().alarm.delivered();
        }
    }
}
