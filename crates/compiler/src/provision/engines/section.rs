//! Renders a section of a definition and reads it as YAML.

use std::ops::Range;
use std::sync::Arc;

use super::functions::Functions;
use super::template::CurrentResource;
use crate::parse;
use crate::placeholder::resolve::{find_secret, without_secret_references};
use crate::provision::definition::{REQUESTED_BY, SectionTemplate, function_names};
use crate::provision::matching::is_rendered;
use crate::provision::run::Run;
use crate::provision::template_help::template_help;
use crate::rules::SECRET_NOT_ALLOWED;
use crate::rules::TEMPLATE_ERROR;
use crate::rules::TEMPLATE_NO_VALUE;
use crate::rules::WRONG_SECTION_TYPE;
use crate::support::host::HostError;
use crate::support::random::Key;
use crate::support::rendered::{
    MAX_ERRORS, NO_VALUE_HELP, RenderedFrom, VALID_YAML_HELP, computed_ranges,
};
use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::{Origin, SourceId, Span};
use diagnostics::value::Value;
use go_template::{Data, ExtraFunction, Limits, RandomSource, Rendered, TemplateError, Tools};
use yaml::{self, Kind, LazyNode};

rules! {
    /// A section of a provisioner did not render to valid YAML.
    pub SECTION_SYNTAX: "section-syntax", Error;
}

/// Sections whose places nobody asks for once they are read.
const DATA: [&str; 2] = ["init", "state"];

