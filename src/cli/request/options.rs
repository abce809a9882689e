//! What the settings of an environment and the flags say about the output.

use std::collections::BTreeMap;

use super::{InputFlags, mounts};
use crate::project::environment::Environment;
use compiler::compile::Request;
use compiler::defaults::Defaults;
use compiler::features::Features;
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};

impl<E: clap::Args> InputFlags<E> {
    /// Sets the options of an environment, and its defaults.
    pub(super) fn set_options(
        &self,
        request: &mut Request<'_>,
        environment: &Environment,
        report: &mut Report,
    ) {
        request.defaults = Defaults::new(environment.defaults());
        let options = &mut request.options;
        let declared = environment.namespace().map(|name| name.value);
        options.namespace = self.names.namespace.clone().or(declared);
        options.http_probes = true;
        options.generate_namespace = environment
            .generates_namespace()
            .is_some_and(|flag| flag.value);
        options.lifetime = environment
            .preview()
            .and_then(|preview| preview.lifetime.as_ref())
            .map(|lifetime| lifetime.value.clone());
        options.pod_security = environment
            .pod_security()
            .map_or_else(Default::default, |setting| setting.value);
        options.features = Features::new(environment.features());
        if let Some(values) = &request.written_values {
            let ((), reported) = report.observe(|report| {
                environment.target.read_values(values, options, report);
            });
            if let Err(error) = reported {
                request.incomplete.fail(error);
            }
        }
        let secrets = environment.first(|file| file.secrets.as_ref());
        if let Some(setting) = secrets {
            (options.secrets, options.secrets_span) = (setting.value, Some(setting.span));
            options.secret_store = environment.secret_store().cloned();
        }
        // It starts with `./`, so that Compose never takes it for the name of a volume.
        options.mounts_in_output = format!("./{}", mounts(environment).display());
    }

    /// The places of the keys and flags that decide values of the output.
    pub(in crate::cli) fn setting_places(
        &self,
        request: &Request<'_>,
        environment: &Environment,
        sources: &mut Sources,
    ) -> BTreeMap<&'static str, Span> {
        let key = |name, span: Option<Span>| span.map(|span| (name, span));
        let mut flag = |name: &'static str, value: &Option<String>| {
            let value = value.as_ref()?;
            Some(Span::new(sources.add(name, value.as_str()), 0, value.len()))
        };
        let namespace = flag("--namespace", &self.names.namespace);
        let project = flag("--project", &self.names.project);
        let namespace = namespace.or(environment.namespace().map(|one| one.span));
        let project = project.or(environment
            .first(|file| file.project.as_ref())
            .map(|one| one.span));
        let generated = environment.generates_namespace();
        let lifetime = environment
            .preview()
            .and_then(|preview| preview.lifetime.as_ref());
        let security = environment.pod_security();
        let keys = [
            key("namespace", namespace),
            key("project", project),
            key("generateNamespace", generated.map(|one| one.span)),
            key("lifetime", lifetime.map(|one| one.span)),
            key("podSecurity", security.map(|one| one.span)),
            key("secrets", request.options.secrets_span),
        ];
        keys.into_iter().flatten().collect()
    }
}
