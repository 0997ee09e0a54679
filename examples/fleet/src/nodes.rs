//! The fleet, and a table of what each node sees.

use std::error::Error;

use tenure::SessionId;
use tenure::collection::{Collection, HashKey};
use tenure::shared::{SharedAcquireError, SharedSessions};

pub(crate) type Failure = Box<dyn Error>;
pub(crate) type Node<C> = SharedSessions<String, C>;

/// Nodes by number; one that has failed is `None`.
pub(crate) struct Nodes<C, F> {
    connect: F,
    nodes: Vec<Option<Node<C>>>,
}

impl<C: Collection, F: Fn() -> Result<C, Failure>> Nodes<C, F> {
    pub(crate) fn start(count: u8, connect: F) -> Result<Self, Failure> {
        let mut nodes = Self { connect, nodes: Vec::new() };
        for _ in 0..count {
            let node = nodes.build()?;
            nodes.nodes.push(Some(node));
        }
        Ok(nodes)
    }

    /// A node with nothing in its memory. All have the same key, which is a secret of the fleet.
    fn build(&self) -> Result<Node<C>, Failure> {
        Ok(SharedSessions::builder((self.connect)()?, HashKey::new([7; 32])).build()?)
    }

    /// The node with this number, which must be up.
    pub(crate) fn node(&self, number: usize) -> Result<&Node<C>, Failure> {
        self.nodes[number].as_ref().ok_or_else(|| format!("node {number} is down").into())
    }

    /// Drops a node, with all that was in its memory.
    pub(crate) fn kill(&mut self, number: usize) {
        self.nodes[number] = None;
    }

    pub(crate) fn restart(&mut self, number: usize) -> Result<(), Failure> {
        self.nodes[number] = Some(self.build()?);
        Ok(())
    }

    pub(crate) fn refresh(&self) -> Result<(), Failure> {
        for node in self.nodes.iter().flatten() {
            node.refresh()?;
        }
        Ok(())
    }

    /// Prints what each node sees, and what it says of this session. Asking loads it.
    pub(crate) fn show(&self, of: SessionId) {
        println!("  node   in memory   loaded   ended   of alice's session it says");
        for (number, node) in self.nodes.iter().enumerate() {
            let Some(node) = node else {
                println!("  {number:4}        down");
                continue;
            };
            let says = match node.acquire_or_load(of) {
                Ok(lease) => format!("live, with {}", lease.data().get()),
                Err(SharedAcquireError::Ended(tombstone)) => format!("{}", tombstone.reason()),
                Err(error) => error.to_string(),
            };
            let (store, stats) = (node.store(), node.store().stats());
            let (live, loaded, ended) = (store.len(), stats.loaded, stats.ended.total());
            println!("  {number:4}   {live:9}   {loaded:6}   {ended:5}   {says}");
        }
        println!();
    }
}
