//! Files for the results, opened before there are any.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

pub(crate) struct Output<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> Output<'a> {
    /// Opens the file for writing and leaves what is in it, until there is something new.
    pub(crate) fn open(path: &'a Path) -> Result<Self, String> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        file.map(|file| Self { path, file }).map_err(|error| named(path, &error))
    }

    pub(crate) fn replace(mut self, text: &str) -> Result<(), String> {
        let written = self.file.set_len(0).and_then(|()| self.file.write_all(text.as_bytes()));
        written.map_err(|error| named(self.path, &error))
    }
}

fn named(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