impl Run<'_> {
    /// Renders a section and reads it as YAML; `None` when the definition does not have it or it is
    /// empty.
    pub(crate) fn section(
        &self,
        resource: &mut CurrentResource<'_>,
        name: &'static str,
        report: &mut Report,
    ) -> Result<Option<LazyNode>, Reported> {
        let definition = resource.definition;
        let Some(section) = definition.sections.get(name) else {
            return Ok(None);
        };
        let mut rendered = self.render(resource, name, section, report)?;
        let entered = std::mem::take(&mut rendered.entered);
        resource.entered.push((name, entered));
        let drawn = rendered.generated.iter().enumerate();
        let drawn = drawn.map(|(index, text)| (format!("{name}_{}", index + 1), text.clone()));
        resource.drawn.extend(drawn);
        if rendered.text.trim().is_empty() {
            return Ok(None);
        }
        self.read(resource, name, section, rendered, report)
    }

    fn render(
        &self,
        resource: &CurrentResource<'_>,
        name: &str,
        section: &SectionTemplate,
        report: &mut Report,
    ) -> Result<Rendered, Reported> {
        let template = section.template().map_err(|error| {
            self.report_other_templates(resource, Some(name), report);
            self.template_error(resource, section, error, report)
        })?;
        let random = |call: u32| self.stream(resource, name, call);
        let functions = &Functions::new(self, resource);
        let calls =
            function_names().map(|name| move |arguments: &[Data]| functions.call(name, arguments));
        let named: Vec<(&str, &ExtraFunction<'_>)> = function_names()
            .into_iter()
            .zip(&calls)
            .map(|(name, call)| (name, call as &ExtraFunction<'_>))
            .collect();
        let tools = Tools {
            random: &random,
            functions: &named,
            limits: Limits::default(),
        };
        let rendered = template
            .render(&self.data(resource, template), &tools)
            .map_err(|mut error| {
                if let Some(fault) = functions.fault.take() {
                    let place = section.text.place(self.sources, error.start, error.end);
                    return report.error(resource.fault(fault, place));
                }
                error.failure = error.failure.or_else(|| functions.refused.take());
                // The message may quote generated passwords, so they have to be known as secrets.
                self.keep_secrets(&error.generated);
                self.template_error(resource, section, &error, report)
            })?;
        self.keep_secrets(&rendered.generated);
        report.merge(functions.report.take());
        for (start, end) in &rendered.missing {
            let place = section.text.place(self.sources, *start, *end);
            let message = format!(
                "this rendered as `<no value>` for `{}`: the name does not exist or is null",
                resource.node.uid
            );
            let problem = Problem::new(&TEMPLATE_NO_VALUE, message)
                .cause("the name does not exist or is null")
                .at(place)
                .secondary(resource.node.span, REQUESTED_BY);
            report.push_as(Severity::Warning, problem.help(NO_VALUE_HELP));
        }
        Ok(rendered)
    }

    /// Keeps the texts below keys that speak of secrets out of messages.
    pub(super) fn keep_secrets_of(&self, value: &Value) {
        let secrets = self.sources.secrets();
        secrets.add_from(&without_secret_references(value));
    }

    fn keep_secrets(&self, texts: &[String]) {
        for text in texts {
            self.sources.secrets().add(text);
        }
    }

    /// The stream for a call of a random function. Each resource, section and call has its own, so
    /// that a change of one does not change the others.
    fn stream(
        &self,
        resource: &CurrentResource<'_>,
        section: &str,
        call: u32,
    ) -> Result<Box<dyn RandomSource>, String> {
        let seed = self.seed.get_or_init(|| {
            self.context.host.seed().map_err(|error| match error {
                HostError::NotFound => "there is no seed to derive it from".to_owned(),
                HostError::Failed(why) => format!("the seed cannot be read: {why}"),
            })
        });
        let key: &Key = seed.as_ref().map_err(Clone::clone)?;
        let uid = resource.node.uid.to_string();
        let identity = self.context.identity;
        let (project, identity_key) = (identity.project.as_deref().unwrap_or(""), identity.key());
        let call = call.to_string();
        let mut path = vec![project, identity_key.as_ref(), &uid];
        // Without a rotation there is no part for it, so that nothing changes before the first one.
        let rotation = self.context.rotations.get(&uid).map(u32::to_string);
        path.extend(rotation.as_deref());
        path.extend([section, call.as_str()]);
        Ok(Box::new(
            path.iter()
                .fold(*key, |key, part| key.derive(part))
                .stream(),
        ))
    }

    /// Reports the sections of a definition besides `first` that do not parse, so that one run shows
    /// all.
    pub(crate) fn report_other_templates(
        &self,
        resource: &CurrentResource<'_>,
        first: Option<&str>,
        report: &mut Report,
    ) {
        let needed = |name: &str| {
            is_rendered(name, self.context.requirements.sections) && Some(name) != first
        };
        for (_, section) in resource
            .definition
            .sections
            .iter()
            .filter(|(name, _)| needed(name))
        {
            if let Err(error) = section.template() {
                self.template_error(resource, section, error, report);
            }
        }
    }

    fn template_error(
        &self,
        resource: &CurrentResource<'_>,
        section: &SectionTemplate,
        error: &TemplateError,
        report: &mut Report,
    ) -> Reported {
        let place = section.text.place(self.sources, error.start, error.end);
        let cause = error.failure.as_ref().unwrap_or(&error.message);
        let problem = resource.problem(&TEMPLATE_ERROR, cause);
        let builtin = resource.definition.builtin;
        if !builtin && error.failure.is_none() {
            let problem = problem
                .at(place)
                .secondary(resource.node.span, REQUESTED_BY)
                .help(template_help(
                    error,
                    "fix the template or the resource's params",
                ));
            return report.error(problem);
        }
        // The definition refuses its input, or is embedded and cannot be changed. So the problem is
        // at the input.
        let (here, help) = match builtin {
            true => (
                "rejected by the built-in provisioner here",
                "change the resource, or pass your own definition with `--provisioners`",
            ),
            false => (
                "rejected by the provisioner here",
                "change the resource; if it is right, fix the template",
            ),
        };
        // The text for `fail` begins with the path of what it refuses, as in `params.NAME`.
        let refused = error.failure.as_deref();
        report.error(
            match refused.and_then(|path| self.place_of(resource, path)) {
                Some(value) => problem
                    .at(value)
                    .secondary(place, here)
                    .secondary(resource.node.span, REQUESTED_BY)
                    .help("change the value"),
                None => problem
                    .at(resource.node.span)
                    .secondary(place, here)
                    .help(help),
            },
        )
    }

    /// Reads a rendered section as YAML.
    fn read(
        &self,
        resource: &mut CurrentResource<'_>,
        name: &'static str,
        section: &SectionTemplate,
        rendered: Rendered,
        report: &mut Report,
    ) -> Result<Option<LazyNode>, Reported> {
        let Some(source) = resource.places.take() else {
            return Ok(None);
        };
        let Rendered { text, pieces, .. } = rendered;
        let computed = computed_ranges(&pieces, text.len());
        let known = section.patterns.read(source, &text, &computed);
        // Of a mapping that needs no parsing, nothing else can be wrong, and only its data is kept.
        let is_only_data =
            |tree: &LazyNode| DATA.contains(&name) && matches!(tree.outline().kind, Kind::Map(_));
        if !known.as_ref().is_some_and(is_only_data) {
            let title = format!("rendered `{name}` of {}", resource.node.uid);
            let origin = RenderedFrom::new(Arc::clone(&section.text), &text, pieces);
            debug_assert_eq!(origin.text(self.sources), text);
            self.sources.set_generated(source, title, Box::new(origin));
        }
        if self.context.requirements.sections.contains(&name) {
            self.check_secrets(resource, name, (source, &text), report)?;
        }
        let mut documents = match known {
            Some(tree) => vec![tree],
            None => self.parse(resource, section, (name, source), &computed, report)?,
        };
        if let Some(second) = documents.get(1) {
            let problem = resource.section_problem(
                &WRONG_SECTION_TYPE,
                name,
                "must be one YAML document, this begins a second one",
            );
            let help = "merge the documents into one";
            return Err(report.error(
                self.in_rendered(problem, Some(second.span), resource)
                    .help(help),
            ));
        }
        let Some(tree) = documents.drain(..).next() else {
            return Ok(None);
        };
        let is_list = matches!(name, "manifests" | "info_logs");
        match (&tree.outline().kind, is_list) {
            (Kind::Null, _) => Ok(None),
            (Kind::List(_), true) | (Kind::Map(_), false) => Ok(Some(tree)),
            _ => {
                let expected = if is_list { "a list" } else { "a mapping" };
                let what = format!("must be {expected}, this is {}", tree.kind_name());
                let problem = resource.section_problem(&WRONG_SECTION_TYPE, name, &what);
                Err(report.error(
                    self.in_rendered(problem, Some(tree.span), resource)
                        .help(format!("make the template render to {expected}")),
                ))
            }
        }
    }

    /// Reports a reference to a secret in a section for the target, where it has no meaning.
    fn check_secrets(
        &self,
        resource: &CurrentResource<'_>,
        name: &str,
        (source, text): (SourceId, &str),
        report: &mut Report,
    ) -> Result<(), Reported> {
        let Some(start) = find_secret(text) else {
            return Ok(());
        };
        let problem = resource.section_problem(
            &SECRET_NOT_ALLOWED,
            name,
            "contains a reference to a secret, which is not supported there",
        );
        let place = Span::new(source, start, start + 1);
        let help =
            "make the object refer to the secret itself, or do not pass the secret as a param";
        Err(report.error(self.in_rendered(problem, Some(place), resource).help(help)))
    }

    /// The YAML documents of a rendered section.
    fn parse(
        &self,
        resource: &CurrentResource<'_>,
        section: &SectionTemplate,
        (name, source): (&str, SourceId),
        computed: &[Range<usize>],
        report: &mut Report,
    ) -> Result<Vec<LazyNode>, Reported> {
        let mut syntax = Report::default();
        let documents = parse::yaml_documents(self.sources, source, &mut syntax);
        if let ([tree], true) = (documents.as_slice(), syntax.is_empty()) {
            let text = self.sources.text(source);
            section.patterns.learn(text, computed, tree);
        }
        if syntax.result().is_err() {
            for diagnostic in syntax.in_order().into_iter().take(MAX_ERRORS) {
                let what = format!("did not render to valid YAML: {}", diagnostic.cause());
                let problem = resource.section_problem(&SECTION_SYNTAX, name, &what);
                let problem = self.in_rendered(problem, diagnostic.span(), resource);
                report.push(problem.help(VALID_YAML_HELP));
            }
        }
        syntax.result()?;
        Ok(documents.into_iter().map(LazyNode::from).collect())
    }

    /// Places a problem of rendered text at the template line that wrote it, and shows the rendered
    /// text too.
    pub(crate) fn in_rendered(
        &self,
        problem: Problem,
        place: Option<Span>,
        resource: &CurrentResource<'_>,
    ) -> Problem {
        let problem = match place {
            Some(place) => problem.at_rendered(self.sources, place),
            None => problem.at(resource.definition.uri.span),
        };
        problem.secondary(resource.node.span, REQUESTED_BY)
    }
}
