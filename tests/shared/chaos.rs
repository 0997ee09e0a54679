//! What the operations are, in which order they come, and what must be true in the end.

use std::time::Duration;

use tenure::collection::{Collection, Fault, HashKey, Op, Outcome, Request, StoredSession};
use tenure::shared::SharedAcquireError;
use tenure::{EndAs, Selector, Session, SessionId};

use crate::common::secs;
use crate::executor::Job;
use crate::promises::{Done, Note};
use crate::world::{KEY, World};

/// The most operations under way at a time.
const TASKS: usize = 10;

impl World {
    /// One step: an operation begins, goes on, or is dropped, or something happens.
    pub(crate) fn act(&mut self) {
        self.step += 1;
        let drawn = self.random.below(1_000);
        match drawn {
            400..520 => self.resume(),
            520..880 if self.tasks.len() < TASKS => self.begin(),
            880..890 => self.drop_task(),
            890..910 => self.pass(Duration::from_millis(100)),
            910..914 => self.pass(secs(500)),
            914..930 => self.reap(),
            930..960 => self.let_go(),
            960..966 => _ = self.collection.deliver(),
            966..972 => self.end_some(),
            972..978 => self.rotate_behind(),
            978..982 => self.set_faults(0),
            982..988 => {
                let one_in = self.setting.faults;
                self.set_faults(one_in);
            }
            988..991 if self.setting.restarts => {
                let on = self.random.below(self.places.len());
                self.restart(on);
            }
            991..993 if self.setting.flushes => self.flush(),
            _ => self.go_on(),
        }
        if self.setting.waits == 0 {
            while self.tasks.len() > 0 {
                self.go_on();
            }
        }
    }

    fn resume(&mut self) {
        let parked = self.gate.parked();
        if parked > 0 {
            let at = self.random.below(parked);
            self.gate.resume(at);
        }
    }

    fn go_on(&mut self) {
        match self.tasks.poll_one(&mut self.random) {
            Ok(Some((note, done))) => self.done(&note, done),
            Ok(None) => {}
            Err(_) if self.gate.parked() > 0 => self.resume(),
            Err(_) => assert_eq!(self.tasks.len(), 0, "a task was not woken"),
        }
    }

    fn begin(&mut self) {
        let on = self.random.below(self.places.len());
        let drawn = self.random.below(100);
        if self.cases.is_empty() || drawn < 15 {
            let (case, new) = self.new_case();
            let node = self.places[on].node.clone();
            let job = Box::pin(async move { Done::Created(node.create_async(new).await) });
            return self.start("create", on, case, None, job);
        }
        let node = self.places[on].node.clone();
        if drawn < 35 {
            let job = Box::pin(async move { Done::Refreshed(node.refresh_async().await) });
            return self.start("refresh", on, usize::MAX, None, job);
        }
        if drawn < 37 {
            return self.end_principal(on);
        }
        // Mostly of those that came last.
        let newest = self.random.below(self.cases.len().min(5)) + 1;
        let case = self.cases.len() - newest;
        let ids = &self.cases[case].ids;
        let last = ids.len() - 1;
        let at = if self.random.below(5) == 0 { self.random.below(last + 1) } else { last };
        let id = ids[at];
        let held = self.random.below(2) == 0;
        let handle = self.places[on]
            .handles
            .iter()
            .find(|(of, session)| held && *of == case && session.id() == id);
        let handle = handle.map(|(_, session)| session.clone());
        match drawn {
            37..65 => {
                let job = Box::pin(async move {
                    Done::Acquired(match handle {
                        Some(session) => node.acquire_or_load_async(&session).await,
                        None => node.acquire_or_load_async(id).await,
                    })
                });
                self.start("acquire", on, case, Some(id), job);
            }
            65..75 => {
                self.cases[case].busy += 1;
                let job = Box::pin(async move {
                    Done::Ended(match handle {
                        Some(session) => node.end_async(&session).await,
                        None => node.end_async(id).await,
                    })
                });
                self.start("end", on, case, Some(id), job);
            }
            75..85 => {
                self.cases[case].busy += 1;
                let job = Box::pin(async move { Done::Rotated(node.rotate_async(id).await) });
                self.start("rotate", on, case, Some(id), job);
            }
            _ => {
                let leases = &mut self.places[on].leases;
                let Some(at) = leases.iter().position(|(of, _)| *of == case) else { return };
                let (_, lease) = leases.swap_remove(at);
                let job = Box::pin(async move {
                    let updated = node.update_data_async(&lease, |data| data + 1).await;
                    Done::Updated(updated.map(drop))
                });
                self.start("update", on, case, Some(id), job);
            }
        }
    }

    /// The sessions of a principal end everywhere, or all but one.
    fn end_principal(&mut self, on: usize) {
        let ann = self.random.below(2) == 0;
        let (principal, op) = if ann { ("ann", "end of ann") } else { ("bob", "end of bob") };
        let spared = self.places[on].handles.first().cloned();
        let spared = spared.filter(|_| self.random.below(3) == 0);
        let case = spared.as_ref().map_or(usize::MAX, |(case, _)| *case);
        let session = spared.map(|(_, session)| session);
        let of = self.cases.iter_mut().filter(|case| case.principal == principal);
        of.for_each(|case| case.excused = true);
        let (node, id) = (self.places[on].node.clone(), session.as_ref().map(Session::id));
        let job = Box::pin(async move {
            let how = EndAs::killed();
            let ended = node.end_principal_async(principal, session.as_ref(), how).await;
            Done::EndedAll(ended)
        });
        self.start(op, on, case, id, job);
    }

