//! The thread that writes the log, so that no other thread waits for its reader.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// How many lines wait to be written. Further ones are dropped, and counted.
const MOST: usize = 1_024;

/// Where lines of the log go.
pub(crate) struct Writer {
    lines: SyncSender<String>,
    dropped: AtomicU64,
    unwritten: Arc<Unwritten>,
}

/// How many lines are still to be written.
#[derive(Default)]
struct Unwritten {
    count: Mutex<usize>,
    none: Condvar,
}

impl Writer {
    /// Starts the thread. It ends when this is dropped. If there can be no thread, there is no log.
    pub(crate) fn new(sink: impl Write + Send + 'static) -> Self {
        let (lines, taken) = sync_channel(MOST);
        let unwritten = Arc::new(Unwritten::default());
        let written = Arc::clone(&unwritten);
        let _ = Builder::new().name("log".to_owned()).spawn(move || run(&taken, sink, &written));
        Self { lines, dropped: AtomicU64::new(0), unwritten }
    }

    /// Takes a line, or drops it where there is no room. Never waits. `missing` makes the line that
    /// says how many are missing before this one.
    pub(crate) fn write(&self, line: String, missing: impl FnOnce(u64) -> String) {
        if !self.say_what_is_missing(missing) || !self.try_write(line) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all lines are written, but not for longer than twice this.
    pub(crate) fn flush(&self, at_most: Duration, missing: impl FnOnce(u64) -> String) {
        self.unwritten.wait(at_most);
        self.say_what_is_missing(missing);
        self.unwritten.wait(at_most);
    }

    /// Returns whether there was room to say it, or nothing to say.
    fn say_what_is_missing(&self, missing: impl FnOnce(u64) -> String) -> bool {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        let said = dropped == 0 || self.try_write(missing(dropped));
        if !said {
            self.dropped.fetch_add(dropped, Ordering::Relaxed);
        }
        said
    }

    fn try_write(&self, line: String) -> bool {
        self.unwritten.add();
        let taken = self.lines.try_send(line).is_ok();
        if !taken {
            self.unwritten.remove();
        }
        taken
    }
}

impl Unwritten {
    fn add(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn remove(&self) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count -= 1;
        if *count == 0 {
            self.none.notify_all();
        }
    }

    fn wait(&self, at_most: Duration) {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.none.wait_timeout_while(count, at_most, |count| *count > 0);
    }
}

fn run(lines: &Receiver<String>, mut sink: impl Write, unwritten: &Unwritten) {
    for line in lines {
        // One write a line. A server that nobody listens to goes on.
        let _ = sink.write_all(line.as_bytes());
        unwritten.remove();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc;

    use super::*;

    /// Tells when a line comes, and waits until somebody takes it.
    struct Pipe(mpsc::Sender<()>, SyncSender<String>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let line = String::from_utf8_lossy(bytes).into_owned();
            self.0.send(()).map_err(io::Error::other)?;
            self.1.send(line).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_a_reader_and_what_is_missing_is_said() {
        let (pipe, reader) = mpsc::sync_channel(0);
        let (tell, told) = mpsc::channel();
        let writer = Writer::new(Pipe(tell, pipe));
        let missing = |count| format!("{count} missing");
        writer.write("0".to_owned(), missing);
        told.recv().unwrap();
        // The thread has the first one, and there is room for the rest.
        let kept = MOST + 1;
        for at in 1..kept + 7 {
            writer.write(at.to_string(), missing);
        }
        writer.flush(Duration::from_millis(1), missing);
        for at in 0..kept {
            assert_eq!(reader.recv().unwrap(), at.to_string());
        }
        writer.write("last".to_owned(), missing);
        assert_eq!(reader.recv().unwrap(), missing(7));
        assert_eq!(reader.recv().unwrap(), "last");
        writer.flush(Duration::from_secs(60), missing);
        assert_eq!(*writer.unwritten.count.lock().unwrap(), 0);
    }
}
