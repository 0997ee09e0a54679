//! The names that put a session into groups.

/// A principal, an originator and a host, each of which may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names<S> {
    pub(crate) principal: Option<S>,
    pub(crate) originator: Option<S>,
    pub(crate) host: Option<S>,
}

impl<S> Default for Names<S> {
    /// No names.
    fn default() -> Self {
        Self { principal: None, originator: None, host: None }
    }
}

impl<S> Names<S> {
    /// The names that there are.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &S> {
        [&self.principal, &self.originator, &self.host].into_iter().flatten()
    }

    /// Each name as something else.
    pub(crate) fn map<'a, R>(&'a self, into: impl Fn(&'a S) -> R) -> Names<R> {
        Names {
            principal: self.principal.as_ref().map(&into),
            originator: self.originator.as_ref().map(&into),
            host: self.host.as_ref().map(&into),
        }
    }
}

/// The names that a session must have. Where there is `None`, any name will do, and none too; where
/// there is `Some(None)`, the session must have no such name.
pub(crate) type Pattern = Names<Option<String>>;

impl Pattern {
    /// The names that it asks for: a session that fits is in the group of each.
    pub(crate) fn groups(&self) -> Names<&str> {
        let asked = self.map(Option::as_deref);
        Names {
            principal: asked.principal.flatten(),
            originator: asked.originator.flatten(),
            host: asked.host.flatten(),
        }
    }

    /// Whether a session with the names `its` fits.
    pub(crate) fn fits(&self, its: Names<&str>) -> bool {
        let asked = self.map(Option::as_deref);
        let each = [
            (asked.principal, its.principal),
            (asked.originator, its.originator),
            (asked.host, its.host),
        ];
        each.into_iter().all(|(asked, its)| asked.is_none_or(|asked| asked == its))
    }
}
