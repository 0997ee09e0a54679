//! The operations of a sequence, and how they are drawn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use tenure::{ApplicationReason, EndReason};

use crate::common::secs;
use crate::deadlines::{ago, later};

/// The application's data: the session's creation number, a tag for selectors to look at, and a
/// count of how many were dropped.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) number: usize,
    pub(crate) tag: u8,
    pub(crate) dropped: Arc<AtomicUsize>,
}

impl Drop for Data {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Which id an operation is about. Numbers wrap round at what there is when the step is run, so a
/// shrunk sequence still means something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pick {
    /// Of the sessions that are live by then. One past its deadline may be among them.
    Live(u16),
    /// Of all ids that ever were, those of ended sessions and rotated-away ones too.
    Any(u16),
    /// An id that was never given out.
    Stranger,
    /// The text of any id that ever was.
    Text(u16),
    /// Text that is no id.
    Nonsense,
    /// By the handle of a session, live or ended.
    Handle(u16),
    /// By a lease.
    Lease(u16),
}

/// A session's own timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    Default,
    Off,
    After(Duration),
}

/// What is asked of `create`. The names are indices into those of [`crate::setup`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) principal: Option<usize>,
    pub(crate) originator: Option<usize>,
    pub(crate) host: Option<usize>,
    pub(crate) pinned: bool,
    pub(crate) privileged: bool,
    pub(crate) idle: Own,
    pub(crate) absolute: Own,
    /// How old it is, and for how long it has been idle: for a session that is restored.
    pub(crate) past: Option<(Duration, Duration)>,
    pub(crate) tag: u8,
}

impl Wanted {
    /// One of those that are there to begin with, spread over the groups.
    pub(crate) fn one_of_a_crowd(number: usize) -> Self {
        Self {
            principal: Some(number % 3),
            originator: Some(number / 3 % 3),
            host: Some(number % 2),
            pinned: false,
            privileged: false,
            idle: Own::Default,
            absolute: Own::Default,
            past: None,
            tag: u8::try_from(number % 256).expect("it fits"),
        }
    }
}

/// A selector, to be built for both sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) principal: Option<usize>,
    pub(crate) originator: Option<usize>,
    pub(crate) host: Option<usize>,
    /// The track id of a session, live or ended.
    pub(crate) track: Option<u16>,
    /// All but a session, live or ended.
    pub(crate) except: Option<u16>,
    /// Only sessions whose tag is even, or odd.
    pub(crate) parity: Option<u8>,
}

impl Choice {
    pub(crate) const ALL: Self = Self {
        principal: None,
        originator: None,
        host: None,
        track: None,
        except: None,
        parity: None,
    };
}

/// An id that was there before, or a stranger's, for a session to get.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Claim {
    /// The application gives it.
    Given(Pick),
    /// The id source draws it.
    Drawn(Pick),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Create(Wanted, Option<Claim>),
    Acquire(Pick),
    DropLease(u16),
    Touch(Pick),
    Peek(Pick),
    End(Pick),
    EndAs(Pick, EndAs),
    Rotate(Pick, Option<Claim>),
    /// Idle, and absolute.
    SetTimeouts(Pick, [Option<Duration>; 2]),
    ExpireIn(Pick, Duration),
    EndWhere(Choice),
    EndWhereAs(Choice, EndAs),
    List(Choice),
    ListPages(Choice, usize),
    Reap,
    ReapAtMost(usize),
    ReapInSteps(usize),
    NextDeadline,
    Pressure(usize),
    Hook(u16),
    Advance(Duration),
    /// Skipped, except in sequences that are drawn with a hostile clock.
    SetBack(Duration),
    JumpWall(i64),
    Close,
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        12 => any::<u16>().prop_map(Pick::Live),
        4 => any::<u16>().prop_map(Pick::Any),
        1 => Just(Pick::Stranger),
        2 => any::<u16>().prop_map(Pick::Text),
        1 => Just(Pick::Nonsense),
        4 => any::<u16>().prop_map(Pick::Handle),
        2 => any::<u16>().prop_map(Pick::Lease),
    ]
}

fn own() -> impl Strategy<Value = Own> {
    prop_oneof![
        40 => Just(Own::Default),
        8 => Just(Own::Off),
        6 => Just(Own::After(secs(20))),
        6 => Just(Own::After(secs(60))),
        1 => Just(Own::After(Duration::ZERO)),
    ]
}

fn name(count: usize) -> impl Strategy<Value = Option<usize>> {
    prop_oneof![4 => (0..count).prop_map(Some), 1 => Just(None)]
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let names = (name(3), name(3), name(2));
    let flags = (prop::bool::weighted(0.1), prop::bool::weighted(0.2));
    let past = prop::option::weighted(0.2, (ago(), ago()));
    (names, flags, own(), own(), past, any::<u8>()).prop_map(
        |((principal, originator, host), (pinned, privileged), idle, absolute, past, tag)| Wanted {
            principal,
            originator,
            host,
            pinned,
            privileged,
            idle,
            absolute,
            past,
            tag,
        },
    )
}

