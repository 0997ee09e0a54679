//! Sessions and ends as bytes, for collections that keep bytes.

mod bytes;
mod end;
mod frame;
mod session;
#[cfg(test)]
mod tests;
