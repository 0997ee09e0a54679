//! A disk in memory.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{Error, ErrorKind};

use redb::StorageBackend;

use crate::sync::{Arc, Mutex};

/// How much of a write reaches the disk as a whole.
const SECTOR: usize = 512;

/// What is on the disk, and what was written since the last sync. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// As the program sees it.
    now: Vec<u8>,
    /// As it is on the disk.
    synced: Vec<u8>,
    unsynced: Vec<Change>,
    /// Which backend may use it: those of before a crash may not.
    boot: u64,
    /// After how many changes the next one fails, and with what; from then on all do.
    fails: Option<(u64, ErrorKind)>,
    /// How many bytes there is room for. A file may be longer, with holes.
    room: Option<usize>,
    /// Whether what was not synced is lost where a sync fails.
    forgets: bool,
}

#[derive(Clone, Debug)]
enum Change {
    Len(usize),
    Write(usize, Vec<u8>),
}

impl Change {
    fn put(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Len(len) => bytes.resize(*len, 0),
            Self::Write(at, data) => {
                bytes.resize(bytes.len().max(at + data.len()), 0);
                bytes[*at..at + data.len()].copy_from_slice(data);
            }
        }
    }
}

impl Disk {
    /// The disk as redb wants it.
    pub(super) fn backend(&self) -> impl StorageBackend {
        Backend { disk: self.clone(), boot: self.0.lock().boot }
    }

    /// A disk apart, with what the program sees on it.
    pub(super) fn copy(&self) -> Self {
        let now = self.0.lock().now.clone();
        let state = State { synced: now.clone(), now, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Loses of what was not synced all, nothing, all after a moment, or any sectors.
    pub(super) fn crash(&self, seed: u64) {
        let mut state = self.0.lock();
        let random = |n: usize| BuildHasherDefault::<DefaultHasher>::default().hash_one((seed, n));
        let unsynced = std::mem::take(&mut state.unsynced);
        let all = unsynced.len();
        let kept = match seed % 4 {
            0 => 0,
            1 => all,
            _ => usize::try_from(random(0)).unwrap_or(0) % (all + 1),
        };
        let mut bytes = std::mem::take(&mut state.synced);
        let mut drawn = 0;
        for (number, change) in unsynced.iter().enumerate() {
            match change {
                Change::Write(at, data) if seed % 4 == 3 => {
                    for (piece, data) in data.chunks(SECTOR).enumerate() {
                        drawn += 1;
                        if random(drawn) % 2 == 0 {
                            Change::Write(at + piece * SECTOR, data.to_vec()).put(&mut bytes);
                        }
                    }
                }
                change if seed % 4 == 3 || number < kept => change.put(&mut bytes),
                _ => {}
            }
        }
        let boot = state.boot + 1;
        *state = State { now: bytes.clone(), synced: bytes, boot, ..State::default() };
    }

    /// Lets every change after so many fail so.
    pub(super) fn fail_after(&self, changes: u64, kind: ErrorKind, forgets: bool) {
        let mut state = self.0.lock();
        state.fails = Some((changes, kind));
        state.forgets = forgets;
    }

    /// Has no room for anything behind what is there now.
    pub(super) fn fill_up(&self) {
        let mut state = self.0.lock();
        let used = state.now.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
        state.room = Some(used.next_multiple_of(SECTOR));
    }

    /// Works again.
    pub(super) fn mend(&self) {
        let mut state = self.0.lock();
        (state.fails, state.room) = (None, None);
    }

    /// Changes bytes behind everybody's back.
    pub(super) fn damage(&self, act: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.0.lock();
        act(&mut state.now);
        state.synced = state.now.clone();
        state.unsynced.clear();
    }
}

#[derive(Debug)]
struct Backend {
    disk: Disk,
    boot: u64,
}

impl Backend {
    fn with<R>(
        &self,
        changes: bool,
        act: impl FnOnce(&mut State) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut state = self.disk.0.lock();
        if state.boot != self.boot {
            return Err(Error::other("the machine went down"));
        }
        match &mut state.fails {
            Some((0, kind)) if changes => return Err((*kind).into()),
            Some((left, _)) if changes => *left -= 1,
            _ => {}
        }
        act(&mut state)
    }

    fn change(&self, change: Change) -> Result<(), Error> {
        self.with(true, |state| {
            if let (Change::Write(at, data), Some(room)) = (&change, state.room)
                && at + data.len() > room
            {
                return Err(ErrorKind::StorageFull.into());
            }
            change.put(&mut state.now);
            state.unsynced.push(change);
            Ok(())
        })
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> Result<u64, Error> {
        self.with(false, |state| Ok(state.now.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        self.with(false, |state| {
            let at = usize::try_from(offset).map_err(Error::other)?;
            let bytes = state.now.get(at..at + out.len());
            out.copy_from_slice(bytes.ok_or(ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> Result<(), Error> {
        self.change(Change::Len(usize::try_from(len).map_err(Error::other)?))
    }

    fn sync_data(&self) -> Result<(), Error> {
        let synced = self.with(true, |state| {
            state.synced = state.now.clone();
            state.unsynced.clear();
            Ok(())
        });
        let mut state = self.disk.0.lock();
        if synced.is_err() && state.forgets {
            state.unsynced.clear();
        }
        synced
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let at = usize::try_from(offset).map_err(Error::other)?;
        self.change(Change::Write(at, data.to_vec()))
    }
}
