//! Changes of data: two nodes each change a record once, by compare-and-set.

use crate::fault::Fault;
use crate::rule::{Rule, Rules};
use crate::search::Model;

/// What is changed, and what may happen to a write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Updates {
    pub(crate) losses: u8,
    pub(crate) delays: u8,
    /// Whether a change must not be applied twice even where another came between.
    pub(crate) strict: bool,
    pub(crate) rules: Rules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    version: u8,
    /// The token of the last write.
    token: u8,
    /// How often the change of each node is in the data.
    changes: [u8; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Writer {
    Idle,
    /// It has read this, and keeps to what it made of it until it hears what became of that.
    Writing(Record),
    /// It waits for an answer, which says whether the write is done.
    Sent(Record, Option<bool>),
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Changing {
    record: Record,
    writers: [Writer; 2],
    /// A write that was given up, and may yet be applied.
    wire: Option<(usize, Record)>,
    /// The other wrote after the change of each was applied.
    followed: [bool; 2],
    losses: u8,
    delays: u8,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Read(usize),
    Send(usize),
    Apply(usize),
    Hear(usize),
    Lose(usize),
    Delay(usize),
    Late,
}

impl Updates {
    /// Applies the write of a node that has read a record; says whether it is done.
    fn update(&self, state: &mut Changing, node: usize, read: Record) -> bool {
        let token = u8::try_from(node + 1).expect("a few nodes");
        if state.record.token == token && self.rules.has(Rule::UpdateKnowsItself) {
            return true;
        }
        if state.record.version != read.version && self.rules.has(Rule::UpdateComparesVersions) {
            return false;
        }
        let mut changes = read.changes;
        changes[node] += 1;
        state.record = Record { version: state.record.version + 1, token, changes };
        state.followed[1 - node] |= changes[1 - node] > 0;
        true
    }

    fn fault(&self, state: &Changing) -> Option<Fault> {
        let faults = (0..2).filter_map(|node| {
            let times = state.record.changes[node];
            if times == 0 && (state.writers[node] == Writer::Done || state.followed[node]) {
                return Some(Fault::ChangeLost);
            }
            let twice = times > 1 && (self.strict || !state.followed[node]);
            twice.then_some(Fault::ChangedTwice)
        });
        faults.into_iter().next()
    }
}

impl Model for Updates {
    type State = Changing;
    type Step = Change;

    fn first(&self) -> Changing {
        Changing {
            record: Record { version: 0, token: 0, changes: [0; 2] },
            writers: [Writer::Idle; 2],
            wire: None,
            followed: [false; 2],
            losses: self.losses,
            delays: self.delays,
        }
    }

    fn steps(&self, state: &Changing, steps: &mut Vec<Change>) {
        for (node, writer) in state.writers.iter().enumerate() {
            match writer {
                Writer::Idle => steps.push(Change::Read(node)),
                Writer::Writing(_) => steps.push(Change::Send(node)),
                Writer::Sent(_, answer) => {
                    let next = if answer.is_some() { Change::Hear } else { Change::Apply };
                    steps.push(next(node));
                    if state.losses > 0 {
                        steps.push(Change::Lose(node));
                    }
                    if state.delays > 0 && answer.is_none() {
                        steps.push(Change::Delay(node));
                    }
                }
                Writer::Done => {}
            }
        }
        if state.wire.is_some() {
            steps.push(Change::Late);
        }
    }

    fn take(&self, mut state: Changing, step: Change) -> (Changing, Option<Fault>) {
        match step {
            Change::Read(node) => state.writers[node] = Writer::Writing(state.record),
            Change::Send(node) => {
                if let Writer::Writing(read) = state.writers[node] {
                    state.writers[node] = Writer::Sent(read, None);
                }
            }
            Change::Apply(node) => {
                if let Writer::Sent(read, _) = state.writers[node] {
                    let done = self.update(&mut state, node, read);
                    state.writers[node] = Writer::Sent(read, Some(done));
                }
            }
            Change::Hear(node) => {
                let done = matches!(state.writers[node], Writer::Sent(_, Some(true)));
                state.writers[node] = if done { Writer::Done } else { Writer::Idle };
            }
            Change::Lose(node) | Change::Delay(node) => {
                if let Writer::Sent(read, _) = state.writers[node] {
                    state.writers[node] = Writer::Writing(read);
                    if matches!(step, Change::Delay(_)) {
                        state.delays -= 1;
                        state.wire = Some((node, read));
                    } else {
                        state.losses -= 1;
                    }
                }
            }
            Change::Late => {
                if let Some((node, read)) = state.wire.take() {
                    self.update(&mut state, node, read);
                }
            }
        }
        (state, self.fault(&state))
    }

    fn quiet(&self, _: &Changing) -> Option<Fault> {
        None
    }

    fn tell(&self, step: Change, _: &Changing, after: &Changing) -> String {
        let Record { version, changes: [a, b], .. } = after.record;
        format!("{step:?}; the record is of version {version}, with {a} and {b} changes")
    }
}
