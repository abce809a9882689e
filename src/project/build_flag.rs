//! The flag `--build [WORKLOAD.]CONTAINER=DIR|OBJECT`.

use compiler::model::Build;
use compiler::overlay::{ContainerBuild, Scope, Scoped};
use compiler::parse;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span, Spanned};

rules! {
    /// The value of a `--build` flag is invalid.
    pub INVALID_BUILD_FLAG: "invalid-build-flag", Error;
}

const HELP: &str =
    "write `--build WORKLOAD.CONTAINER=DIR`, or `CONTAINER=DIR` when there is one workload";

/// Parses one flag. A value that begins with `{` is an object; a directory with such a name is
/// written `./{`.
pub(crate) fn build(
    flag: &str,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Scoped<ContainerBuild>, Reported> {
    let id = sources.add("--build", flag);
    let span = Span::new(id, 0, flag.len());
    let Some((scope, value)) = flag.split_once('=').filter(|(scope, _)| !scope.is_empty()) else {
        let problem =
            Problem::new(&INVALID_BUILD_FLAG, "this flag does not name a container").at(span);
        return Err(report.error(problem.help(HELP)));
    };
    if value.is_empty() {
        let problem =
            Problem::new(&INVALID_BUILD_FLAG, "this flag has no build directory").at(span);
        return Err(report.error(problem.help(HELP)));
    }
    let build = match value.trim_start().starts_with('{') {
        true => section(scope, value, sources, report)?,
        false => Build::Context(Spanned::new(
            value.to_owned(),
            span.part(scope.len() + 1, flag.len()),
        )),
    };
    let (workload, container) = match scope.split_once('.') {
        Some((workload, container)) => (Some(workload), container),
        None => (None, scope),
    };
    let workload = workload.map(|name| Spanned::new(name.to_owned(), span.part(0, name.len())));
    let place = span.part(scope.len() - container.len(), scope.len());
    let container = Spanned::new(container.to_owned(), place);
    Ok(Scoped {
        scope: Scope::named(workload),
        change: ContainerBuild {
            container: Some(container),
            build,
        },
        span,
    })
}

/// Parses an object, in YAML or JSON, as a source of its own.
fn section(
    scope: &str,
    value: &str,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Build, Reported> {
    let source = sources.add(format!("--build {scope}"), value);
    let documents = report.collect(|report| parse::yaml_documents(sources, source, report))?;
    let mut objects = documents
        .into_iter()
        .filter(|document| document.as_map().is_some());
    objects.next().map(Build::Section).ok_or_else(|| {
        let problem = Problem::new(&INVALID_BUILD_FLAG, "this is not a JSON object").at(Span::new(
            source,
            0,
            value.len(),
        ));
        report.error(
            problem.help("write an object, as in `{\"context\": \"./app\", \"target\": \"dev\"}`"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flag: &str) -> Result<(Option<String>, String, String), String> {
        let mut sources = Sources::default();
        let mut report = Report::default();
        let parsed = build(flag, &mut sources, &mut report)
            .map_err(|_| report.in_order()[0].message().to_owned())?;
        let value = match &parsed.change.build {
            Build::Context(context) => context.value.clone(),
            Build::Section(node) => node.to_value().to_json(),
        };
        let container = parsed.change.container.as_ref().unwrap();
        assert_eq!(sources.slice(container.span), container.value);
        Ok((
            parsed.scope.name().map(str::to_owned),
            parsed.change.container.unwrap().value,
            value,
        ))
    }

    #[test]
    fn a_flag_is_for_one_container() {
        let parsed = |workload: Option<&str>, build: &str| {
            Ok((
                workload.map(str::to_owned),
                "web".to_owned(),
                build.to_owned(),
            ))
        };
        assert_eq!(read("web=./a=b"), parsed(None, "./a=b"));
        assert_eq!(read("shop.web=app"), parsed(Some("shop"), "app"));
        assert_eq!(
            read("web={context: app, args: [A=1]}"),
            parsed(None, r#"{"args":["A=1"],"context":"app"}"#)
        );
        assert_eq!(
            read(r#"web={"context":"app"}"#),
            parsed(None, r#"{"context":"app"}"#)
        );
    }

    #[test]
    fn invalid_flags_are_refused() {
        assert_eq!(
            read("./app"),
            Err("this flag does not name a container".to_owned())
        );
        assert_eq!(
            read("=./app"),
            Err("this flag does not name a container".to_owned())
        );
        assert_eq!(
            read("web="),
            Err("this flag has no build directory".to_owned())
        );
        assert!(read("web={context: app").is_err());
    }
}
