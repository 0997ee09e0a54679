//! On a disk in memory that loses what was not synced, fills up and fails; and on files.

mod accord;
mod crash;
mod disk;
mod files;
mod principals;
mod restart;
mod setup;
