//! What every clock of the crate keeps.

use std::time::Duration;

#[cfg(all(feature = "boot-clock", any(target_os = "linux", target_os = "android")))]
use super::boot::BootClock;
use super::coarse::CoarseClock;
use super::contract::Clock;
use super::manual::ManualClock;
use super::system::SystemClock;
use crate::tick::Tick;

/// Reads a clock that is moved on by `tick` in between.
#[allow(clippy::disallowed_methods)] // It spawns a thread.
fn keeps_the_contract<C: Clock + Clone>(clock: &C, tick: impl Fn(&C)) {
    let mut last = clock.now();
    assert!(last >= Tick::START && last.since(Tick::START) < Duration::from_secs(3_600));
    for _ in 0..10_000 {
        tick(clock);
        let now = clock.now();
        assert!(now >= last, "{last:?}, and then {now:?}");
        last = now;
    }
    let there = clock.clone();
    let other = std::thread::spawn(move || there.now()).join().unwrap();
    assert!(other >= last, "time is another one in another thread");
    assert!(clock.now() >= other);
    assert!((2000..3000).contains(&clock.wall().year()), "{}", clock.wall());
}

#[test]
fn the_system_clock_keeps_the_contract() {
    keeps_the_contract(&SystemClock::new(), |_| ());
}

#[test]
fn the_coarse_clock_keeps_the_contract() {
    keeps_the_contract(&CoarseClock::new(), CoarseClock::refresh);
}

#[test]
fn the_manual_clock_keeps_the_contract() {
    keeps_the_contract(&ManualClock::new(), |clock| clock.advance(Duration::from_micros(1)));
}

#[cfg(all(feature = "boot-clock", any(target_os = "linux", target_os = "android")))]
#[test]
fn the_boot_clock_keeps_the_contract() {
    keeps_the_contract(&BootClock::new(), |_| ());
}

/// It is between a system clock that was made before it and one that was made after it, but
/// for parts of a microsecond. A suspension of the machine would make it run ahead.
#[cfg(all(feature = "boot-clock", any(target_os = "linux", target_os = "android")))]
#[test]
fn the_boot_clock_agrees_with_the_system_clock() {
    let before = SystemClock::new();
    let boot = BootClock::new();
    let after = SystemClock::new();
    let microsecond = Duration::from_micros(1);
    for _ in 0..10_000 {
        let least = after.now();
        let now = boot.now();
        let most = before.now();
        assert!(least <= now.saturating_add(microsecond), "{now:?} is before {least:?}");
        assert!(now <= most.saturating_add(microsecond), "{now:?} is after {most:?}");
    }
}
