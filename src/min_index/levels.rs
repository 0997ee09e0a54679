//! The nodes above the leaves.

use super::block::{FAN_OUT, Key, NONE, Node};

/// The least of each block, level by level: those of the leaves in the lowest.
#[derive(Debug)]
pub(super) struct Levels {
    /// The lowest first. The highest has one node; with one leaf there is none.
    nodes: Vec<Vec<Node>>,
    /// The least of all.
    least: Key,
}

impl Levels {
    pub(super) const NONE: Self = Self { nodes: Vec::new(), least: NONE };

    /// How many levels there are.
    pub(super) fn count(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn least(&self) -> Key {
        self.least
    }

    /// The least of a node.
    pub(super) fn least_of(&self, level: usize, node: usize) -> Key {
        self.nodes[level][node].least()
    }

    /// Notes the least of a block, and leaves the levels above to [`update`](Self::update).
    pub(super) fn note(&mut self, level: usize, block: usize, least: Key) {
        self.nodes[level][block / FAN_OUT].0[block % FAN_OUT] = least;
    }

    /// Tells the nodes above a block what its least is, up to the first that knew.
    pub(super) fn update(&mut self, level: usize, mut block: usize, mut least: Key) {
        for nodes in &mut self.nodes[level..] {
            let node = &mut nodes[block / FAN_OUT];
            let known = &mut node.0[block % FAN_OUT];
            if *known == least {
                return;
            }
            *known = least;
            least = node.least();
            block /= FAN_OUT;
        }
        self.least = least;
    }

    /// Gives each level as many nodes as the one below it needs, for this many leaves.
    pub(super) fn fit(&mut self, leaves: usize) {
        let (mut below, mut level) = (leaves, 0);
        while below > 1 {
            below = below.div_ceil(FAN_OUT);
            if level == self.nodes.len() {
                // The level below had one block until now.
                self.nodes.push(vec![Node::with_first(self.least)]);
            }
            self.nodes[level].resize(below, Node::EMPTY);
            shrink(&mut self.nodes[level]);
            level += 1;
        }
        self.nodes.truncate(level);
    }
}

/// Gives memory back when three quarters of it are unused.
pub(crate) fn shrink<T>(vec: &mut Vec<T>) {
    if vec.capacity() > 64 && vec.len() < vec.capacity() / 4 {
        vec.shrink_to(vec.capacity() / 2);
    }
}
