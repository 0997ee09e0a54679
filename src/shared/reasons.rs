//! The reasons of ends, as a collection keeps them: by name.

use crate::end::{ApplicationReason, EndReason};

/// What the name of an application's reason begins with, before its code.
const APPLICATION: &str = "application:";

/// The name of a reason.
pub(super) fn name_of(reason: EndReason) -> String {
    match reason {
        EndReason::Application(own) => format!("{APPLICATION}{}:{}", own.code(), own.name()),
        own => own.as_str().to_owned(),
    }
}

/// The reason with this name. One of an application that is not among `known` is
/// [`OTHERS`](ApplicationReason::OTHERS); one that is none of this version's is `Removed`.
pub(super) fn parse(name: &str, known: &[ApplicationReason]) -> EndReason {
    if let Some(rest) = name.strip_prefix(APPLICATION) {
        let code = rest.split_once(':').and_then(|(code, _)| code.parse().ok());
        let own = known.iter().find(|reason| Some(reason.code()) == code);
        return EndReason::Application(own.copied().unwrap_or(ApplicationReason::OTHERS));
    }
    EndReason::ALL.into_iter().find(|reason| reason.as_str() == name).unwrap_or(EndReason::Removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_had_back_by_their_names() {
        const OWN: ApplicationReason = ApplicationReason::new(7, "password_changed");
        for reason in EndReason::ALL.into_iter().chain([EndReason::Application(OWN)]) {
            assert_eq!(parse(&name_of(reason), &[OWN]), reason);
        }
        let strange = parse("application:8:of another version", &[OWN]);
        assert_eq!(strange, EndReason::Application(ApplicationReason::OTHERS));
        assert_eq!(parse("application:", &[OWN]), strange);
        assert_eq!(parse("", &[]), EndReason::Removed);
    }
}
