//! What is listed.

use super::case::{Case, Rule, done, key, remove, update};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::{Change, Feed};
use crate::collection::stamp::{Cursor, Epoch};

pub(super) const RULES: &[Rule] = &[
    Rule::new("seqs rise by one with each end and each change", rising),
    Rule::new("the feed lists what ended and what changed, in the order of seqs", in_order),
    Rule::new("the feed lists the last change of a session only", last_change),
    Rule::new("the feed lists a session that changed and then ended once, as ended", once),
    Rule::new("the feed is read in pages of any size, with nothing twice", pages),
    Rule::new("the feed after the last seq is empty", at_the_end),
    Rule::new("the feed has a gap for a place of another epoch", other_epoch),
    Rule::new("the feed has a gap for a place that is yet to come", to_come),
];

fn rising(case: &Case<'_>) {
    case.put(1, case.session(1));
    let mut seq = case.open().stamp.seq;
    let ops = [update(1, 0, 8, b""), update(1, 1, 9, b""), remove("killed")];
    for op in ops {
        case.apply(1, op);
        seq += 1;
        case.same("the seq", &case.open().stamp.seq, &seq);
    }
    case.same("the seq of the end", &case.ended(1).seq, &seq);
}

fn in_order(case: &Case<'_>) {
    let before = case.open().stamp;
    for number in 1..=6 {
        case.put(number, case.session(1));
    }
    let mut expected = Vec::new();
    for number in [4, 2, 6, 1] {
        if number % 2 == 0 {
            case.apply(number, remove("killed"));
            expected.push((key(number), Change::Ended(Box::new(case.ended(number)))));
        } else {
            case.apply(number, update(1, 0, 8, b""));
            expected.push((key(number), Change::Updated { version: 1 }));
        }
    }
    let feed = case.feed(before.cursor(), 99);
    case.same("the changes", &feed.changes, &expected);
    case.same("upto", &feed.upto, &(before.seq + 4));
    case.check(!feed.more && !feed.gap, "the feed says that there is more, or a gap");
    // From a place in the middle.
    let feed = case.feed(Cursor { seq: before.seq + 2, ..before.cursor() }, 99);
    case.same("the changes after the second", &feed.changes.as_slice(), &&expected[2..]);
}

fn last_change(case: &Case<'_>) {
    let before = case.open().stamp;
    case.put(1, case.session(1));
    case.put(2, case.session(1));
    case.apply(1, update(1, 0, 7, b""));
    case.apply(2, update(1, 0, 8, b""));
    case.expect(1, update(1, 1, 9, b""), &done(2));
    let feed = case.feed(before.cursor(), 99);
    let changed = |number, version| (key(number), Change::Updated { version });
    case.same("the changes", &feed.changes, &vec![changed(2, 1), changed(1, 2)]);
    // A node that has read the first change reads the second.
    let feed = case.feed(Cursor { seq: before.seq + 1, ..before.cursor() }, 1);
    case.same("the next change", &feed.changes, &vec![changed(2, 1)]);
    case.check(feed.more, "the feed says that there is no more");
    let feed = case.feed(Cursor { seq: feed.upto, ..before.cursor() }, 1);
    case.same("the last change", &feed.changes, &vec![changed(1, 2)]);
}

fn once(case: &Case<'_>) {
    let before = case.open().stamp;
    case.put(1, case.session(1));
    case.apply(1, update(1, 0, 8, b""));
    case.apply(1, remove("killed"));
    let expected = vec![(key(1), Change::Ended(Box::new(case.ended(1))))];
    case.same("the changes", &case.feed(before.cursor(), 99).changes, &expected);
}

fn pages(case: &Case<'_>) {
    const ENDS: u32 = 23;
    let before = case.open().stamp;
    let fence = || Op::Remove { reason: "killed".into(), id: None, fence: true };
    let requests = (0..ENDS).map(|number| Request { key: key(number), op: fence() });
    case.all(&requests.collect::<Vec<_>>());
    let all = case.feed(before.cursor(), 99).changes;
    case.same("the number of changes", &all.len(), &(ENDS as usize));
    for size in [1, 2, 22, 23, 24] {
        let (mut after, mut read) = (before.cursor(), Vec::new());
        for _ in 0..ENDS {
            let Feed { changes, upto, more, gap, .. } = case.feed(after, size);
            case.check(!gap, "the feed says that there is a gap");
            case.check(upto > after.seq, "upto is no further than the place before");
            case.same("a page is full if there is more", &more, &(read.len() + size < all.len()));
            read.extend(changes);
            after.seq = upto;
            if !more {
                break;
            }
        }
        case.same("the pages together", &read, &all);
        case.same("upto of the last page", &after.seq, &case.open().stamp.seq);
    }
}

fn at_the_end(case: &Case<'_>) {
    case.apply(1, Op::Remove { reason: "killed".into(), id: None, fence: true });
    let stamp = case.open().stamp;
    let feed = case.feed(stamp.cursor(), 9);
    case.same("upto", &feed.upto, &stamp.seq);
    case.check(feed.changes.is_empty() && !feed.more && !feed.gap, "the feed is not empty");
}

/// No changes, and the place to go on from.
fn is_gap(case: &Case<'_>, after: Cursor) {
    let (feed, seq) = (case.feed(after, 9), case.open().stamp.seq);
    case.check(feed.gap, "the feed says that there is no gap");
    case.check(feed.changes.is_empty() && !feed.more, "there are changes in a feed with a gap");
    case.same("upto", &feed.upto, &seq);
}

fn other_epoch(case: &Case<'_>) {
    case.apply(1, Op::Remove { reason: "killed".into(), id: None, fence: true });
    let stamp = case.open().stamp;
    let epoch = Epoch::from_number(stamp.epoch.number().wrapping_add(1));
    is_gap(case, Cursor { epoch, seq: stamp.seq });
    is_gap(case, Cursor { epoch, seq: 0 });
}

fn to_come(case: &Case<'_>) {
    let stamp = case.open().stamp;
    is_gap(case, Cursor { seq: stamp.seq + 1, ..stamp.cursor() });
}