/// How a session is ended, and what its tombstone says then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndAs {
    pub(crate) reason: EndReason,
    pub(crate) pinned_too: bool,
}

impl EndAs {
    pub(crate) const LOGGED_OUT: Self = Self { reason: EndReason::LoggedOut, pinned_too: false };

    pub(crate) fn how(self) -> tenure::EndAs {
        let how = match self.reason {
            EndReason::Killed => tenure::EndAs::killed(),
            EndReason::Application(own) => own.into(),
            _ => tenure::EndAs::logged_out(),
        };
        if self.pinned_too { how.pinned_too() } else { how }
    }
}

fn end_as() -> impl Strategy<Value = EndAs> {
    let own = [ApplicationReason::new(7, "password_changed"), ApplicationReason::new(8, "fraud")];
    let own = prop::sample::select(own.to_vec()).prop_map(EndReason::Application);
    let reason = prop_oneof![Just(EndReason::LoggedOut), Just(EndReason::Killed), own];
    let how = (reason, prop::bool::weighted(0.4));
    how.prop_map(|(reason, pinned_too)| EndAs { reason, pinned_too })
}

fn choice() -> impl Strategy<Value = Choice> {
    let names = (name(3), name(3), name(2));
    // Each condition is left out more often than not, so that selections are not always empty.
    let kept = (prop::bool::weighted(0.4), prop::bool::weighted(0.3), prop::bool::weighted(0.2));
    let one = |often| prop::option::weighted(often, any::<u16>());
    let rest = (one(0.2), one(0.3), prop::option::weighted(0.2, 0_u8..2));
    (names, kept, rest).prop_map(|(names, kept, (track, except, parity))| Choice {
        principal: names.0.filter(|_| kept.0),
        originator: names.1.filter(|_| kept.1),
        host: names.2.filter(|_| kept.2),
        track,
        except,
        parity,
    })
}

/// Spans that meet the deadlines exactly, and miss them by a microsecond.
fn span() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => Just(Duration::ZERO),
        2 => Just(Duration::from_micros(1)),
        2 => Just(Duration::from_millis(1)),
        8 => Just(secs(5)),
        2 => Just(Duration::from_micros(4_999_999)),
        4 => Just(secs(10)),
        3 => Just(secs(20)),
        2 => Just(secs(60)),
        1 => Just(Duration::from_micros(59_999_999)),
        1 => Just(secs(200)),
        1 => (0_u64..400_000_000).prop_map(Duration::from_micros),
    ]
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let claim = || prop_oneof![pick().prop_map(Claim::Given), pick().prop_map(Claim::Drawn)];
    let claim = || prop::option::weighted(0.05, claim());
    prop_oneof![
        300 => (wanted(), claim()).prop_map(|(wanted, id)| Op::Create(wanted, id)),
        120 => pick().prop_map(Op::Acquire),
        90 => any::<u16>().prop_map(Op::DropLease),
        120 => pick().prop_map(Op::Touch),
        50 => pick().prop_map(Op::Peek),
        30 => pick().prop_map(Op::End),
        40 => (pick(), end_as()).prop_map(|(pick, how)| Op::EndAs(pick, how)),
        50 => (pick(), claim()).prop_map(|(pick, id)| Op::Rotate(pick, id)),
        40 => (pick(), [prop::option::of(later()), prop::option::of(later())])
            .prop_map(|(pick, [idle, absolute])| Op::SetTimeouts(pick, [idle, absolute])),
        20 => (pick(), later()).prop_map(|(pick, span)| Op::ExpireIn(pick, span)),
        10 => choice().prop_map(Op::EndWhere),
        10 => (choice(), end_as()).prop_map(|(choice, how)| Op::EndWhereAs(choice, how)),
        20 => choice().prop_map(Op::List),
        15 => (choice(), 0_usize..5).prop_map(|(choice, size)| Op::ListPages(choice, size)),
        15 => Just(Op::Reap),
        30 => (0_usize..4).prop_map(Op::ReapAtMost),
        10 => (1_usize..4).prop_map(Op::ReapInSteps),
        40 => Just(Op::NextDeadline),
        20 => (0_usize..5).prop_map(Op::Pressure),
        20 => any::<u16>().prop_map(Op::Hook),
        240 => span().prop_map(Op::Advance),
        20 => span().prop_map(Op::SetBack),
        10 => (-4_000_i64..4_000).prop_map(Op::JumpWall),
        3 => Just(Op::Close),
    ]
}
