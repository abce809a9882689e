//! One section of a definition: rendered, then read as YAML.

use std::ops::Range;
use std::sync::Arc;

use super::template::Current;
use crate::parse;
use crate::placeholder::resolve::{find_secret, mark_secret};
use crate::provision::Run;
use crate::provision::definition::{FUNCTIONS, SectionTemplate, SectionText};
use crate::provision::matching::is_rendered;
use crate::rules::SECRET_NOT_ALLOWED;
use crate::rules::TEMPLATE_ERROR;
use crate::rules::TEMPLATE_NO_VALUE;
use crate::rules::WRONG_SECTION_TYPE;
use crate::support::host::HostError;
use crate::support::random::Key;
use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::{Origin, Sources, Span};
use go_template::{
    Data, ExtraFunction, Limits, Piece, RandomSource, Rendered, TemplateError, Tools, origin,
};
use yaml::{self, Kind, Node as Tree};

rules! {
    /// A section of a provisioner rendered to a text that is not YAML.
    pub SECTION_SYNTAX: "section-syntax", Error;
}

/// Errors in the YAML of one section that are shown: a loop repeats a single mistake a hundred
/// thousand times.
const MOST_ERRORS: usize = 20;

/// Leads a place in rendered text back to the template that wrote it.
#[derive(Debug)]
struct RenderedFrom {
    section: Arc<SectionText>,
    pieces: Vec<Piece>,
    /// How long the rendered text is, in bytes.
    length: usize,
}

impl Origin for RenderedFrom {
    fn place(&self, sources: &Sources, offset: usize) -> Span {
        let start = origin(&self.pieces, offset);
        let line = self
            .section
            .template()
            .get(start..)
            .and_then(|rest| rest.lines().next())
            .map_or(0, str::len);
        self.section.place(sources, start, start + line.max(1))
    }

    fn computed(&self) -> Vec<Range<usize>> {
        let ends = self
            .pieces
            .iter()
            .skip(1)
            .map(|next| next.output)
            .chain([self.length]);
        let pieces = self.pieces.iter().zip(ends);
        pieces
            .filter(|(piece, _)| !piece.verbatim)
            .map(|(piece, end)| piece.output..end)
            .collect()
    }
}

