# `just` lists the recipes. `.ci/run` calls the same ones, so that what passes here passes there.
# Install it with `cargo install --locked just`, or take target/validators/venv/bin/just after `bash .ci/install-validators.sh`.

export PATH := env("SCORE_RS_VALIDATORS", justfile_directory() / "target/validators") / "bin:" + env("PATH")

[private]
list:
    @{{ just_executable() }} --justfile {{ quote(justfile()) }} --list --unsorted

# Build the release binary, target/release/score-rs
build:
    cargo build --release --locked

# Run all tests, or those whose name contains a text: `just test ports`
test *ARGS:
    cargo test --locked {{ ARGS }}

# Check formatting, lints and documentation
lint: format fuzz-lock clippy doc

# Check formatting
format:
    cargo fmt --all --check

[private]
fuzz-lock:
    cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null

# Run the lints of rustc and Clippy
clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Build the documentation of the code
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Write the expected outputs anew; review the difference line by line before committing it
bless *ARGS:
    INSTA_UPDATE=always cargo test --locked {{ ARGS }}

# Measure the pipeline in memory, or another benchmark: `just bench process`
bench NAME="pipeline" *ARGS:
    cargo bench --locked --bench {{ NAME }} -- {{ ARGS }}

# Run each fuzz target on its seeds, or search for new texts: `just fuzz 3600` (seconds)
fuzz *SECONDS:
    bash .ci/fuzz.sh {{ SECONDS }}

# Check licenses, sources and duplicates of dependencies (needs cargo-deny)
deny *CHECKS="bans licenses sources":
    cargo deny --locked check {{ CHECKS }}

# Install the programs that the checks below use into target/validators
validators:
    bash .ci/install-validators.sh

# Run one of .ci/validate-*.sh: corpus, random, templates, cel, patches, schemas, features, release, hooks, disk, gitops, external-secrets, graph, cost, catalog, docs, page, lsp, containers, workflows, gitlab, chroot
validate NAME *ARGS:
    bash .ci/validate-{{ NAME }}.sh {{ ARGS }}

# Run every check that a change needs, in under 30 minutes
ci:
    bash .ci/run

# Run what takes hours, or the named steps of it: `just extended fuzz`
extended *STEPS:
    bash .ci/extended {{ STEPS }}
