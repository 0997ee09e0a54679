//! Going on from a place in the sequence, of whatever age it is.

use tenure::events::{Event, EventToken, Filter, ParseTokenError, StaleToken, Subscription};
use tenure::{EndAs, Selector};

use crate::common::{Store, of, plain};
use crate::live::Live;
use crate::tools::{crowd, numbers, rest, ring};

/// Another place of the same store.
fn moved(token: EventToken, by: i64) -> EventToken {
    let (log, next) = number(token);
    format!("{log}-{}", next.checked_add_signed(by).expect("a sane place")).parse().unwrap()
}

fn number(token: EventToken) -> (String, u64) {
    let text = token.to_string();
    let (log, next) = text.split_once('-').expect("a hyphen");
    (log.to_string(), next.parse().expect("a number"))
}

/// The same token after a trip through text, as a client would send it.
fn sent(token: EventToken) -> EventToken {
    token.to_string().parse().expect("it was printed")
}

/// What a client does whose token is stale.
fn afresh(store: &Store) -> (Live, Subscription) {
    let (live, events) = store.subscribe_with_snapshot(Filter::all());
    (Live::of(&live), events)
}

/// What came of a token of unknown age: a table that must be right, now and later.
fn table_is_right(store: &Store, mut live: Live, events: &mut Subscription) {
    let mut catch_up = || {
        live.apply_all(&rest(events));
        live.is_that_of(store);
    };
    catch_up();
    let later = crowd(store, "later", 1);
    catch_up();
    let _ = store.end(later[0].id());
    catch_up();
    crowd(store, "later", 1);
    catch_up();
}

/// Creates, and every third time ends one: each call is one event.
fn churn(store: &Store, number: usize) {
    let listed = store.list(&Selector::all());
    if number % 3 == 2 && !listed.is_empty() {
        // By its principal, which is its alone.
        let name = listed[0].principal().expect("it has one").to_string();
        assert_eq!(
            store.end_where_as(&Selector::principal(name.as_str()), EndAs::killed()).ended,
            1
        );
    } else {
        store.create(of(&format!("p{number}"))).unwrap();
    }
}

#[test]
fn a_token_of_every_age_resumes_exactly_or_says_that_it_cannot() {
    for size in 1..=7_usize {
        for followed in [true, false] {
            let store = ring(size).keep_events(!followed).build().unwrap();
            let follower = followed.then(|| store.subscribe(Filter::all()));
            // With the table as it was at each place.
            let mut places = Vec::new();
            for number in 0..=2 * size {
                let (live, events) = store.subscribe_with_snapshot(Filter::all());
                places.push((events.token(), Live::of(&live)));
                if number < 2 * size {
                    churn(&store, number);
                }
            }
            let total = places.len() - 1;
            for (place, (token, then)) in places.into_iter().enumerate() {
                let age = total - place;
                let opened = store.subscribe_from(Filter::all(), sent(token));
                let case = format!("a ring of {size}, {age} events old, followed: {followed}");
                if age <= size {
                    let mut events = opened.expect(&case);
                    assert_eq!(events.token(), token, "{case}");
                    let (_, first) = number(token);
                    let taken = rest(&mut events);
                    let wanted: Vec<u64> = (first..first + age as u64).collect();
                    assert_eq!(numbers(&taken), wanted, "{case}");
                    let mut live = then;
                    live.apply_all(&taken);
                    live.is_that_of(&store);
                } else {
                    let missed = (age - size) as u64;
                    assert_eq!(opened.unwrap_err(), StaleToken::TooOld { missed }, "{case}");
                }
            }
            drop(follower);
        }
    }
}

#[test]
fn a_stale_token_leads_to_a_table_that_stays_right() {
    for size in 1..=4_usize {
        for age in 0..=2 * size {
            let store = ring(size).keep_events(true).build().unwrap();
            (0..5).for_each(|number| churn(&store, number));
            let (before, events) = store.subscribe_with_snapshot(Filter::all());
            let token = events.token();
            drop(events);
            (5..5 + age).for_each(|number| churn(&store, number));
            let (live, mut events) = match store.subscribe_from(Filter::all(), token) {
                Ok(events) => (Live::of(&before), events),
                Err(_) => afresh(&store),
            };
            table_is_right(&store, live, &mut events);
        }
    }
}

#[test]
fn tokens_of_elsewhere_are_unknown() {
    let (store, other) = (ring(9).build().unwrap(), ring(9).build().unwrap());
    let (_events, others) = (store.subscribe(Filter::all()), other.subscribe(Filter::all()));
    crowd(&store, "alice", 3);
    let newest = || store.subscribe(Filter::all()).token();
    let (log, _) = number(newest());
    let elsewhere = [others.token(), "0000000000000000-0".parse().unwrap()];
    let beyond = || [moved(newest(), 1), moved(newest(), 2), moved(newest(), 1_000)];
    let end = [format!("{log}-{}", u64::MAX).parse().unwrap()];
    for number in 0..6 {
        let token = [&elsewhere[..], &beyond()[..], &end[..]].concat()[number];
        let stale = store.subscribe_from(Filter::all(), sent(token)).unwrap_err();
        assert_eq!(stale, StaleToken::Unknown, "{token}");
        assert_eq!(stale.to_string(), "the event token is not of this store");
        let (live, mut events) = afresh(&store);
        table_is_right(&store, live, &mut events);
        let _ = store.end_where_as(&Selector::principal("later"), EndAs::killed());
    }
    // The newest place there is belongs to it still.
    assert!(store.subscribe_from(Filter::all(), newest()).is_ok());
}

