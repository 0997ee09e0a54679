//! Models of the cell: which session gets in, and that none is lost.

use super::super::cell::{SlotCell, Ticket};
use crate::end::EndReason;
use crate::sync::Arc;
use crate::sync::checker::{exhaustively, spawn};

type Cell = Arc<SlotCell<u32>>;

fn held(cell: &SlotCell<u32>) -> Option<u32> {
    cell.look(|occupant| *occupant)
}

fn occupant(ticket: &Ticket<u32>) -> Option<u32> {
    ticket.occupant().copied()
}

/// The tenants that an operation has to end: its own if it was not let in, or those that it put
/// out.
type ToEnd = Vec<u32>;

/// As `Engine::get_or_login`, but tries once.
fn log_in(cell: &SlotCell<u32>, own: u32) -> ToEnd {
    let ticket = cell.ticket();
    if ticket.is_retired() || occupant(&ticket).is_some() || cell.install(&ticket, own) {
        // It is in, or never was: nobody logs in where there is a session already.
        return Vec::new();
    }
    vec![own]
}

/// As `Engine::put`.
fn put(cell: &SlotCell<u32>, own: u32) -> ToEnd {
    loop {
        let before = cell.ticket();
        if before.is_retired() {
            return vec![own];
        }
        if cell.install(&before, own) {
            return occupant(&before).into_iter().collect();
        }
    }
}

/// As `Engine::vet` of a session that is no good.
fn vet(cell: &SlotCell<u32>) -> ToEnd {
    let ticket = cell.ticket();
    if cell.empty_if(&ticket) { occupant(&ticket).into_iter().collect() } else { Vec::new() }
}

fn invalidate(cell: &SlotCell<u32>) -> ToEnd {
    occupant(&cell.empty()).into_iter().collect()
}

fn retire(cell: &SlotCell<u32>) -> ToEnd {
    occupant(&cell.retire(EndReason::Killed, &mut Vec::new())).into_iter().collect()
}

/// Runs the operations at once on a slot that holds occupant 0. Returns which each has to end.
fn at_once<const N: usize>(operations: [fn(&SlotCell<u32>) -> ToEnd; N]) -> (Cell, [ToEnd; N]) {
    let cell = Cell::new(SlotCell::new());
    assert!(cell.install(&cell.ticket(), 0));
    let threads = operations.map(|operation| {
        let cell = Arc::clone(&cell);
        spawn(move || operation(&cell))
    });
    let to_end = threads.map(|thread| thread.join().unwrap());
    (cell, to_end)
}

/// Each of these tenants is in the slot or was given to one who ends it, not both and not to two.
fn nobody_is_lost(cell: &SlotCell<u32>, to_end: &[ToEnd], tenants: &[u32]) {
    let mut known: Vec<u32> = to_end.iter().flatten().copied().chain(held(cell)).collect();
    known.sort_unstable();
    assert_eq!(known, tenants);
}

fn one_of_the_racers_wins<const N: usize>() {
    let cell = Cell::new(SlotCell::new());
    let threads = std::array::from_fn::<_, N, _>(|own| {
        let (cell, own) = (Arc::clone(&cell), u32::try_from(own).unwrap());
        spawn(move || {
            let ticket = cell.ticket();
            let late = occupant(&ticket);
            (own, late, late.is_none() && cell.install(&ticket, own))
        })
    });
    let outcomes = threads.map(|thread| thread.join().unwrap());
    let winners: Vec<u32> =
        outcomes.iter().filter(|(.., won)| *won).map(|(own, ..)| *own).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert_eq!(held(&cell), Some(winners[0]));
    for (_, late, _) in outcomes {
        assert!(late.is_none() || late == held(&cell), "{outcomes:?}");
    }
}

#[test]
fn one_of_two_racers_wins() {
    exhaustively(24, one_of_the_racers_wins::<2>);
}

#[test]
fn one_of_three_racers_wins() {
    exhaustively(4_300, one_of_the_racers_wins::<3>);
}

#[test]
fn logins_that_began_before_an_invalidation_are_not_installed_after_it() {
    exhaustively(350, || {
        let cell = Cell::new(SlotCell::new());
        let under_way = [0, 1].map(|own| (own, cell.ticket()));
        let logins = under_way.map(|(own, ticket)| {
            let cell = Arc::clone(&cell);
            spawn(move || cell.install(&ticket, own).then_some(own))
        });
        let put_out = occupant(&cell.empty());
        let installed = logins.map(|login| login.join().unwrap());
        assert_eq!(held(&cell), None);
        let installed: Vec<u32> = installed.into_iter().flatten().collect();
        assert_eq!(installed, Vec::from_iter(put_out));
    });
}

#[test]
fn of_two_who_find_a_session_dead_one_ends_it_and_neither_its_successor() {
    exhaustively(260, || {
        let cell = Cell::new(SlotCell::new());
        assert!(cell.install(&cell.ticket(), 0));
        let found = [1, 2].map(|own| (own, cell.ticket()));
        let finders = found.map(|(own, seen)| {
            let cell = Arc::clone(&cell);
            spawn(move || {
                let ended = cell.empty_if(&seen);
                let new = log_in(&cell, own);
                assert!(held(&cell).is_some_and(|held| held > 0), "the successor was put out");
                (ended, new)
            })
        });
        let ended = finders.map(|finder| finder.join().unwrap());
        let ends = ended.iter().filter(|(ended, _)| *ended).count();
        assert_eq!(ends, 1, "{ended:?}");
        assert!(ended.iter().all(|(_, new)| new.len() < 2 && held(&cell) != new.first().copied()));
    });
}

#[test]
fn a_retired_slot_lets_nobody_in() {
    exhaustively(24, || {
        let (cell, to_end) = at_once([retire, |cell| put(cell, 1)]);
        assert_eq!(held(&cell), None);
        assert!(cell.ticket().is_retired());
        nobody_is_lost(&cell, &to_end, &[0, 1]);
    });
}

#[test]
fn a_replacement_and_an_invalidation_lose_nobody() {
    exhaustively(24, || {
        let (cell, to_end) = at_once([invalidate, |cell| put(cell, 1)]);
        nobody_is_lost(&cell, &to_end, &[0, 1]);
    });
}

#[test]
fn two_replacements_lose_nobody() {
    exhaustively(24, || {
        let (cell, to_end) = at_once([|cell| put(cell, 1), |cell| put(cell, 2)]);
        nobody_is_lost(&cell, &to_end, &[0, 1, 2]);
        assert!(held(&cell).is_some_and(|held| held > 0));
    });
}

#[test]
fn a_replacement_a_vetter_and_an_invalidation_lose_nobody() {
    exhaustively(13_000, || {
        let (cell, to_end) = at_once([invalidate, |cell| put(cell, 1), vet]);
        nobody_is_lost(&cell, &to_end, &[0, 1]);
    });
}

#[test]
fn a_replacement_a_vetter_and_the_end_of_the_slot_lose_nobody() {
    exhaustively(10_000, || {
        let (cell, to_end) = at_once([retire, |cell| put(cell, 1), vet]);
        assert!(cell.ticket().is_retired());
        nobody_is_lost(&cell, &to_end, &[0, 1]);
    });
}
