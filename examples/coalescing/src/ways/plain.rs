//! A `SET … PX` a request, as many programs do it by hand.

use std::error::Error;

use fleet::RedisServer;
use redis::{Cmd, cmd, pipe};

use super::{PIPELINE, Work};
use crate::counts::Counts;
use crate::measure;

const IDLE_MS: u32 = 1_800_000;

pub(super) fn one_by_one(server: &RedisServer, work: &Work) -> Result<Counts, Box<dyn Error>> {
    run(server, work, 1)
}

pub(super) fn pipelined(server: &RedisServer, work: &Work) -> Result<Counts, Box<dyn Error>> {
    run(server, work, PIPELINE)
}

fn run(server: &RedisServer, work: &Work, at_once: usize) -> Result<Counts, Box<dyn Error>> {
    let mut connection = redis::Client::open(server.url())?.get_connection()?;
    for session in 0..work.sessions as usize {
        write(session, work).exec(&mut connection)?;
    }
    let drawn: Vec<_> = work.draw().collect();
    measure(server, || {
        for some in drawn.chunks(at_once) {
            let mut pipeline = pipe();
            for session in some {
                pipeline.add_command(write(*session, work)).ignore();
            }
            pipeline.exec(&mut connection)?;
        }
        Ok(())
    })
}

/// The record is written whole: its names, and its data.
fn write(session: usize, work: &Work) -> Cmd {
    let key = format!("session:9f2d1c44-0b7e-4d3a-91c8-{session:012}");
    let record = format!("user {session}\nbrowser\n{}", work.data);
    cmd("SET").arg(key).arg(record).arg("PX").arg(IDLE_MS).take()
}
