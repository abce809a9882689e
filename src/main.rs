//! The `score-rs` command.

/// A compiler allocates and frees many small trees and texts; the allocator of the system takes a
/// third longer for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ! {
    score_rs::cli::run(std::env::args_os()).end()
}
