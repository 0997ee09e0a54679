//! Faults that a test asks a collection in memory for.