impl Run<'_> {
    /// Renders a section and reads it as YAML; `None` when the definition does not have it or it
    /// comes out empty.
    pub(crate) fn section(
        &self,
        current: &mut Current<'_>,
        name: &'static str,
        report: &mut Report,
    ) -> Result<Option<Tree>, Reported> {
        let definition = current.definition;
        let Some(section) = definition.sections.get(name) else {
            return Ok(None);
        };
        let rendered = self.render(current, name, section, report)?;
        if rendered.text.trim().is_empty() {
            return Ok(None);
        }
        self.read(current, name, section, rendered, report)
    }

    fn render(
        &self,
        current: &Current<'_>,
        name: &str,
        section: &SectionTemplate,
        report: &mut Report,
    ) -> Result<Rendered, Reported> {
        let template = section.template().map_err(|error| {
            self.other_broken_templates(current, name, report);
            self.template_error(current, section, error, report)
        })?;
        let random = |call: u32| self.stream(current, name, call);
        let encode: &ExtraFunction<'_> = &encode_secret_ref;
        let tools = Tools {
            random: &random,
            functions: &[(FUNCTIONS[0], encode)],
            limits: Limits::default(),
        };
        let rendered = template
            .render(&self.data(current), &tools)
            .map_err(|error| {
                // The message may quote what was generated before; all messages are redacted before
                // they are shown.
                error
                    .generated
                    .iter()
                    .for_each(|text| self.sources.secrets().add(text));
                self.template_error(current, section, &error, report)
            })?;
        rendered
            .generated
            .iter()
            .for_each(|text| self.sources.secrets().add(text));
        for (start, end) in &rendered.missing {
            let place = section.text.place(self.sources, *start, *end);
            let message = format!(
                "this rendered as `<no value>` for `{}`: nothing has that name",
                current.node.uid
            );
            let problem = Problem::new(&TEMPLATE_NO_VALUE, message)
                .at(place)
                .secondary(current.node.span, "this resource asks for it");
            report.push_as(
                Severity::Warning,
                problem.help("correct the name, or give a default with `default` or `dig`"),
            );
        }
        Ok(rendered)
    }

    /// The stream of a call of a random function: its own for each resource, section and call, so
    /// that a change of one does not change the others.
    fn stream(
        &self,
        current: &Current<'_>,
        section: &str,
        call: u32,
    ) -> Result<Box<dyn RandomSource>, String> {
        let seed = self.seed.get_or_init(|| {
            self.host.seed().map_err(|refusal| match refusal {
                HostError::NotFound => "there is no seed to derive it from".to_owned(),
                HostError::Failed(why) => format!("the seed cannot be read: {why}"),
            })
        });
        let key: &Key = seed.as_ref().map_err(Clone::clone)?;
        let uid = current.node.uid.to_string();
        let environment = self.settings.identity.key();
        let path = [environment.as_ref(), &uid, section, &call.to_string()];
        Ok(Box::new(
            path.iter()
                .fold(*key, |key, part| key.derive(part))
                .stream(),
        ))
    }

    /// Reports the sections that do not parse beside the one that ends the work on a resource: all
    /// are known by now.
    fn other_broken_templates(&self, current: &Current<'_>, first: &str, report: &mut Report) {
        let needed = |name: &str| is_rendered(name, self.wanted.sections) && name != first;
        for (_, section) in current
            .definition
            .sections
            .iter()
            .filter(|(name, _)| needed(name))
        {
            if let Err(error) = section.template() {
                let _ = self.template_error(current, section, error, report);
            }
        }
    }

    fn template_error(
        &self,
        current: &Current<'_>,
        section: &SectionTemplate,
        error: &TemplateError,
        report: &mut Report,
    ) -> Reported {
        let place = section.text.place(self.sources, error.start, error.end);
        let uid = &current.node.uid;
        let message = format!("`{uid}` cannot be provisioned: {}", error.message);
        let problem = Problem::new(&TEMPLATE_ERROR, message);
        let builtin = current.definition.builtin;
        if let Some(value) = self.refused_value(&error.message).filter(|_| builtin) {
            let problem = problem
                .at(value)
                .secondary(place, "refused by the built-in provisioner here");
            let problem = problem.secondary(current.node.span, "this resource asks for it");
            return report.error(problem.help("change the value"));
        }
        // Nobody can mend an embedded definition, so what it refuses is shown at the resource that
        // asked.
        let problem = match builtin {
            true => problem
                .at(current.node.span)
                .secondary(place, "refused by the built-in provisioner here"),
            false => problem
                .at(place)
                .secondary(current.node.span, "this resource asks for it"),
        };
        report.error(problem.help(match builtin {
            true => "change what the resource asks for, or give a definition of your own with `--provisioners`",
            false => "mend the template, or what the resource passes to it",
        }))
    }

    /// Where a value was written of which an embedded definition says `values.NAME must be ..`.
    fn refused_value(&self, message: &str) -> Option<Span> {
        let (_, rest) = message.split_once("values.")?;
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let entry = self
            .settings
            .written_values?
            .as_map()?
            .get(rest.get(..end)?)?;
        Some(entry.value.span)
    }

    fn read(
        &self,
        current: &mut Current<'_>,
        name: &'static str,
        section: &SectionTemplate,
        rendered: Rendered,
        report: &mut Report,
    ) -> Result<Option<Tree>, Reported> {
        let title = format!("rendered `{name}` of {}", current.node.uid);
        let length = rendered.text.len();
        let origin = RenderedFrom {
            section: Arc::clone(&section.text),
            pieces: rendered.pieces,
            length,
        };
        let Some(source) = current.places.take() else {
            return Ok(None);
        };
        self.sources
            .set_generated(source, title, rendered.text, Box::new(origin));
        if let (Some(place), true) = (
            find_secret(self.sources.text(source)),
            self.wanted.sections.contains(&name),
        ) {
            let message = format!(
                "`{name}` of `{}` holds a reference to a secret, which has no meaning there",
                current.node.uid
            );
            let place = Span::new(source, place, place + 1);
            let problem = self.in_rendered(
                Problem::new(&SECRET_NOT_ALLOWED, message),
                Some(place),
                current,
            );
            return Err(report.error(problem.help(
                "let the object refer to the secret itself, or do not pass the secret as a param",
            )));
        }
        let mut own = Report::default();
        let mut documents = parse::yaml_documents(self.sources, source, &mut own);
        if own.result().is_err() {
            for diagnostic in own.in_order().into_iter().take(MOST_ERRORS) {
                let why = diagnostic.message();
                let why = why.strip_prefix("this is not YAML: ").unwrap_or(why);
                let message = format!(
                    "`{name}` of `{}` did not render to YAML: {why}",
                    current.node.uid
                );
                let problem = self.in_rendered(
                    Problem::new(&SECTION_SYNTAX, message),
                    diagnostic.span(),
                    current,
                );
                let help =
                    "mend the template so that this is valid YAML; `quote` puts a text in quotes";
                report.push(problem.help(help));
            }
        }
        own.result()?;
        if let Some(second) = documents.get(1) {
            let message = format!(
                "`{name}` of `{}` must be one YAML document, this begins a second",
                current.node.uid
            );
            let problem = self.in_rendered(
                Problem::new(&WRONG_SECTION_TYPE, message),
                Some(second.span),
                current,
            );
            return Err(report.error(
                problem.help("join the documents to one, or remove the `---` between them"),
            ));
        }
        let Some(tree) = documents.drain(..).next() else {
            return Ok(None);
        };
        let wants_list = matches!(name, "manifests" | "info_logs");
        match (&tree.kind, wants_list) {
            (Kind::Null, _) => Ok(None),
            (Kind::List(_), true) | (Kind::Map(_), false) => Ok(Some(tree)),
            _ => {
                let wanted = if wants_list { "a list" } else { "a mapping" };
                let message = format!(
                    "`{name}` of `{}` must be {wanted}, this is {}",
                    current.node.uid,
                    tree.kind_name()
                );
                let problem = self.in_rendered(
                    Problem::new(&WRONG_SECTION_TYPE, message),
                    Some(tree.span),
                    current,
                );
                Err(report.error(problem.help(format!("let the template give {wanted}"))))
            }
        }
    }

    /// Points a problem in rendered text at the template line that wrote it, and shows what was
    /// rendered.
    pub(crate) fn in_rendered(
        &self,
        problem: Problem,
        place: Option<Span>,
        current: &Current<'_>,
    ) -> Problem {
        let problem = match place {
            Some(place) => {
                let origin = self.sources.origin(place).unwrap_or(place);
                problem
                    .at(origin)
                    .secondary(place, "this is what it rendered to")
            }
            None => problem.at(current.definition.uri.span),
        };
        problem.secondary(current.node.span, "this resource asks for it")
    }
}

fn encode_secret_ref(arguments: &[Data]) -> Result<Data, String> {
    match arguments {
        [Data::Text(name), Data::Text(key)] => Ok(Data::text(mark_secret(name, key))),
        _ => Err("encodeSecretRef takes a secret's name and a key, both strings".to_owned()),
    }
}
