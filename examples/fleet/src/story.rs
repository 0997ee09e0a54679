//! What happens to the fleet.

use tenure::collection::Collection;
use tenure::shared::SharedAcquireError;
use tenure::{NewSession, SessionId};

use crate::Args;
use crate::nodes::{Failure, Nodes};

pub(crate) fn tell<C: Collection>(
    args: &Args,
    connect: impl Fn() -> Result<C, Failure>,
) -> Result<(), Failure> {
    let mut nodes = Nodes::start(args.nodes, connect)?;
    let count = usize::from(args.nodes);
    let last = count - 1;

    println!("{} users log in on each of {count} nodes, and alice on node 0.", args.users);
    let mut others = Vec::new();
    for number in 0..count {
        for user in 0..args.users {
            let new = NewSession::new(format!("basket {user}")).principal(format!("user {user}"));
            others.push(nodes.node(number)?.create(new)?.id());
        }
    }
    let new = NewSession::new("an empty basket".to_owned()).principal("alice");
    let alice = nodes.node(0)?.create(new)?.id();
    println!("Her requests go to any node, which loads her session once:");
    nodes.show(alice);

    println!(
        "Node {last} puts something into her basket. The others know from their next refresh on:"
    );
    let lease = nodes.node(last)?.acquire_or_load(alice)?;
    nodes.node(last)?.update_data(&lease, |_| "three books".to_owned())?;
    drop(lease);
    nodes.refresh()?;
    nodes.show(alice);

    println!("Node {last} fails. What was in its memory is gone, and nobody is logged out:");
    nodes.kill(last);
    nodes.show(alice);
    nodes.restart(last)?;
    println!("It is back, with nothing in memory:");
    nodes.show(alice);

    println!("She logs out on node {last}, and the others refresh:");
    nodes.node(last)?.end(alice)?;
    nodes.refresh()?;
    nodes.show(alice);

    check(&nodes, count, alice, &others)?;
    println!("all {} other users are still logged in, on every node", others.len());
    Ok(())
}

/// Fails unless alice is logged out on every node, and the others are not.
fn check<C: Collection>(
    nodes: &Nodes<C, impl Fn() -> Result<C, Failure>>,
    count: usize,
    alice: SessionId,
    others: &[SessionId],
) -> Result<(), Failure> {
    for number in 0..count {
        let node = nodes.node(number)?;
        if !matches!(node.acquire_or_load(alice), Err(SharedAcquireError::Ended(_))) {
            return Err(format!("node {number} does not know that alice has logged out").into());
        }
        for id in others {
            drop(node.acquire_or_load(*id)?);
        }
    }
    Ok(())
}
