//! A name on its way into the store.

use std::fmt;

use super::name_hash::hash_of;

/// How many bytes a short name has at most.
const SHORT: usize = 22;

/// A name without a label yet. It is hashed here, before any lock is taken.
#[derive(Clone)]
pub(crate) struct Name {
    text: Text,
    hash: u64,
}

/// A short name, as most are, needs no allocation.
#[derive(Clone)]
enum Text {
    Short { bytes: [u8; SHORT], len: u8 },
    Long(Box<str>),
}

impl Name {
    pub(crate) fn new(name: &str) -> Self {
        let mut bytes = [0; SHORT];
        let text = match (bytes.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(start), Ok(len)) => {
                start.copy_from_slice(name.as_bytes());
                Text::Short { bytes, len }
            }
            _ => Text::Long(name.into()),
        };
        Self { text, hash: hash_of(name) }
    }

    /// As [`hash_of`] returns it.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.as_bytes().len()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.text {
            Text::Short { bytes, len } => bytes.get(..usize::from(*len)).unwrap_or(bytes),
            Text::Long(name) => name.as_bytes(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match &self.text {
            // It is a name from its first byte to its last, so this is text.
            Text::Short { .. } => str::from_utf8(self.as_bytes()).unwrap_or(""),
            Text::Long(name) => name,
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_any_length_is_what_it_was() {
        for len in 0..2 * SHORT {
            for letter in ["a", "é", "日"] {
                let text = letter.repeat(len);
                let name = Name::new(&text);
                assert_eq!((name.as_str(), name.len()), (&*text, text.len()));
                assert_eq!((name.as_bytes(), name.hash()), (text.as_bytes(), hash_of(&text)));
            }
        }
    }
}
