//! Steps in words, for the traces.

use crate::call::{Answer, Call, Flight, LANES, Outcome};
use crate::state::{Held, Reason, Row, World};
use crate::step::Step;

const NAMES: [&str; 3] = ["A", "B", "C"];

/// A step, with what it changes that is of interest.
pub(crate) fn tell(step: Step, before: &World, after: &World) -> String {
    let what = match step {
        Step::Tick => "time passes".to_owned(),
        Step::Create(node) => format!("{} creates k0", NAMES[node]),
        Step::Touch(node, key) => format!("{} touches k{key}", NAMES[node]),
        Step::Lease(node, key) => format!("{} leases k{key}", NAMES[node]),
        Step::Release(node, key) => format!("{} releases k{key}", NAMES[node]),
        Step::Unload(node, key) => format!("{} unloads k{key}", NAMES[node]),
        Step::End(node, key) => format!("{} ends k{key}", NAMES[node]),
        Step::Forget(node, key) => format!("{} forgets its tombstone of k{key}", NAMES[node]),
        Step::Rotate(node) => format!("{} rotates k0 to k1", NAMES[node]),
        Step::Load(node, key) => format!("{} asks for k{key}", NAMES[node]),
        Step::Begin(node, 0) => format!("{} begins a refresh", NAMES[node]),
        Step::Begin(node, error) => {
            format!("{} begins a refresh, with times off by {error}", NAMES[node])
        }
        Step::Direct(node, _) => format!("{} does not wait for its refresh", NAMES[node]),
        Step::Apply(node, lane) => {
            let call = before.nodes[node].flights[lane as usize].map(|it| call_text(it.call));
            let answer = after.nodes[node].flights[lane as usize].and_then(|it| it.answer);
            // With bounds it is heard in the same step.
            let answer = answer.map(|it| format!(": {}", answer_text(it))).unwrap_or_default();
            format!("applied: {}'s {}{answer}", NAMES[node], call.unwrap_or_default())
        }
        Step::Hear(node, lane) => {
            let flight = before.nodes[node].flights[lane as usize];
            let answer = flight.and_then(|flight| flight.answer).map(answer_text);
            let call = flight.map(|flight| call_text(flight.call)).unwrap_or_default();
            format!("{} hears of its {call}: {}", NAMES[node], answer.unwrap_or_default())
        }
        Step::Lose(node, lane) => {
            let flight = before.nodes[node].flights[lane as usize];
            let what = if flight.is_some_and(|it| it.answer.is_some()) { "answer" } else { "call" };
            format!("{}'s {lane}: the {what} is lost", NAMES[node])
        }
        Step::Delay(node, lane) => {
            let call = before.nodes[node].flights[lane as usize].map(|it| call_text(it.call));
            format!("{} gives up {}, still under way", NAMES[node], call.unwrap_or_default())
        }
        Step::Late(at) => {
            let call = before.wire[at].map(call_text).unwrap_or_default();
            format!("applied late: {call}")
        }
        Step::Drop(node) => format!("{}'s refresh is dropped", NAMES[node]),
        Step::Crash(node) => format!("{} crashes", NAMES[node]),
        Step::Start(node) => format!("{} starts", NAMES[node]),
        Step::Flush => "the collection is flushed".to_owned(),
        Step::Expire => "the collection expires and prunes".to_owned(),
        Step::Jump => "the collection's clock jumps back".to_owned(),
    };
    format!("t{}  {what}{}", after.now, changes(before, after))
}

/// What was sent, and what changed in the collection and in memory.
fn changes(before: &World, after: &World) -> String {
    let mut texts = vec![String::new()];
    for (node, name) in NAMES.iter().enumerate() {
        for lane in LANES {
            let old = before.nodes[node].flights[lane as usize];
            let new = after.nodes[node].flights[lane as usize];
            if let (None | Some(Flight { answer: Some(_), .. }), Some(it)) = (old, new)
                && it.answer.is_none()
            {
                texts.push(format!("{name} sends {}", call_text(it.call)));
            }
        }
        for key in 0..2 {
            // Not the times of its attempts: those are shown with the calls.
            let held = |world: &World| world.nodes[node].seats[key].held.map(held_text);
            if held(before) != held(after) {
                let text = held(after).unwrap_or_else(|| "no more".to_owned());
                texts.push(format!("k{key} at {name}: {text}"));
            }
        }
    }
    for (key, row) in after.collection.rows.iter().enumerate() {
        if before.collection.rows[key] != *row {
            texts.push(format!("k{key} in the collection: {}", row_text(*row)));
        }
    }
    texts.join("; ")
}

fn held_text(Held { active, stored, inserted, suspect, doubt, .. }: Held) -> String {
    let mut texts = vec![format!("used t{active}")];
    if inserted {
        texts.push(format!("stored t{stored}"));
    }
    for (is, word) in [(!inserted, "not inserted"), (suspect, "suspect"), (doubt, "in doubt")] {
        if is {
            texts.push(word.to_owned());
        }
    }
    texts.join(", ")
}

fn row_text(row: Row) -> String {
    match row {
        Row::Nothing => "nothing".to_owned(),
        Row::Live { nonce, used } => format!("live, of {}, used t{used}", NAMES[nonce as usize]),
        Row::Tombstone { reason, seq, successor, .. } => {
            let next = successor.map(|key| format!(", on to k{key}")).unwrap_or_default();
            format!("a tombstone ({}, seq {seq}{next})", reason_text(reason))
        }
    }
}

fn reason_text(reason: Reason) -> String {
    match reason {
        Reason::By(node) => format!("by {}", NAMES[node as usize]),
        Reason::Idle => "idle".to_owned(),
        Reason::Replaced => "replaced".to_owned(),
    }
}

fn call_text(call: Call) -> String {
    match call {
        Call::Remove { key, fence, .. } => {
            format!("remove(k{key}{})", if fence.is_some() { ", fence" } else { "" })
        }
        Call::Ends { cursor, epoch } => format!("ends_since({cursor}, epoch {epoch})"),
        Call::Insert { key, not_after, epoch, .. } => {
            format!("insert(k{key}, not after t{not_after}, epoch {epoch})")
        }
        Call::Store { key, used, .. } => format!("store(k{key}, used t{used})"),
        Call::Load { key } => format!("load(k{key})"),
        Call::Rotate { old, new } => format!("rotate(k{old}, k{new})"),
    }
}

fn answer_text(answer: Answer) -> String {
    let Answer { epoch, seq, outcome, .. } = answer;
    let outcome = match outcome {
        Outcome::Ended(Some(key)) => format!("Ended, on to k{key}"),
        Outcome::Ended(None) => "Ended".to_owned(),
        Outcome::List(keys) => {
            let keys = (0..2).filter(|key| keys & (1 << key) != 0).map(|key| format!(" k{key}"));
            format!("ended:{}", keys.collect::<String>())
        }
        Outcome::Found { used, .. } => format!("Found, used t{used}"),
        other => format!("{other:?}"),
    };
    format!("{outcome} (epoch {epoch}, seq {seq})")
}
