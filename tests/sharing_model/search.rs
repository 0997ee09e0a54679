//! The search: breadth first, so that the first fault found has a shortest trace.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use crate::fault::Fault;

/// What can be searched.
pub(crate) trait Model {
    type State: Copy + Hash;
    type Step: Copy;

    fn first(&self) -> Self::State;

    /// Adds all that can happen next.
    fn steps(&self, state: &Self::State, steps: &mut Vec<Self::Step>);

    /// The state after a step, and what is wrong with it.
    fn take(&self, state: Self::State, step: Self::Step) -> (Self::State, Option<Fault>);

    /// What would be wrong if all faults were over now.
    fn quiet(&self, state: &Self::State) -> Option<Fault>;

    /// A step in words.
    fn tell(&self, step: Self::Step, before: &Self::State, after: &Self::State) -> String;
}

/// What a search saw.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) states: usize,
    /// The length of the longest of the shortest ways to a state.
    pub(crate) depth: usize,
    /// Nothing was left out.
    pub(crate) complete: bool,
    pub(crate) fault: Option<(Fault, Trace)>,
}

/// The steps to a fault, in words.
#[derive(Debug)]
pub(crate) struct Trace(pub(crate) Vec<String>);

/// Tries everything that can happen, up to a number of states.
///
/// The states themselves are forgotten once they were looked at. Of each, a hash of 64 bits is
/// kept, and the step that led to it: a trace is found by taking the steps again.
pub(crate) fn search<M: Model>(model: &M, most: usize) -> Found {
    let first = model.first();
    let mut seen = HashSet::<u64, BuildHasherDefault<Same>>::default();
    seen.insert(digest(&first));
    let mut ways: Vec<(u32, Option<M::Step>)> = vec![(0, None)];
    let mut next = VecDeque::from([(first, 0, 0)]);
    let mut found = Found { states: 1, depth: 0, complete: true, fault: None };
    let mut steps = Vec::new();
    while let Some((state, at, depth)) = next.pop_front() {
        found.depth = depth;
        if let Some(fault) = model.quiet(&state) {
            let mut trace = trace(model, &ways, at);
            trace.0.push("a quiet time: every node refreshes".to_owned());
            found.fault = Some((fault, trace));
            return found;
        }
        steps.clear();
        model.steps(&state, &mut steps);
        for &step in &steps {
            let (after, fault) = model.take(state, step);
            if !seen.insert(digest(&after)) {
                continue;
            }
            let way = u32::try_from(ways.len()).expect("fewer than 2^32 states");
            ways.push((at, Some(step)));
            found.states += 1;
            if let Some(fault) = fault {
                found.fault = Some((fault, trace(model, &ways, way)));
                return found;
            }
            if found.states >= most {
                found.complete = false;
                return found;
            }
            next.push_back((after, way, depth + 1));
        }
    }
    found
}

/// The steps to a state, taken again.
fn trace<M: Model>(model: &M, ways: &[(u32, Option<M::Step>)], mut at: u32) -> Trace {
    let mut steps = Vec::new();
    while let (before, Some(step)) = ways[at as usize] {
        steps.push(step);
        at = before;
    }
    let mut state = model.first();
    let mut lines = Vec::new();
    for step in steps.into_iter().rev() {
        let (after, _) = model.take(state, step);
        lines.push(model.tell(step, &state, &after));
        state = after;
    }
    Trace(lines)
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in (1..).zip(&self.0) {
            writeln!(f, "  {number:2}. {line}")?;
        }
        Ok(())
    }
}

fn digest(state: &impl Hash) -> u64 {
    let mut digest = Digest::default();
    state.hash(&mut digest);
    digest.finish()
}

/// A hash of small numbers: eight bytes at a time, each mixed in by one wide multiplication.
#[derive(Default)]
struct Digest {
    mixed: u64,
    waiting: u64,
    bytes: u32,
}

impl Digest {
    // Both halves are used.
    #[allow(clippy::cast_possible_truncation)]
    fn mix(&self) -> u64 {
        let wide = u128::from(self.mixed ^ self.waiting ^ 0x9E37_79B9_7F4A_7C15)
            * u128::from(0xD6E8_FEB8_6659_FD93_u64 ^ self.waiting.rotate_left(32));
        (wide as u64) ^ ((wide >> 64) as u64)
    }
}

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.waiting = self.waiting << 8 | u64::from(byte);
        self.bytes += 1;
        if self.bytes.is_multiple_of(8) {
            self.mixed = self.mix();
            self.waiting = 0;
        }
    }

    // Discriminants and lengths, which are small.
    fn write_isize(&mut self, number: isize) {
        self.write_u8(number.to_le_bytes()[0]);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u8(number.to_le_bytes()[0]);
    }

    fn finish(&self) -> u64 {
        Self { mixed: self.mix(), waiting: u64::from(self.bytes), bytes: 0 }.mix()
    }
}

/// For sets of hashes.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn write(&mut self, _: &[u8]) {
        unreachable!("hashes are numbers")
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
