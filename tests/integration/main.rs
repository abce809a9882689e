//! Integration tests of the command and the library.
//!
//! They are one binary because each test binary links the whole library.
// Tests may use files, processes and the network directly.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod adversarial;
mod allowed_types;
mod argocd;
mod autofix;
mod autofix_layouts;
mod bench_workspace;
mod builtin_provisioners;
mod builtin_routes;
mod builtin_servers;
mod cache;
mod catalog;
mod changes;
mod claims;
mod cli;
mod cli_reference;
mod command_provisioners;
mod completions;
mod compose_configs;
mod compose_runtime;
mod compose_sections;
mod control_characters;
mod corpus;
mod cost;
mod crash_recovery;
mod cross_file_rules;
mod custom_kinds;
mod defaults;
mod definition_lint;
mod definition_tests;
mod determinism;
mod diagnostic_docs;
mod diff;
mod discovery;
mod docs;
mod env_file;
mod environments;
mod error_isolation;
mod example;
mod explain;
mod extensions;
mod external_secrets;
mod external_workloads;
mod features;
mod filesystem;
mod fixtures;
mod generate;
mod go_tools;
mod graph;
mod help;
mod import;
mod import_errors;
mod init;
mod kubernetes_pods;
mod language;
mod lint_levels;
mod lsp;
mod man;
mod manifests;
mod mutations;
mod network_policies;
mod outputs_files;
mod patches;
mod pins;
mod platform_example;
mod policies;
mod policy_programs;
mod preview_contents;
mod previews;
mod production_example;
mod provisioners;
mod random;
mod readme;
mod rejections;
mod remote;
mod reports;
mod resources;
mod rollout;
mod sandbox;
mod scheduler;
mod schemas;
mod secret_files;
mod secrets;
mod shared_bases;
mod snapshots;
mod state;
mod telemetry;
mod typed_params;
mod ui;
mod unreadable_input;
mod validate;
mod validate_environment;
mod version;
mod version_numbers;
mod waiting;
mod watch;
mod why;
