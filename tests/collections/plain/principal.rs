//! The ends of a principal.

use tenure::collection::{CollectionTime, PrincipalEnded, RecordKey, StoredEnd};

use super::{Record, State};

impl State {
    pub(super) fn end_principal(
        &mut self,
        now: CollectionTime,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> PrincipalEnded {
        let stamp = self.stamp(now);
        let is_meant = |name: &str| {
            name == principal
                || !self.on("principal: names differ") && name.eq_ignore_ascii_case(principal)
                || !self.on("principal: its own only")
        };
        let meant = self.records.iter().filter_map(|(key, record)| match record {
            Record::Live { session, .. } => {
                let of = session.principal.as_deref().is_some_and(is_meant);
                let busy = session.busy_until > now && !self.on("principal: in use");
                let spared = except.contains(key) && self.on("principal: what is spared");
                (of && !busy && !spared).then_some(*key)
            }
            Record::End(_) => None,
        });
        let meant: Vec<_> = meant.collect();
        let at_most = at_most + usize::from(!self.on("principal: at most so many"));
        let more = meant.len() > at_most && self.on("principal: whether there is more")
            || !self.on("principal: what is spared is not more") && !except.is_empty();
        let mut ended = Vec::new();
        for key in meant.into_iter().take(at_most) {
            let reason = if self.on("principal: the reason") { reason } else { "removed" };
            self.end(key, StoredEnd::new(reason, now, 0));
            if let Record::End(end) = &self.records[&key] {
                ended.push((key, end.clone()));
            }
        }
        if !self.on("principal: what ended is returned") {
            ended.clear();
        }
        PrincipalEnded { stamp, ended, more }
    }
}
