//! The guide shows what is tested here.

#[test]
fn guide_has_this_collection_word_for_word() {
    let guide = include_str!("../../../src/guide/collections.md");
    assert!(guide.contains(include_str!("../src/lib.rs")), "copy src/lib.rs into the guide");
}
