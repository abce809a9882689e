//! Writes a generated workspace to disk, for timing the binary as a whole:
//! `cargo bench --bench write_workspace -- 1000 DIRECTORY`.
#![allow(
    clippy::disallowed_methods,
    reason = "this is a tool for people at a terminal, not a stage"
)]

mod workspace;

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    // Cargo adds `--bench`, and runs this without arguments among the other benchmarks.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let [workloads, directory] = arguments.as_slice() else {
        println!("usage: cargo bench --bench write_workspace -- WORKLOADS DIRECTORY");
        return Ok(());
    };
    let workloads = workloads
        .parse()
        .map_err(|_| io::Error::other(format!("`{workloads}` is not a number")))?;
    for (path, text) in workspace::workspace(workloads) {
        let path = Path::new(directory).join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(directory)))?;
        fs::write(path, text)?;
    }
    Ok(())
}
