//! Taking a step.

use crate::call::{Call, Flight, Lane};
use crate::fault::Fault;
use crate::rule::Rule;
use crate::search::Model;
use crate::setup::Setup;
use crate::state::World;
use crate::step::Step;
use crate::tell::tell;

impl Model for Setup {
    type State = World;
    type Step = Step;

    fn first(&self) -> World {
        World::new(self.budget)
    }

    fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        world.steps(self, steps);
    }

    fn take(&self, mut world: World, step: Step) -> (World, Option<Fault>) {
        world.take(step, self);
        world.inspect(self);
        (world, world.fault)
    }

    fn quiet(&self, world: &World) -> Option<Fault> {
        let mut quiet = world.quiet(self);
        quiet.inspect_quiet(self);
        quiet.fault
    }

    fn tell(&self, step: Step, before: &World, after: &World) -> String {
        tell(step, before, after)
    }
}

impl World {
    fn take(&mut self, step: Step, setup: &Setup) {
        self.pay(step, setup);
        match step {
            Step::Tick => self.now += 1,
            Step::Create(node) => self.create(node, 0),
            Step::Touch(node, key) => self.touch(node, key),
            Step::Lease(node, key) => {
                self.touch(node, key);
                self.seat(node, key).leased = true;
            }
            Step::Release(node, key) => {
                self.touch(node, key);
                self.seat(node, key).leased = false;
            }
            Step::Unload(node, key) => self.unload(node, key, setup),
            Step::End(node, key) => self.end(node, key),
            Step::Forget(node, key) => self.seat(node, key).tombstone = false,
            Step::Rotate(node) => {
                self.seat(node, 0).rotating = true;
                self.send(node, Lane::Direct, Call::Rotate { old: 0, new: 1 }, setup);
            }
            Step::Load(node, key) => self.send(node, Lane::Load, Call::Load { key }, setup),
            Step::Begin(node, error) => self.begin(node, error, setup),
            Step::Direct(node, key) => {
                if let Some(call) = self.direct_call(node, key, setup) {
                    self.send(node, Lane::Direct, call, setup);
                }
            }
            Step::Apply(node, lane) => {
                self.apply(node, lane, setup);
                if setup.bounds.is_some() {
                    self.hear(node, lane, setup);
                    self.go_on(node, lane, setup);
                }
            }
            Step::Hear(node, lane) => {
                self.hear(node, lane, setup);
                self.go_on(node, lane, setup);
            }
            Step::Lose(node, lane) => {
                self.give_up(node, lane, setup);
                self.go_on(node, lane, setup);
            }
            Step::Delay(node, lane) => {
                if let Some(Flight { call, .. }) = *self.flight(node, lane) {
                    self.abandon(call);
                }
                self.give_up(node, lane, setup);
                self.go_on(node, lane, setup);
            }
            Step::Late(at) => {
                if let Some(call) = self.wire[at].take() {
                    self.perform(call, setup);
                }
            }
            Step::Drop(node) => {
                self.give_up(node, Lane::Refresh, setup);
                self.nodes[node].refresh = None;
                self.history.began[node] = 0;
            }
            Step::Crash(node) => self.crash(node),
            Step::Start(node) => self.start(node),
            Step::Flush => self.flush(),
            Step::Expire => self.expire(setup),
            Step::Jump => self.collection.behind += setup.jump,
        }
    }

    fn go_on(&mut self, node: usize, lane: Lane, setup: &Setup) {
        if lane == Lane::Refresh {
            self.advance(node, setup);
        }
    }

    /// Takes what a step costs from what may still happen.
    fn pay(&mut self, step: Step, setup: &Setup) {
        let left = &mut self.left;
        let paid = match step {
            Step::Create(_) => &mut left.creates,
            Step::Touch(..) => &mut left.touches,
            Step::Lease(..) => &mut left.leases,
            Step::Unload(..) => &mut left.unloads,
            Step::End(..) => &mut left.ends,
            Step::Forget(..) => &mut left.forgets,
            Step::Rotate(_) => &mut left.rotations,
            Step::Load(..) => &mut left.loads,
            Step::Begin(..) if setup.bounds.is_none() => &mut left.refreshes,
            // A rotation is repeated as long as it takes.
            Step::Direct(node, key) if !self.nodes[node].seats[usize::from(key)].rotating => {
                &mut left.directs
            }
            // With bounds it is they that say how often a refresh may fail.
            Step::Lose(_, lane) if setup.bounds.is_none() || lane != Lane::Refresh => {
                &mut left.losses
            }
            Step::Drop(_) => &mut left.losses,
            Step::Delay(..) => &mut left.delays,
            Step::Crash(_) => &mut left.crashes,
            Step::Flush => &mut left.flushes,
            Step::Jump => &mut left.jumps,
            _ => return,
        };
        *paid -= 1;
    }

    pub(crate) fn may_unload(&self, node: usize, key: u8, setup: &Setup) -> bool {
        let seat = self.nodes[node].seats[usize::from(key)];
        let inserted = seat.held.is_some_and(|held| held.inserted && !held.doubt);
        self.left.unloads > 0
            && (inserted || !setup.has(Rule::UnloadOnlyInserted))
            && !(seat.leased && setup.has(Rule::UnloadSparesLeased))
    }

    pub(crate) fn may_load(&self, node: usize, key: u8, setup: &Setup) -> bool {
        let seat = self.nodes[node].seats[usize::from(key)];
        seat.held.is_none() && !(seat.tombstone && setup.has(Rule::TakeChecksTombstone))
    }

    pub(crate) fn may_forget(&self, node: usize, key: u8, setup: &Setup) -> bool {
        let seat = self.nodes[node].seats[usize::from(key)];
        seat.tombstone && !(seat.pending.is_some() && setup.has(Rule::PendingKeepsTombstone))
    }
}
