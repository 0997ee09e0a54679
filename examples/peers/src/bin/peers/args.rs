//! What the command line asks for, and how large that makes the workloads.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use peers::tables::Kind;

#[derive(Parser)]
#[command(about = "Puts tenure beside caches, maps with a lock, and another session store")]
pub(crate) struct Args {
    /// Write the tables to this file too, as Markdown.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    /// Write every number to this file, one a row.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,

    /// Small tables and short rounds: shows that all workloads run, not how fast.
    #[arg(long)]
    quick: bool,

    /// Sessions in the tables, from few to many.
    #[arg(long, value_name = "N,N,…", value_delimiter = ',')]
    #[arg(value_parser = clap::value_parser!(u32).range(100..))]
    sizes: Vec<u32>,

    /// For the child processes: fill one table and print the bytes of a session.
    #[arg(long, hide = true)]
    pub(crate) memory_of: Option<String>,

    #[arg(long, hide = true, default_value_t = 0)]
    pub(crate) memory_sessions: usize,
}

/// How large the workloads are.
pub(crate) struct Scale {
    pub(crate) sizes: Vec<usize>,
    /// An odd number, so that the median is a round's.
    pub(crate) rounds: usize,
    /// Operations of one batch, over all its threads.
    batch: usize,
    /// The same for the mixed workload.
    mix_batch: usize,
    /// The idle timeout of a cache that can only have one for all, in the mass reap.
    pub(crate) short_idle: Duration,
    /// How long touches are watched before the reap.
    pub(crate) quiet: Duration,
}

impl Args {
    pub(crate) fn scale(&self) -> Scale {
        let mut sizes: Vec<usize> = self.sizes.iter().map(|size| *size as usize).collect();
        sizes.sort_unstable();
        sizes.dedup();
        if self.quick {
            Scale {
                sizes: if sizes.is_empty() { vec![1_000, 10_000] } else { sizes },
                rounds: 3,
                batch: 4_000,
                mix_batch: 8_000,
                short_idle: Duration::from_millis(800),
                quiet: Duration::from_millis(100),
            }
        } else {
            let default = || vec![1_000, 10_000, 100_000, 1_000_000];
            Scale {
                sizes: if sizes.is_empty() { default() } else { sizes },
                rounds: 7,
                batch: 50_000,
                mix_batch: 80_000,
                short_idle: Duration::from_secs(4),
                quiet: Duration::from_millis(500),
            }
        }
    }
}

/// One table is so much slower than the others that it would take most of the time, above all when
/// threads wait for each other in it.
fn slowness(kind: Kind, threads: usize) -> usize {
    match kind {
        Kind::TowerSessions if threads > 1 => 100,
        Kind::TowerSessions => 10,
        _ => 1,
    }
}

impl Scale {
    pub(crate) fn largest(&self) -> usize {
        self.sizes.last().copied().unwrap_or(0)
    }

    pub(crate) fn is_largest(&self, sessions: usize) -> bool {
        sessions == self.largest()
    }

    /// The operations in one batch of this table.
    pub(crate) fn batch(&self, kind: Kind, threads: usize) -> usize {
        self.batch / slowness(kind, threads)
    }

    /// The most that a batch of any table has.
    pub(crate) fn largest_batch(&self) -> usize {
        self.batch
    }

    /// The steps in one thread's part of a batch of the mixed workload.
    pub(crate) fn mix_batch(&self, kind: Kind, threads: usize) -> usize {
        self.mix_batch / threads / slowness(kind, threads)
    }

    pub(crate) fn largest_mix_batch(&self, threads: usize) -> usize {
        self.mix_batch / threads
    }

    /// Whether it is one of the two largest, where caches of the processor no longer hold it all.
    pub(crate) fn is_large(&self, sessions: usize) -> bool {
        self.sizes.iter().rev().take(2).any(|size| *size == sessions)
    }
}