    fn start(
        &mut self,
        op: &'static str,
        on: usize,
        case: usize,
        id: Option<SessionId>,
        job: Job<Done>,
    ) {
        let now = self.now();
        let certain = self.cases.get(case).is_some_and(|case| {
            case.is_promised(Some(on))
                && case.ids.last() == id.as_ref()
                && case.settled + 2_000_000 < now
        });
        let (began, flushes, refreshed) = (self.step, self.flushes, self.places[on].refreshed);
        let note = Note { op, on, case, id, began, flushes, refreshed, certain };
        self.tell(|| format!("{note:?}"));
        self.tasks.add(note, job);
    }

    fn drop_task(&mut self) {
        if self.tasks.len() > 0 {
            let at = self.random.below(self.tasks.len());
            let note = self.tasks.drop_one(at);
            self.dropped(&note);
        }
    }

    fn reap(&mut self) {
        let on = self.random.below(self.places.len());
        self.places[on].node.store().reap();
    }

    /// Leases and handles are dropped.
    fn let_go(&mut self) {
        let on = self.random.below(self.places.len());
        let place = &mut self.places[on];
        if self.random.below(2) == 0 {
            place.leases.pop();
        } else if !place.handles.is_empty() {
            let at = self.random.below(place.handles.len());
            drop(place.handles.swap_remove(at));
        }
    }

    /// The sessions of a principal end in the memory of a node.
    fn end_some(&mut self) {
        let on = self.random.below(self.places.len());
        let principal = ["ann", "bob"][self.random.below(2)];
        self.tell(|| format!("{principal} logs out on {on}"));
        let sessions = self.places[on].node.store().sessions(&Selector::principal(principal));
        self.places[on].node.store().end_where(&Selector::principal(principal));
        // Those that are overdue end too, and are not among them.
        let of = self.cases.iter_mut().filter(|case| case.principal == principal);
        of.for_each(|case| case.excused = true);
        for session in sessions {
            self.ended_here(on, session.id(), session.track_id());
        }
    }

    /// A session gets another id in the memory of a node.
    fn rotate_behind(&mut self) {
        let on = self.random.below(self.places.len());
        let place = &self.places[on];
        let sessions = place.node.store().sessions(&Selector::all());
        if sessions.is_empty() {
            return;
        }
        let session = &sessions[self.random.below(sessions.len())];
        if place.node.store().rotate(session).is_ok() {
            let (id, track) = (session.id(), session.track_id());
            self.tell(|| format!("{track} has another id on {on}"));
            let case = self.cases.iter_mut().find(|case| case.track == track).unwrap();
            case.unsure = true;
            case.ids.push(id);
            let case = self.cases.iter().position(|case| case.track == track).unwrap();
            self.tell_key(case, id);
        }
    }

    fn flush(&mut self) {
        self.tell(|| "flush".into());
        self.collection.flush();
        self.flushes += 1;
        self.cases.iter_mut().for_each(|case| case.excused = true);
    }

    /// All is well again, and each node refreshes twice.
    pub(crate) fn quiet(&mut self) {
        self.tell(|| "quiet".into());
        self.gate.open();
        while self.gate.parked() > 0 {
            self.resume();
        }
        self.collection.faults(|_| Fault::None);
        while self.tasks.len() > 0 {
            self.step += 1;
            self.go_on();
        }
        self.collection.deliver();
        // What was not there a moment ago is asked for again.
        self.pass(secs(120));
        for _ in 0..2 {
            for on in 0..self.places.len() {
                self.step += 1;
                let node = self.places[on].node.clone();
                let job = Box::pin(async move { Done::Refreshed(node.refresh_async().await) });
                self.start("refresh", on, usize::MAX, None, job);
                while self.tasks.len() > 0 {
                    self.go_on();
                }
                assert_eq!(self.places[on].refreshed, self.step, "the refresh of {on} failed");
            }
        }
    }

    /// What the collection has under an id.
    pub(crate) fn stored(&self, id: SessionId) -> Option<Box<StoredSession>> {
        let request = Request { key: HashKey::new(KEY).record_key(id), op: Op::Load };
        let answer = Collection::apply(&self.collection, &[request]).unwrap();
        match answer.outcomes.into_iter().next() {
            Some(Ok(Outcome::Live(stored))) => Some(stored),
            _ => None,
        }
    }

    /// What a node says of an id.
    pub(crate) fn found(&self, on: usize, id: SessionId) -> Result<(u64, u32), SharedAcquireError> {
        use std::task::{Context, Poll, Waker};
        let found = std::pin::pin!(self.places[on].node.acquire_or_load_async(id));
        match found.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => found.map(|lease| (*lease.data().get(), lease.data().version())),
            Poll::Pending => panic!("a load waits for nobody"),
        }
    }
}
