//! The names that put a session into groups.

/// A principal, an originator and a host, each of which may be missing.
///
/// Of a session these are its names. Of a pattern they are the names that a session must have;
/// where the pattern gives none, any will do, and none too.
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

impl Names<String> {
    pub(crate) fn as_str(&self) -> Names<&str> {
        self.map(String::as_str)
    }

    /// Whether a session with the names `its` fits this pattern.
    pub(crate) fn fits(&self, its: Names<&str>) -> bool {
        let fits = |wanted: &Option<String>, its: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == its
        };
        fits(&self.principal, its.principal)
            && fits(&self.originator, its.originator)
            && fits(&self.host, its.host)
    }
}