/// Nobody was subscribed in between: something may have happened, or not.
#[test]
fn a_pause_makes_every_older_token_too_old() {
    for happened in 0..3 {
        let store = ring(9).build().unwrap();
        let events = store.subscribe(Filter::all());
        crowd(&store, "alice", 2);
        let tokens = [0, 1, 2].map(|by| moved(events.token(), by));
        drop(events);
        crowd(&store, "bob", happened);
        for token in tokens {
            let stale = store.subscribe_from(Filter::all(), token).unwrap_err();
            assert!(matches!(stale, StaleToken::TooOld { missed } if missed > 0));
        }
        assert!(store.subscriptions().is_empty());
        let events = store.subscribe(Filter::all());
        for token in tokens {
            // The same while somebody is subscribed again.
            let stale = store.subscribe_from(Filter::all(), token).unwrap_err();
            assert!(matches!(stale, StaleToken::TooOld { missed } if missed > 0));
            let (live, mut events) = afresh(&store);
            table_is_right(&store, live, &mut events);
            let _ = store.end_where_as(&Selector::principal("later"), EndAs::killed());
        }
        drop(events);
    }
}

#[test]
fn kept_events_bridge_a_pause() {
    let store = ring(9).keep_events(true).build().unwrap();
    crowd(&store, "alice", 2);
    let mut events = store.subscribe(Filter::all());
    let start = moved(events.token(), -2);
    assert!(rest(&mut events).is_empty(), "from now on");
    drop(events);
    crowd(&store, "bob", 7);
    let mut events = store.subscribe_from(Filter::all(), start).unwrap();
    assert_eq!(rest(&mut events).len(), 9);
    drop(events);
    crowd(&store, "bob", 1);
    let stale = store.subscribe_from(Filter::all(), start).unwrap_err();
    assert_eq!(stale, StaleToken::TooOld { missed: 1 });
}

#[test]
fn events_and_subscriptions_agree_about_the_place() {
    let store = ring(50).build().unwrap();
    let mut events = store.subscribe(Filter::all().principal("bob"));
    let mut taken: Vec<Event> = Vec::new();
    for number in 0..30 {
        store.create(of(if number % 3 == 0 { "bob" } else { "alice" })).unwrap();
        if number % 2 == 0 {
            let before = events.token();
            let fresh = rest(&mut events);
            // The events that it does not want are behind it, too.
            let place = events.token();
            assert!(
                fresh
                    .last()
                    .is_none_or(|last| self::number(last.token()).1 <= self::number(place).1)
            );
            assert!(self::number(before).1 <= self::number(place).1);
            let again = store.subscribe_from(Filter::all().principal("bob"), place).unwrap();
            assert_eq!(again.info().lag, events.info().lag);
            taken.extend(fresh);
        }
    }
    for (index, event) in taken.iter().enumerate() {
        assert_eq!(number(event.token()).1, event.sequence() + 1);
        let filter = Filter::all().principal("bob");
        let mut again = store.subscribe_from(filter, event.token()).unwrap();
        assert_eq!(numbers(&rest(&mut again)), numbers(&taken[index + 1..]));
    }
}

/// A loss that the subscriber was not told of is not behind it.
#[test]
fn a_token_does_not_skip_a_loss() {
    let store = ring(3).build().unwrap();
    let mut events = store.subscribe(Filter::all());
    crowd(&store, "alice", 5);
    let untold = events.token();
    let stale = store.subscribe_from(Filter::all(), untold).unwrap_err();
    assert_eq!(stale, StaleToken::TooOld { missed: 2 });
    assert!(events.try_recv().is_err());
    let mut again = store.subscribe_from(Filter::all(), events.token()).unwrap();
    assert_eq!(numbers(&rest(&mut again)), numbers(&rest(&mut events)));
}

#[test]
fn text_that_is_no_token_is_refused() {
    let store = ring(9).build().unwrap();
    let token = store.subscribe(Filter::all()).token();
    store.create(plain()).unwrap();
    let text = token.to_string();
    assert_eq!((text.find('-'), text.parse()), (Some(16), Ok(token)));
    let wrong = ["", "-", "1-1", &text[..16], &text[..17], &text[1..], &format!(" {text}")];
    for wrong in wrong {
        assert_eq!(wrong.parse::<EventToken>(), Err(ParseTokenError), "{wrong:?}");
    }
    for wrong in [format!("{text} "), format!("{text}-1"), text.replace('-', "--"), text + "x"] {
        assert_eq!(wrong.parse::<EventToken>(), Err(ParseTokenError), "{wrong:?}");
    }
}
