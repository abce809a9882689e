//! Plans a container.

use super::{Container, Planner, Volume, not_a_volume, outputs_of};
use crate::decode::process_text::{NUL_CHARACTER, has_nul};
use crate::defaults::settings::ProbeDefaults;
use crate::link::LinkedWorkload;
use crate::model::{self, VolumeMount};
use crate::placeholder::resolve::{Outputs, ResolvedText, Segment, resolve};
use crate::placeholder::{Reference, Text};
use diagnostics::redaction::is_secret_key;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{ReservedSources, Spanned};

rules! {
    /// A variable, command or file takes a secret of the run's environment, and everybody who can
    /// read the output can read it.
    pub PLAIN_SECRET: "plain-secret", Warning;
}

const NUL_HELP: &str = "correct the definition or program that provides it";

impl Planner<'_> {
    /// Plans a container; `numbers` are for the files that it takes from beside its Score file.
    pub(super) fn container(
        &self,
        linked: &LinkedWorkload,
        container: &model::Container,
        numbers: &mut ReservedSources,
        report: &mut Report,
    ) -> Container {
        let image = self.image(linked, container, report);
        let command = self.texts(linked, &container.command, "an item of `command`", report);
        let args = self.texts(linked, &container.args, "an item of `args`", report);
        let mut variables: Vec<(Spanned<String>, ResolvedText)> =
            Vec::with_capacity(container.variables.len());
        for variable in &container.variables {
            let what = format!("the variable `{}`", variable.name.value);
            let value = self.text(linked, &variable.value, &what, report);
            if value.is_ok() && !self.context.defers_variables {
                let (text, name) = (&variable.value, &variable.name.value);
                self.check_plain_secrets(linked, text, &what, name, true, report);
            }
            variables.extend(value.ok().map(|value| (variable.name.clone(), value)));
        }
        let mut files = Vec::with_capacity(container.files.len());
        for file in &container.files {
            files.extend(self.file(linked, file, numbers, report));
        }
        files.sort_by(|left, right| left.target.value.cmp(&right.target.value));
        let mut volumes = Vec::with_capacity(container.volumes.len());
        for mount in &container.volumes {
            volumes.extend(self.volume(linked, mount, report));
        }
        volumes.sort_by(|left, right| left.target.value.cmp(&right.target.value));
        let mut before = container.before.clone();
        before.sort_by(|left, right| left.container.value.cmp(&right.container.value));
        let mut planned = Container {
            name: container.name.clone(),
            image,
            build: container.build.clone(),
            command,
            args,
            variables,
            files,
            volumes,
            before,
            limits: container.compute.limits.clone(),
            requests: container.compute.requests.clone(),
            liveness: container.liveness.clone(),
            readiness: container.readiness.clone(),
            probes: ProbeDefaults::default(),
        };
        planned.link_variables(report);
        planned
    }

    /// Reports each secret of the run's environment in a text that is written with its value, and
    /// hides it in messages. The name of the variable says what is a secret, or `name`, that of
    /// what takes it. `can_refer` says whether the text could be a reference to a Secret instead.
    pub(super) fn check_plain_secrets(
        &self,
        linked: &LinkedWorkload,
        text: &Text,
        what: &str,
        name: &str,
        can_refer: bool,
        report: &mut Report,
    ) {
        for (reference, span) in text.references() {
            let Reference::Resource {
                name: resource,
                path,
            } = reference
            else {
                continue;
            };
            let Some(Outputs::Environment { secret_possible }) =
                outputs_of(self.provisioned, linked, resource)
            else {
                continue;
            };
            let source = path.join(".");
            let is_secret = is_secret_key(&source) || is_secret_key(name);
            let value = self.context.host.project_variable(&source);
            if let Some(value) = value.filter(|value| is_secret && !value.is_empty()) {
                self.sources.secrets().add(&value);
                let message =
                    format!("{what} contains the secret `{source}`, and so does the output");
                let help = match (can_refer, secret_possible) {
                    (false, _) => "pass it in a variable that the program reads",
                    (true, true) => {
                        "read it from a Secret in the cluster with `--set environment.secret=NAME`"
                    }
                    (true, false) => {
                        "use a definition that refers to a Secret with `encodeSecretRef`"
                    }
                };
                report.push(Problem::new(&PLAIN_SECRET, message).at(span).help(help));
            }
        }
    }

    /// The name of the image; `None` for `.`, which is built. Without a build, a later run is given
    /// the image.
    fn image(
        &self,
        linked: &LinkedWorkload,
        container: &model::Container,
        report: &mut Report,
    ) -> Option<ResolvedText> {
        let image = &container.image;
        match (image.as_plain(), &container.build) {
            (Some("."), Some(_)) => None,
            (Some("."), None) => Some(ResolvedText::unknown(image.span)),
            _ => Some(self.text_or_unknown(linked, image, "`image`", report)),
        }
    }

    fn text_or_unknown(
        &self,
        linked: &LinkedWorkload,
        text: &Text,
        what: &str,
        report: &mut Report,
    ) -> ResolvedText {
        let resolved = self.text(linked, text, what, report);
        resolved.unwrap_or_else(|_| ResolvedText::unknown(text.span))
    }

    /// A text for a process, in which the target may leave variables open. `what` names it in
    /// messages.
    fn text(
        &self,
        linked: &LinkedWorkload,
        text: &Text,
        what: &str,
        report: &mut Report,
    ) -> Result<ResolvedText, Reported> {
        let resolved = self.in_scope(linked, self.context.defers_variables, |scope| {
            resolve(text, scope, report)
        })?;
        let has_nul =
            |segment: &Segment| matches!(segment, Segment::Plain(text) if text.contains('\0'));
        if resolved.segments.iter().any(has_nul) {
            let problem = Problem::new(
                &NUL_CHARACTER,
                format!("{what} contains a NUL character, which comes from a placeholder"),
            );
            return Err(report.error(problem.at(resolved.span).help(NUL_HELP)));
        }
        Ok(resolved)
    }

    fn texts(
        &self,
        linked: &LinkedWorkload,
        texts: &[Text],
        what: &str,
        report: &mut Report,
    ) -> Vec<ResolvedText> {
        texts
            .iter()
            .map(|text| {
                if !self.context.defers_variables {
                    self.check_plain_secrets(linked, text, what, "", false, report);
                }
                self.text_or_unknown(linked, text, what, report)
            })
            .collect()
    }

    fn volume(
        &self,
        linked: &LinkedWorkload,
        mount: &VolumeMount,
        report: &mut Report,
    ) -> Option<Volume> {
        let name = &mount.resource;
        let index = *linked.resources.get(&name.value)?;
        let declared = linked.workload.resources.get(&name.value)?.kind.span;
        let uid = self.resources[index].uid.clone();
        let outputs = &self.provisioned[index].outputs;
        if *outputs == Outputs::Unknown {
            return None;
        }
        let Outputs::Values(outputs) = outputs else {
            let message = format!("`{uid}` is an environment, not a volume");
            let problem = not_a_volume(message, name.span, declared);
            report.push(problem.help("use a resource of type `volume`"));
            return None;
        };
        if outputs.values().any(has_nul) {
            let message = format!("an output of the volume `{uid}` contains a NUL character");
            let problem = Problem::new(&NUL_CHARACTER, message).at(name.span);
            report.push(problem.help(NUL_HELP));
            return None;
        }
        Some(Volume {
            target: mount.target.clone(),
            claim: self
                .context
                .identity
                .claim(&linked.workload.name.value, &uid)
                .map(str::to_owned),
            uid,
            span: name.span,
            declared,
            outputs: outputs.clone(),
            path: mount.path.clone(),
            read_only: mount.read_only,
        })
    }
}
