//! What a Go tool has kept, as the files of an environment.

use std::collections::BTreeSet;

use super::{Recorded, Tool};
use diagnostics::suggestions::list_names;
use diagnostics::value::{Map, Value};
use yaml::write::write_yaml;

/// An environment to write, and what has to be said about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Carried {
    /// The files of its directory, by name.
    pub files: Vec<(String, String)>,
    /// What is not carried, or not as it was, one sentence each.
    pub said: Vec<String>,
    /// The command that compiles what was taken over.
    pub next: String,
}

/// Makes an environment of what a tool has kept in `directory`. `definitions` are the names and
/// texts of the provisioner files there, in the order in which the tool asks them.
pub fn carry(
    recorded: &Recorded,
    directory: &str,
    name: &str,
    definitions: Vec<(String, String)>,
) -> Carried {
    let patches = recorded.patches.iter().enumerate();
    let patches: Vec<(String, String)> = patches
        .map(|(index, text)| (patch_name(index), text.clone()))
        .collect();
    let mut said = said(recorded, directory, name);
    if let Some(mounts) = &recorded.mounts {
        said.extend(literal_mounts(
            mounts,
            name,
            definitions.iter().chain(&patches),
        ));
    }
    let environment = (
        "environment.yaml".to_owned(),
        environment(recorded, directory, &definitions, &patches),
    );
    let next = next(&recorded.score_files, name);
    // What names the others comes last: until it is there, there is no environment.
    Carried {
        files: definitions
            .into_iter()
            .chain(patches)
            .chain([environment])
            .collect(),
        said,
        next,
    }
}

/// The line with which an `environment.yaml` begins that was taken over from this directory,
/// whatever it says after that.
pub fn first_line(tool: Tool, directory: &str) -> String {
    let tool = tool.name();
    format!("# What {tool} kept in `{directory}`, taken over by `score-rs import`. ")
}

/// A Score file that is not found without being named needs all to be named.
fn next(score_files: &BTreeSet<String>, name: &str) -> String {
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
    file == "score.yaml" || file.ends_with(".score.yaml")
}

/// Sorted by name, patches are in the order in which they are applied.
fn patch_name(index: usize) -> String {
    format!("patch-{:02}.tpl", index + 1)
}

fn environment(
    recorded: &Recorded,
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
    document.insert("target".to_owned(), Value::from(recorded.tool.target()));
    if let Some(project) = &recorded.project {
        document.insert("project".to_owned(), Value::from(project.as_str()));
    }
    let mut provisioners: Vec<Value> = names(definitions);
    provisioners.push(Value::from("builtin"));
    document.insert("provisioners".to_owned(), Value::List(provisioners));
    if !patches.is_empty() {
        document.insert("patches".to_owned(), Value::List(names(patches)));
    }
    format!(
        "{}Definitions are asked in this order; the first\n# that fits wins, and `builtin` are those of score-rs.\n{}",
        first_line(recorded.tool, directory),
        write_yaml(&Value::Map(document))
    )
}

fn said(recorded: &Recorded, directory: &str, name: &str) -> Vec<String> {
    let mut said = Vec::new();
    let mut named = recorded
        .score_files
        .iter()
        .filter(|file| !is_found(file))
        .map(String::as_str)
        .peekable();
    if named.peek().is_some() {
        said.push(format!(
            "not found without being named: {}",
            list_names(named)
        ));
    }
    let flags = match recorded.tool {
        Tool::Kubernetes => "images, overrides and the namespace",
        Tool::Compose => "images, overrides, builds and published ports",
    };
    said.push(format!("{flags} that were given as flags are in no file of `{directory}`: give them again, or write them into the environment"));
    if let Some(mounts) = &recorded.mounts {
        said.push(format!(
            "files to mount are written anew, below `.score-rs/{name}/mounts`; what containers have put into `{mounts}` stays there"
        ));
    }
    said
}

/// Files that name the old place of mounts in so many words. Nobody but their author knows what was
/// meant.
fn literal_mounts<'a>(
    mounts: &str,
    name: &str,
    files: impl Iterator<Item = &'a (String, String)>,
) -> Option<String> {
    let naming: Vec<&str> = files
        .filter(|(_, text)| text.contains(mounts))
        .map(|(name, _)| name.as_str())
        .collect();
    (!naming.is_empty()).then(|| {
        let names = list_names(naming);
        format!("`{mounts}` stands in {names}: write `.score-rs/{name}/mounts` there, or `{{{{ .MountsDirectory }}}}` in a definition")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::provision::State;

    fn recorded(tool: Tool) -> Recorded {
        Recorded {
            tool,
            state: State::default(),
            score_files: BTreeSet::from(["a/score.yaml".to_owned(), "b.yaml".to_owned()]),
            project: (tool == Tool::Compose).then(|| "shop".to_owned()),
            mounts: (tool == Tool::Compose).then(|| ".score-compose/mounts".to_owned()),
            patches: vec!["- one\n".to_owned(), "two .score-compose/mounts".to_owned()],
        }
    }

    #[test]
    fn definitions_keep_their_order_and_patches_too() {
        let definitions = ["10-own", "zz-default"]
            .map(|name| (format!("{name}.provisioners.yaml"), "[]\n".to_owned()));
        let carried = carry(
            &recorded(Tool::Kubernetes),
            ".score-k8s",
            "prod",
            definitions.into(),
        );
        let names: Vec<&str> = carried
            .files
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let wanted = [
            "10-own.provisioners.yaml",
            "zz-default.provisioners.yaml",
            "patch-01.tpl",
            "patch-02.tpl",
            "environment.yaml",
        ];
        assert_eq!(names, wanted);
        let body = carried.files[4].1.split_once("target:").unwrap().1;
        assert_eq!(
            body,
            " kubernetes\nprovisioners:\n- 10-own.provisioners.yaml\n- zz-default.provisioners.yaml\n- builtin\n\
             patches:\n- patch-01.tpl\n- patch-02.tpl\n"
        );
        assert_eq!(carried.said.len(), 2);
        assert_eq!(carried.said[0], "not found without being named: `b.yaml`");
        assert_eq!(
            carried.next,
            "score-rs generate --env prod a/score.yaml b.yaml"
        );
    }

    #[test]
    fn what_names_the_old_mounts_is_said() {
        let carried = carry(
            &recorded(Tool::Compose),
            ".score-compose",
            "local",
            Vec::new(),
        );
        assert!(carried.files[2].1.contains("\nproject: shop\n"));
        assert!(
            carried.said[3].starts_with("`.score-compose/mounts` stands in `patch-02.tpl`: "),
            "{:?}",
            carried.said
        );
    }
}
