//! Secrets in env files beside the output, which git ignores (Compose specification, `env_file`).

use super::config_mounts::SECRET;
use super::file_hashes;
use crate::support::document::Artifact;
use crate::targets::target::Options;
use diagnostics::value::{Map, Value};

/// Moves the variables with secrets of every service into an env file of that service.
pub(super) fn move_secrets(
    document: &mut Value,
    options: &Options,
    is_secret: &dyn Fn(&str) -> bool,
) -> Vec<Artifact> {
    let services = document
        .as_map_mut()
        .and_then(|document| document.get_mut("services"))
        .and_then(Value::as_map_mut);
    let mut artifacts = Vec::new();
    for (name, service) in services.into_iter().flatten() {
        let Some(service) = service.as_map_mut() else {
            continue;
        };
        let variables = take_secrets(service, is_secret);
        if variables.is_empty() {
            continue;
        }
        // A name of a service has only characters that a file name can have.
        let file = format!("env/{name}.env");
        add_env_file(service, &format!("{}/{file}", options.mounts_in_output));
        artifacts.push(Artifact {
            path: format!("{}/{file}", options.mounts),
            content: Some(env_file(variables).into_bytes()),
            mode: Some(0o600),
            origin: None,
            reason: Some(SECRET),
        });
    }
    artifacts
}

/// A variable, with its value as Compose interpolates it.
type Variable = (String, String);

/// Takes the variables with secrets out of `environment`, which is a mapping or a list.
fn take_secrets(service: &mut Map, is_secret: &dyn Fn(&str) -> bool) -> Vec<Variable> {
    let has_secret = |name: &str, value: &str| {
        is_name(name) && (name == file_hashes::VARIABLE || is_secret(value))
    };
    let mut taken = Vec::new();
    let mut is_empty = false;
    match service.get_mut("environment") {
        Some(Value::Map(variables)) => {
            variables.retain(|name, value| match value {
                Value::String(value) if has_secret(name, value) => {
                    taken.push((name.into(), value.clone()));
                    false
                }
                _ => true,
            });
            is_empty = variables.is_empty();
        }
        Some(Value::List(variables)) => {
            variables.retain(|variable| {
                match variable
                    .as_str()
                    .and_then(|variable| variable.split_once('='))
                {
                    Some((name, value)) if has_secret(name, value) => {
                        taken.push((name.to_owned(), value.to_owned()));
                        false
                    }
                    _ => true,
                }
            });
            is_empty = variables.is_empty();
        }
        _ => {}
    }
    if is_empty && !taken.is_empty() {
        service.shift_remove("environment");
    }
    taken
}

/// Whether an env file can have a variable of this name.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !name.is_empty() && name.bytes().all(allowed)
}

/// Adds an env file behind those that the service has: the last one wins, as `environment` did.
fn add_env_file(service: &mut Map, path: &str) {
    let path = Value::from(path.replace('$', "$$"));
    match service.get_mut("env_file") {
        Some(Value::List(files)) => files.push(path),
        Some(file) if *file != Value::Null => *file = Value::List(vec![file.clone(), path]),
        _ => {
            let place = service.get_index_of("environment").or_else(|| {
                let before = ["command", "entrypoint", "hostname", "build", "image"];
                let index = before.iter().find_map(|key| service.get_index_of(*key))?;
                Some(index + 1)
            });
            let files = Value::List(vec![path]);
            service.shift_insert(place.unwrap_or(0), "env_file".to_owned(), files);
        }
    }
}

/// The text of an env file. A variable in a value is looked up in the lines before it first, so
/// the values with variables come first.
fn env_file(mut variables: Vec<Variable>) -> String {
    variables.sort_by_key(|(_, value)| !has_variable(value));
    variables
        .iter()
        .map(|(name, value)| format!("{name}={}\n", quoted(value)))
        .collect()
}

/// Whether Compose replaces a part of a value.
fn has_variable(value: &str) -> bool {
    value.replace("$$", "").contains('$')
}

/// A value of an env file. In single quotes nothing is replaced; in double quotes are what
/// `compose.yaml` replaces, and escapes.
fn quoted(value: &str) -> String {
    let plain = value.replace("$$", "$");
    if !has_variable(value) && !plain.contains(['\'', '\\', '\n', '\r']) {
        return format!("'{plain}'");
    }
    let mut out = String::from("\"");
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
