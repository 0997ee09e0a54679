//! What a client wants events of: `*`, `session`, `session/<ref>`, `host`, `host/<ref>`.

use std::collections::BTreeSet;

use crate::failure::Failure;

/// The most classes and objects that one client asks for.
const MOST: usize = 100;
/// The longest of their names in bytes.
const LONGEST: usize = 256;

/// Classes and single objects, as the client names them. Empty means that it wants nothing.
///
/// A class that this server has no objects of is fine: it has no events either.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Classes(BTreeSet<String>);

impl Classes {
    /// Reads what a client sent. `public` makes the public name of a class's object from what the
    /// client calls it by, which may be a secret: that is not kept.
    pub(crate) fn read(
        given: &[&str],
        public: impl Fn(&str, &str) -> String,
    ) -> Result<Self, Failure> {
        let refuse = |item: &str, why: &str| {
            // Only the class: the rest may be a secret.
            let class = item.split('/').next().unwrap_or_default();
            Err(Failure::value_not_supported("classes", class, why))
        };
        // First of all: what follows takes time for each.
        if given.len() > MOST {
            return refuse("", &format!("more than {MOST} classes"));
        }
        let mut classes = Self::default();
        for &item in given {
            if item.len() > LONGEST {
                return refuse(item, &format!("longer than {LONGEST} bytes"));
            }
            classes.0.insert(match item.split_once('/') {
                Some((class, object)) => {
                    let class = class.to_ascii_lowercase();
                    format!("{class}/{}", public(&class, object))
                }
                None => item.to_ascii_lowercase(),
            });
        }
        Ok(classes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what another asks for, unless that is too much.
    pub(crate) fn add(&mut self, more: Self) -> Result<(), Failure> {
        let mut all = self.0.clone();
        all.extend(more.0);
        if all.len() > MOST {
            let why = format!("more than {MOST} classes");
            return Err(Failure::value_not_supported("classes", "", &why));
        }
        self.0 = all;
        Ok(())
    }

    /// Takes away what another asks for. A class goes with its single objects.
    pub(crate) fn remove(&mut self, less: &Self) {
        self.0.retain(|item| {
            let class = item.split('/').next().unwrap_or_default();
            !["*", class, item].into_iter().any(|gone| less.0.contains(gone))
        });
    }

    /// Whether events of this object are wanted.
    pub(crate) fn want(&self, class: &str, object: &str) -> bool {
        self.want_all(class) || self.0.contains(&format!("{class}/{object}"))
    }

    /// Whether events of any object of this class are wanted.
    pub(crate) fn want_any(&self, class: &str) -> bool {
        self.want_all(class) || self.objects(class).next().is_some()
    }

    /// The single objects of this class that are wanted.
    pub(crate) fn objects<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a str> {
        let objects = self.0.iter().filter_map(|item| item.split_once('/'));
        objects.filter(move |(its, _)| *its == class).map(|(_, object)| object)
    }

    /// The single objects of this class that are wanted, unless all of it is.
    pub(crate) fn only(&self, class: &str) -> Option<Self> {
        let items = self.objects(class).map(|object| format!("{class}/{object}"));
        (!self.want_all(class)).then(|| Self(items.collect()))
    }

    /// Whether events of all objects of this class are wanted.
    pub(crate) fn want_all(&self, class: &str) -> bool {
        self.0.contains("*") || self.0.contains(class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(given: &[&str]) -> Classes {
        Classes::read(given, |_, object| object.to_owned()).expect("they are fine")
    }

    #[test]
    fn a_class_stands_for_its_objects() {
        let some = classes(&["Session/a", "session/b", "host", "VM"]);
        assert!(some.want("session", "a") && some.want("session", "b"));
        assert!(!some.want("session", "c") && !some.want("session", "A"));
        assert!(some.want("host", "a") && some.want_any("session") && !some.want_any("pool"));
        assert!(classes(&["*"]).want("pool", "p") && classes(&["*"]).want_any("host"));
        assert!(!classes(&[]).want_any("host") && classes(&[]).is_empty());
    }

    #[test]
    fn what_is_taken_away_is_gone() {
        let mut some = classes(&["session/a", "session/b", "host", "vm"]);
        some.remove(&classes(&["session/a", "pool"]));
        assert_eq!(some, classes(&["session/b", "host", "vm"]));
        some.remove(&classes(&["session"]));
        assert_eq!(some, classes(&["host", "vm"]));
        some.remove(&classes(&["*"]));
        assert!(some.is_empty());
    }

    #[test]
    fn nobody_asks_for_too_much() {
        let many: Vec<String> = (0..=MOST).map(|at| at.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let read = |given: &[&str]| Classes::read(given, |_, object| object.to_owned());
        assert!(read(&many).is_err());
        // Nothing is looked up before they are counted.
        let looked_up = |_: &str, _: &str| unreachable!("there are too many");
        assert!(Classes::read(&["host/b"; MOST + 1], looked_up).is_err());
        let mut some = read(&many[1..]).expect("just as many as it may");
        assert!(some.add(classes(&["0"])).is_err());
        assert!(some.add(classes(&["1"])).is_ok());
        let error = read(&[&format!("session/{}", "x".repeat(300))]).expect_err("too long");
        assert!(!error.into_strings().concat().contains("xxx"));
    }
}
