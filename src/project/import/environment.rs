//! Converts the state of a Go tool to the files of an environment.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use super::{GoState, Tool};
use crate::project::environment::source::BUILTIN;
use crate::system::os;
use diagnostics::suggestions::list_names;
use diagnostics::value::{Map, Value};
use yaml::write::write_yaml;

/// The environment to write.
#[derive(Debug, PartialEq, Eq)]
pub struct ImportedEnvironment {
    /// The files of its directory, by name.
    pub files: Vec<(String, String)>,
    /// What is not imported or differs, one sentence each.
    pub notes: Vec<String>,
    /// The command that compiles the imported environment.
    pub next_command: String,
}

/// Converts the state of a tool in `directory`. `definitions` are the names and texts of the
/// provisioner files there, in the order in which the tool matches them.
pub fn convert(
    state: &GoState,
    directory: &str,
    name: &str,
    definitions: Vec<(String, String)>,
) -> ImportedEnvironment {
    let patches = state.patches.iter().enumerate();
    let patches: Vec<(String, String)> = patches
        .map(|(index, text)| (patch_name(index), text.clone()))
        .collect();
    let mut notes = notes(state, directory, name);
    if let Some(mounts) = &state.mounts {
        notes.extend(literal_mounts(
            mounts,
            name,
            definitions.iter().chain(&patches),
        ));
    }
    let environment = (
        "environment.yaml".to_owned(),
        environment(state, directory, &definitions, &patches),
    );
    let next_command = next_command(&state.score_files, name);
    // `environment.yaml` is written last: without it there is no environment.
    ImportedEnvironment {
        files: definitions
            .into_iter()
            .chain(patches)
            .chain([environment])
            .collect(),
        notes,
        next_command,
    }
}

/// The beginning of an `environment.yaml` that was imported from this directory.
pub fn header_line(tool: Tool, directory: &str) -> String {
    let tool = tool.name();
    format!("# Imported from `{directory}` of {tool} by `score-rs import`. ")
}

/// The command names all Score files when one of them would not be found.
fn next_command(score_files: &BTreeSet<String>, name: &str) -> String {
    let command = format!("score-rs generate --env {name}");
    match score_files.iter().all(|file| is_found(file)) {
        true => command,
        false => score_files
            .iter()
            .fold(command, |command, file| format!("{command} {file}")),
    }
}

fn is_found(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    os::is_score_file(OsStr::new(file))
}

/// Sorted by name, the files are in the order in which the patches are applied.
fn patch_name(index: usize) -> String {
    format!("patch-{:02}.tpl", index + 1)
}

fn environment(
    state: &GoState,
    directory: &str,
    definitions: &[(String, String)],
    patches: &[(String, String)],
) -> String {
    let names = |files: &[(String, String)]| {
        files
            .iter()
            .map(|(name, _)| Value::from(name.as_str()))
            .collect()
    };
    let mut document = Map::new();
    document.insert("target".to_owned(), Value::from(state.tool.target()));
    if let Some(project) = &state.project {
        document.insert("project".to_owned(), Value::from(project.as_str()));
    }
    let mut provisioners: Vec<Value> = names(definitions);
    provisioners.push(Value::from(BUILTIN));
    document.insert("provisioners".to_owned(), Value::List(provisioners));
    if !patches.is_empty() {
        document.insert("patches".to_owned(), Value::List(names(patches)));
    }
    format!(
        "{}The first definition that\n# matches is used; `builtin` are those of score-rs.\n{}",
        header_line(state.tool, directory),
        write_yaml(&Value::Map(document))
    )
}

fn notes(state: &GoState, directory: &str, name: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let mut not_found = state
        .score_files
        .iter()
        .filter(|file| !is_found(file))
        .map(String::as_str)
        .peekable();
    if not_found.peek().is_some() {
        notes.push(format!(
            "Score files to pass by name, as they are not found by default: {}",
            list_names(not_found)
        ));
    }
    let flags = match state.tool {
        Tool::Kubernetes => "images, overrides and the namespace",
        Tool::Compose => "images, overrides, builds and published ports",
    };
    notes.push(format!("{flags} that were set by flags are not stored in `{directory}`: pass them again, or write them into the environment"));
    if let Some(mounts) = &state.mounts {
        notes.push(format!(
            "files to mount are written again, to `.score-rs/{name}/mounts`; data that containers wrote to `{mounts}` stays there"
        ));
    }
    notes
}

/// A note about files that contain the path of mounts, which only their author can change.
fn literal_mounts<'a>(
    mounts: &str,
    name: &str,
    files: impl Iterator<Item = &'a (String, String)>,
) -> Option<String> {
    let files: Vec<&str> = files
        .filter(|(_, text)| text.contains(mounts))
        .map(|(name, _)| name.as_str())
        .collect();
    (!files.is_empty()).then(|| {
        let names = list_names(files);
        format!("`{mounts}` occurs in {names}: write `.score-rs/{name}/mounts` there, or `{{{{ .MountsDirectory }}}}` in a definition")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::provision::State;

    fn go_state(tool: Tool) -> GoState {
        GoState {
            tool,
            state: State::default(),
            score_files: BTreeSet::from(["a/score.yaml".to_owned(), "b.yaml".to_owned()]),
            project: (tool == Tool::Compose).then(|| "shop".to_owned()),
            mounts: (tool == Tool::Compose).then(|| ".score-compose/mounts".to_owned()),
            patches: vec!["- one\n".to_owned(), "two .score-compose/mounts".to_owned()],
        }
    }

    #[test]
    fn definitions_and_patches_keep_their_order() {
        let definitions = ["10-own", "zz-default"]
            .map(|name| (format!("{name}.provisioners.yaml"), "[]\n".to_owned()));
        let imported = convert(
            &go_state(Tool::Kubernetes),
            ".score-k8s",
            "prod",
            definitions.into(),
        );
        let names: Vec<&str> = imported
            .files
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let expected = [
            "10-own.provisioners.yaml",
            "zz-default.provisioners.yaml",
            "patch-01.tpl",
            "patch-02.tpl",
            "environment.yaml",
        ];
        assert_eq!(names, expected);
        let body = imported.files[4].1.split_once("target:").unwrap().1;
        assert_eq!(
            body,
            " kubernetes\nprovisioners:\n- 10-own.provisioners.yaml\n- zz-default.provisioners.yaml\n- builtin\n\
             patches:\n- patch-01.tpl\n- patch-02.tpl\n"
        );
        assert_eq!(imported.notes.len(), 2);
        assert_eq!(
            imported.notes[0],
            "Score files to pass by name, as they are not found by default: `b.yaml`"
        );
        assert_eq!(
            imported.next_command,
            "score-rs generate --env prod a/score.yaml b.yaml"
        );
    }

    #[test]
    fn files_with_the_path_of_mounts_are_noted() {
        let imported = convert(
            &go_state(Tool::Compose),
            ".score-compose",
            "local",
            Vec::new(),
        );
        assert!(imported.files[2].1.contains("\nproject: shop\n"));
        assert!(
            imported.notes[3].starts_with("`.score-compose/mounts` occurs in `patch-02.tpl`: "),
            "{:?}",
            imported.notes
        );
    }
}
