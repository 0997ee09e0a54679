//! Who may log in.

use subtle::{Choice, ConstantTimeEq};

/// The users and their passwords.
// No `Debug`: it would print the passwords.
pub(crate) struct Users(Vec<User>);

struct User {
    name: String,
    password: String,
}

impl Users {
    /// Reads `NAME:PASSWORD`, one text a user. The errors never hold a password.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, String> {
        let mut users: Vec<User> = Vec::with_capacity(texts.len());
        for (at, text) in texts.iter().enumerate() {
            let number = at + 1;
            let (name, password) = text.split_once(':').ok_or_else(|| {
                format!("--user number {number} is not of the form NAME:PASSWORD")
            })?;
            if name.is_empty() || password.is_empty() {
                return Err(format!("--user number {number} has an empty name or password"));
            }
            if users.iter().any(|user| user.name == name) {
                return Err(format!("--user number {number} repeats the name {name:?}"));
            }
            users.push(User { name: name.to_owned(), password: password.to_owned() });
        }
        Ok(Self(users))
    }

    /// Whether this user has this password.
    ///
    /// It compares with all users, whole names and whole passwords, so that the time it takes tells
    /// little about which of them was nearly right. Lengths do show.
    pub(crate) fn may_log_in(&self, name: &str, password: &str) -> bool {
        let mut found = Choice::from(0);
        for user in &self.0 {
            found |= user.name.as_bytes().ct_eq(name.as_bytes())
                & user.password.as_bytes().ct_eq(password.as_bytes());
        }
        found.into()
    }

    /// Whether there is such a user. For the log only: the answer to a client must not depend on
    /// it.
    pub(crate) fn know(&self, name: &str) -> bool {
        self.0.iter().any(|user| user.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(texts: &[&str]) -> Result<Users, String> {
        Users::parse(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn only_the_right_pair_logs_in() {
        let users = users(&["root:sec:ret", "alice:wonder"]).expect("both are well formed");
        assert!(users.may_log_in("root", "sec:ret"));
        assert!(users.may_log_in("alice", "wonder"));
        for (name, password) in
            [("root", "wonder"), ("alice", "sec:ret"), ("root", ""), ("", ""), ("bob", "wonder")]
        {
            assert!(!users.may_log_in(name, password), "{name:?} with {password:?}");
        }
    }

    #[test]
    fn errors_do_not_repeat_the_password() {
        for texts in [&["hunter2"][..], &[":hunter2"], &["root:hunter2", "root:hunter2"]] {
            let error = users(texts).err().expect("not a list of users");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
