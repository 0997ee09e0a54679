//! Which groups a pattern of sessions singles out.

/// The names that a session must have. Where none is given, any will do, and none too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) principal: Option<String>,
    pub(crate) originator: Option<String>,
    pub(crate) host: Option<String>,
}

impl Wanted {
    /// The names: principal, originator, host.
    pub(crate) fn all(&self) -> [Option<&str>; 3] {
        [self.principal.as_deref(), self.originator.as_deref(), self.host.as_deref()]
    }

    /// Whether a session with these names is meant.
    pub(crate) fn fits(&self, its: [Option<&str>; 3]) -> bool {
        self.all().into_iter().zip(its).all(|(asked, its)| asked.is_none() || asked == its)
    }
}
