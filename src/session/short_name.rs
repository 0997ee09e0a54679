//! A name on its way into the store.

use std::fmt;

/// How many bytes a short name has at most.
const SHORT: usize = 22;

/// A name without a label yet. A short one, as most are, needs no allocation.
#[derive(Clone)]
pub(crate) enum Name {
    Short { bytes: [u8; SHORT], len: u8 },
    Long(Box<str>),
}

impl Name {
    pub(crate) fn new(name: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(start), Ok(len)) => {
                start.copy_from_slice(name.as_bytes());
                Self::Short { bytes, len }
            }
            _ => Self::Long(name.into()),
        }
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Short { len, .. } => usize::from(*len),
            Self::Long(name) => name.len(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            // It is a name from its first byte to its last, so this is text.
            Self::Short { bytes, len } => bytes
                .get(..usize::from(*len))
                .and_then(|text| str::from_utf8(text).ok())
                .unwrap_or(""),
            Self::Long(name) => name,
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
            }
        }
    }
}
