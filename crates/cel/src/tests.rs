//! Tests of the whole, most of them against the API server's own engine.

mod verdicts;
