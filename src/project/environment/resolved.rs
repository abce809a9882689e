//! One environment merged with everything that it extends.
//!
//! An environment takes precedence over what it extends: its definitions are matched first, its
//! overrides and patches are applied last, its values and names replace the others.

use std::path::Path;
use std::rc::Rc;

use indexmap::IndexMap;

use super::base::Base;
use super::extends::ExtendsChain;
use super::external_workloads;
use super::file::{EnvironmentFile, ForContainer, ListEntry, unread};
use super::list::{self, ListItem};
use super::patches::PatchRef;
use super::preview::{self, INVALID_PREVIEW, Preview};
use super::source::{BUILTIN, Purpose, Source, SourceRef};
use super::{ENVIRONMENTS, TARGETS};
use crate::report::lint_levels::{RuleLevels, read_rules};
use crate::system::os;
use compiler::identity::Identity;
use compiler::model::{Build, is_dns_label};
use compiler::patch::Patchable;
use compiler::policy::{Exceptions, PolicyProgram};
use compiler::provision::ExternalWorkloads;
use compiler::recovery::{Incomplete, Part};
use compiler::support::path::from;
use compiler::targets::known_kinds;
use compiler::targets::publish::Publish;
use compiler::targets::secret_store::SecretStore;
use compiler::targets::target::{PodSecurity, SecretsSetting, Target};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::list_names;
use yaml::rules::MISSING_KEY;
use yaml::{Entries, Kind, Node};

rules! {
    /// An environment has a setting that only the other target supports.
    pub WRONG_TARGET: "wrong-target", Error;
}

/// An environment.
pub struct Environment {
    /// Its name, which is a part of derived names.
    pub name: String,
    /// The target; meaningless when it could not be read.
    pub target: &'static dyn Target,
    /// The parts that could not be read. There is no output for an incomplete environment.
    pub incomplete: Incomplete,
    /// Its own file first; empty for a built-in environment.
    files: Vec<Rc<EnvironmentFile>>,
    /// The built-in environment that the last file extends.
    built_in: Option<&'static dyn Target>,
}

/// A file to merge into workloads.
pub struct OverrideFile {
    /// The workload; every workload when `None`.
    pub workload: Option<Spanned<String>>,
    /// The file, and where the environment names it.
    pub source: SourceRef,
}

impl Environment {
    /// A built-in environment.
    pub fn built_in(target: &'static dyn Target) -> Environment {
        Environment {
            name: target.name().to_owned(),
            target,
            incomplete: Incomplete::default(),
            files: Vec::new(),
            built_in: None,
        }
    }

    /// Whether it is one that every project has.
    pub fn is_built_in(&self) -> bool {
        self.files.is_empty()
    }

    /// An environment of which nothing is known.
    pub fn unknown(reported: Reported) -> Environment {
        Environment {
            incomplete: unread(reported),
            ..Environment::built_in(TARGETS[0])
        }
    }

    /// Merges a chain. Reports a missing target and keys of another target.
    pub(super) fn merge(chain: ExtendsChain, report: &mut Report) -> Environment {
        let ExtendsChain {
            files,
            built_in,
            broken,
        } = chain;
        let mut incomplete = Incomplete::default();
        files
            .iter()
            .for_each(|file| incomplete.merge(&file.incomplete));
        if let Some(reported) = broken {
            let has_definitions = !incomplete.lacks(&Part::Definitions);
            incomplete.merge(&unread(reported));
            if has_definitions {
                incomplete.remove(&Part::Definitions);
            }
        }
        // The first file with a target, or whose target could not be read.
        let deciding = files
            .iter()
            .find(|file| file.target.is_some() || file.incomplete.lacks(&Part::Target));
        let written = deciding.and_then(|file| file.target.as_ref());
        let target = written
            .map(|target| target.value)
            .or(built_in.filter(|_| deciding.is_none()));
        match target {
            Some(_) => incomplete.remove(&Part::Target),
            None => incomplete.add(Part::Target),
        }
        let mut local_report = Report::default();
        match target {
            Some(target) => {
                let place = written.map(|target| target.span);
                check_targets(&files, target, place, &mut local_report);
                let secrets = files.iter().find_map(|file| file.secrets.as_ref());
                if let Some(setting) = secrets {
                    check_secrets(setting, target, place, &mut local_report);
                }
            }
            None if deciding.is_none() && broken.is_none() => {
                report_missing_target(&files, &mut local_report);
            }
            None => {}
        }
        check_extended_previews(&files, &mut local_report);
        let name = files
            .first()
            .map_or_else(String::new, |file| file.name.clone());
        let mut environment = Environment {
            name,
            target: target.unwrap_or(TARGETS[0]),
            incomplete,
            files,
            built_in,
        };
        environment.check_preview_namespace(&mut local_report);
        if let Err(error) = local_report.result() {
            environment.incomplete.fail(error);
        }
        report.merge(local_report);
        // Another number, which a run compares with, may well have the namespace.
        environment.check_own_namespace(report);
        environment
    }

    /// The settings of previews, if it is an environment of them.
    pub fn preview(&self) -> Option<&Preview> {
        self.file()?.preview.as_ref()
    }

    /// The environment that a preview extends.
    pub fn extended(&self) -> Option<Environment> {
        self.preview()?;
        let files = self.files.get(1..)?;
        match (files.first(), self.built_in) {
            (Some(file), built_in) => Some(Environment {
                name: file.name.clone(),
                target: self.target,
                incomplete: self.incomplete.clone(),
                files: files.to_vec(),
                built_in,
            }),
            (None, Some(target)) => Some(Environment::built_in(target)),
            (None, None) => None,
        }
    }

    /// The namespace of its objects. That of a preview has its name.
    pub fn namespace(&self) -> Option<Spanned<String>> {
        let declared = self.first_for("namespace", |file| file.namespace.as_ref());
        match self.preview() {
            Some(preview) => preview.namespace.clone().or_else(|| {
                let name = format!("{}-{}", declared?.value, preview.name);
                Some(Spanned::new(name, preview.span))
            }),
            None => declared.cloned(),
        }
    }

    /// Reports a default namespace of a preview that is too long.
    fn check_preview_namespace(&self, report: &mut Report) {
        let namespace = self.namespace().filter(|_| self.preview().is_some());
        let is_valid = |name: &str| preview::is_open(name) || is_dns_label(name);
        if let Some(namespace) = namespace.filter(|name| !is_valid(&name.value)) {
            let length = namespace.value.len();
            let message = format!(
                "the namespace `{}` of this preview has {length} characters",
                namespace.value
            );
            let problem = Problem::new(&INVALID_PREVIEW, message).at(namespace.span);
            report.push(problem.help("add a `namespace` of at most 63 to `preview`"));
        }
    }

    /// Reports a preview that has the namespace of the environment that it extends.
    fn check_own_namespace(&self, report: &mut Report) {
        let Some((extended, namespace)) = self.extended().zip(self.namespace()) else {
            return;
        };
        if let Some(same) = extended
            .namespace()
            .filter(|other| other.value == namespace.value)
        {
            let message = format!(
                "this preview has the namespace `{}` of `{}`, which it extends",
                namespace.value, extended.name
            );
            let problem = Problem::new(&INVALID_PREVIEW, message)
                .at(namespace.span)
                .secondary(same.span, "also here");
            report.push(problem.help("write another `namespace` in `preview`"));
        }
    }

    /// Whether the namespace is part of the output. That of a preview is, unless its file says
    /// something else: nobody makes one for each of them.
    pub fn generates_namespace(&self) -> Option<Spanned<bool>> {
        match self.file().zip(self.preview()) {
            Some((file, preview)) => file
                .generate_namespace
                .clone()
                .or(Some(Spanned::new(true, preview.span))),
            None => self
                .first_for("generateNamespace", |file| file.generate_namespace.as_ref())
                .cloned(),
        }
    }

    /// The path of its output. A preview never writes over the output of what it extends.
    pub fn output(&self) -> Option<&Spanned<String>> {
        match self.preview() {
            Some(_) => self.file()?.output.as_ref(),
            None => self.first(|file| file.output.as_ref()),
        }
    }

    /// An error when anything is wrong with it, which was reported.
    pub fn require_complete(&self) -> Result<(), Reported> {
        self.incomplete.require_complete()
    }

    /// What distinguishes its objects from those of other environments. Names are unique only in
    /// `environments/`, so an environment elsewhere also has its path, unless it sets `identity`.
    pub fn identity(&self) -> Identity {
        Identity {
            preview: self.preview().map(|preview| preview.name.clone()),
            ..self.identity_of_all()
        }
    }

    /// The identity, which all its previews share.
    fn identity_of_all(&self) -> Identity {
        if let Some(name) = self.file().and_then(|file| file.identity.as_ref()) {
            return Identity {
                environment: name.value.clone(),
                ..Identity::default()
            };
        }
        let directory = self.files.first().and_then(|file| file.base.directory());
        let place = directory.map(|directory| match os::current_directory() {
            Ok(project) => from(&project, &project.join(directory)),
            Err(_) => directory.to_owned(),
        });
        let place = place.filter(|place| *place != Path::new(ENVIRONMENTS).join(&self.name));
        let place = place.map(|place| place.display().to_string());
        Identity {
            environment: self.name.clone(),
            place,
            ..Identity::default()
        }
    }

    /// Its own file; `None` for a built-in environment.
    pub fn file(&self) -> Option<&EnvironmentFile> {
        self.files.first().map(Rc::as_ref)
    }

    /// What pods of its workloads are not allowed to do.
    pub fn pod_security(&self) -> Option<&Spanned<PodSecurity>> {
        self.first_for("podSecurity", |file| file.pod_security.as_ref())
    }

    /// The files by increasing precedence, for a key that not every target has: what both targets
    /// extend may have keys of both.
    fn files_for(&self, key: &'static str) -> impl DoubleEndedIterator<Item = &EnvironmentFile> {
        let has_it = |target: &dyn Target| target.info().environment_keys.contains(&key);
        let is_for_other = !has_it(self.target) && TARGETS.into_iter().any(has_it);
        let files = self.files.iter().rev().map(Rc::as_ref);
        files.filter(move |_| !is_for_other)
    }

    /// As [`Environment::first`], for a key that not every target has.
    fn first_for<T>(
        &self,
        key: &'static str,
        value: impl Fn(&EnvironmentFile) -> Option<&T>,
    ) -> Option<&T> {
        self.files_for(key).rev().find_map(value)
    }

    /// A key of the first file that has it.
    pub fn first<T>(
        &self,
        key: impl Fn(&EnvironmentFile) -> Option<&Spanned<T>>,
    ) -> Option<&Spanned<T>> {
        self.files.iter().find_map(|file| key(file))
    }

    /// The store of its secrets, where the first file that says where they are names one.
    pub fn secret_store(&self) -> Option<&SecretStore> {
        let file = self.files.iter().find(|file| file.secrets.is_some())?;
        file.secret_store.as_ref()
    }

    /// The files by increasing precedence.
    fn by_precedence(&self) -> impl Iterator<Item = &EnvironmentFile> {
        self.files.iter().rev().map(Rc::as_ref)
    }

    /// The sources of its definitions, in the order in which they are matched.
    pub fn provisioners(&self) -> Vec<SourceRef> {
        let mut list = Vec::new();
        for file in &self.files {
            let sources = file.provisioners.as_deref();
            if file.incomplete.lacks(&Part::Definitions)
                && sources.is_none_or(|sources| sources.iter().all(Option::is_some))
            {
                list.push(SourceRef::implicit(Source::Unreadable));
            }
            match sources {
                Some(sources) => list.extend(sources.iter().map(|source| match source {
                    Some(source) => SourceRef::written(source, Purpose::Definitions, &file.base),
                    None => SourceRef::implicit(Source::Unreadable),
                })),
                None => list.push(SourceRef::implicit(file.base.as_source())),
            }
        }
        if self.incomplete.lacks(&Part::Extends) {
            list.push(SourceRef::implicit(Source::Unreadable));
        }
        // Without the key, the embedded definitions come after all files.
        if self
            .files
            .last()
            .is_none_or(|file| file.provisioners.is_none())
        {
            list.push(SourceRef::implicit(Source::Builtin));
        }
        list
    }

    /// The types of the built-in definitions that it uses: those of the first file that mentions
    /// them. All when `None`.
    pub fn builtin_kinds(&self) -> Option<&Spanned<Vec<String>>> {
        let mentions = |file: &&Rc<EnvironmentFile>| {
            let sources = file.provisioners.iter().flatten().flatten();
            sources.into_iter().any(|source| source.value == BUILTIN)
        };
        let file = self.files.iter().find(mentions)?;
        file.builtin_kinds.as_ref()
    }

    /// The types of resources that it forbids, each with a sentence: a mapping.
    pub fn forbidden_types(&self) -> Option<Node> {
        self.merged(|file| file.forbidden_types.as_ref())
    }

    /// The levels of rules, as they are written: a mapping.
    pub fn written_rules(&self) -> Option<Node> {
        self.merged(|file| file.rules.as_ref())
    }

    /// The levels of rules, unless the project file or a flag sets others.
    pub(crate) fn levels(&self) -> RuleLevels {
        let node = self.written_rules();
        // What is wrong with it was reported for the file that it is in.
        let levels = node.map(|node| read_rules(&node, &mut Report::default()));
        levels.unwrap_or_default()
    }

    /// Its patches, in the order in which they are applied.
    pub fn patches(&self) -> Vec<PatchRef<'_>> {
        self.by_precedence()
            .flat_map(|file| {
                let patches = file.patches.iter();
                patches.map(|patch| patch.item(Purpose::Patches, &file.base))
            })
            .collect()
    }

    /// What patches of workloads may change, as it is written: a mapping.
    pub fn written_patchable(&self) -> Option<Node> {
        self.merged(|file| file.patchable.as_ref())
    }

    /// What patches of workloads may change; `None` when no file has the key.
    pub fn patchable(&self) -> Option<Patchable> {
        let node = self.written_patchable()?;
        // What is wrong with it was reported for the file that it is in.
        Some(Patchable::read(
            &node,
            known_kinds(),
            &mut Report::default(),
        ))
    }

    /// The sources of its schemas of custom kinds.
    pub fn schemas(&self) -> Vec<SourceRef> {
        self.files_for("schemas")
            .flat_map(|file| {
                let schemas = file.schemas.iter();
                schemas.map(|source| SourceRef::written(source, Purpose::Schemas, &file.base))
            })
            .collect()
    }

    /// Its policies: sources, and programs.
    pub fn policies(&self) -> Vec<ListItem<'_, PolicyProgram>> {
        self.files_for("policies")
            .flat_map(|file| {
                let policies = file.policies.iter();
                policies.map(|policy| policy.item(Purpose::Policies, &file.base))
            })
            .collect()
    }

    /// The programs among its policies. Their paths are relative to the directory of the environment.
    pub fn policy_programs(&self) -> Vec<PolicyProgram> {
        let programs = self.files_for("policies").flat_map(|file| {
            let programs = file.policies.iter().filter_map(|policy| match policy {
                ListEntry::Source(_) => None,
                ListEntry::Inline(program, _) => Some(program),
            });
            programs.map(|program| match &file.base {
                Base::Directory(directory) => program.relative_to(directory),
                // A path is refused where the file is read.
                Base::Remote(_) => program.as_ref().clone(),
            })
        });
        programs.collect()
    }

    /// The first setting of `exceptions`.
    pub fn first_exceptions(&self) -> Option<&Spanned<Exceptions>> {
        self.first_for("exceptions", |file| file.exceptions.as_ref())
    }

    /// Whether Score files can have exceptions from policies, and where that is written. An
    /// environment that extends cannot allow them again.
    pub fn exceptions(&self) -> Option<Spanned<Exceptions>> {
        let settings = self
            .files_for("exceptions")
            .filter_map(|file| file.exceptions.as_ref());
        settings
            .min_by_key(|one| one.value != Exceptions::None)
            .cloned()
    }

    /// The labels of its namespace.
    pub fn namespace_labels(&self) -> Option<&Node> {
        self.first_for("namespaceLabels", |file| file.namespace_labels.as_ref())
    }

    /// The sources of its patches.
    pub fn patch_sources(&self) -> Vec<SourceRef> {
        list::sources(&self.patches())
    }

    /// Everything that it names, and what that is for.
    pub fn sources(&self) -> Vec<(SourceRef, Purpose)> {
        let overrides = self.overrides().into_iter().map(|file| file.source);
        let lists = [
            (self.provisioners(), Purpose::Definitions),
            (self.patch_sources(), Purpose::Patches),
            (self.schemas(), Purpose::Schemas),
            (list::sources(&self.policies()), Purpose::Policies),
            (overrides.collect(), Purpose::Overrides),
        ];
        let of_list = |(list, purpose): (Vec<SourceRef>, Purpose)| {
            list.into_iter().map(move |source| (source, purpose))
        };
        lists.into_iter().flat_map(of_list).collect()
    }

    /// Whether anything of it is remote.
    pub fn is_remote(&self) -> bool {
        let has_url = |file: &Rc<EnvironmentFile>| matches!(file.base, Base::Remote(_));
        let mut sources = self.sources().into_iter();
        self.files.iter().any(has_url)
            || sources.any(|(source, _)| matches!(source.source, Source::Remote(_)))
    }

    /// The files to merge into workloads, in this order.
    pub fn overrides(&self) -> Vec<OverrideFile> {
        self.by_precedence()
            .flat_map(|file| {
                file.overrides.iter().map(|entry| OverrideFile {
                    workload: entry.workload.clone(),
                    source: SourceRef::written(&entry.file, Purpose::Overrides, &file.base),
                })
            })
            .collect()
    }

    /// Its images, by `WORKLOAD` or `WORKLOAD.CONTAINER`.
    pub fn images(&self) -> IndexMap<&str, &ForContainer<String>> {
        let all = self.by_precedence().flat_map(|file| &file.images);
        all.map(|(key, image)| (key.as_str(), image)).collect()
    }

    /// Its builds, by `WORKLOAD` or `WORKLOAD.CONTAINER`.
    pub fn builds(&self) -> IndexMap<&str, &ForContainer<Build>> {
        self.files_for("builds")
            .flat_map(|file| &file.builds)
            .map(|(key, build)| (key.as_str(), build))
            .collect()
    }

    /// The ports of the host that it publishes.
    pub fn publish(&self) -> impl Iterator<Item = &Spanned<(String, Publish)>> {
        self.files_for("publish").flat_map(|file| &file.publish)
    }

    /// Its merged values, each with its place: a mapping. `None` when no file has the key.
    pub fn values(&self) -> Option<Node> {
        self.merged(|file| file.values.as_ref())
    }

    /// Its defaults, each with its place: a mapping. `None` when no file has the key.
    pub fn defaults(&self) -> Option<Node> {
        self.merged(|file| file.defaults.as_ref())
    }

    /// Its features, each with its place: a mapping. `None` when no file has the key.
    pub fn features(&self) -> Option<Node> {
        self.merged(|file| file.features.as_ref())
    }

    /// The workloads that it declares to run elsewhere, as they are written: a mapping.
    pub fn written_external_workloads(&self) -> Option<Node> {
        self.merged(|file| file.external_workloads.as_ref())
    }

    /// The workloads that it declares to run elsewhere; `None` when no file has the key.
    pub fn external_workloads(&self) -> Option<ExternalWorkloads> {
        let node = self.written_external_workloads()?;
        // What is wrong with it was reported for the file that it is in.
        Some(external_workloads::read(&node, &mut Report::default()))
    }

    /// The mappings of a key, merged; `None` when no file has the key.
    fn merged<'a>(&'a self, key: impl Fn(&'a EnvironmentFile) -> Option<&'a Node>) -> Option<Node> {
        let mut written = self.by_precedence().filter_map(key).peekable();
        let mut merged = Node {
            span: written.peek()?.span,
            kind: Kind::Map(Entries::new()),
        };
        written.for_each(|value| merged.merge(value));
        Some(merged)
    }
}

/// Reports environments of previews that others extend.
fn check_extended_previews(files: &[Rc<EnvironmentFile>], report: &mut Report) {
    for pair in files.windows(2) {
        let [file, extended] = pair else { continue };
        if let (Some(preview), Some(extends)) = (&extended.preview, &file.extends) {
            let message = format!("`{}` is an environment of previews", extended.name);
            let problem = Problem::new(&INVALID_PREVIEW, message)
                .at(extends.span)
                .secondary(preview.span, "`preview` is here");
            report.push(problem.help("extend the environment that it extends"));
        }
    }
}

fn report_missing_target(files: &[Rc<EnvironmentFile>], report: &mut Report) -> Reported {
    let (name, place) = files
        .first()
        .map_or(("", None), |file| (file.name.as_str(), Some(file.start)));
    let message = match files.len() {
        1 => format!("the environment `{name}` needs the key `target`"),
        _ => {
            let others = list_names(files[1..].iter().map(|file| file.name.as_str()));
            format!(
                "the environment `{name}` needs the key `target`, which {others} does not have either"
            )
        }
    };
    let problem =
        Problem::new(&MISSING_KEY, message).help("add `target: compose` or `target: kubernetes`");
    report.error(match place {
        Some(place) => problem.at(place),
        None => problem,
    })
}

/// Reports a place for secrets that the target does not have.
fn check_secrets(
    setting: &Spanned<SecretsSetting>,
    target: &dyn Target,
    place: Option<Span>,
    report: &mut Report,
) {
    let settings = target.info().secrets;
    if settings.contains(&setting.value) {
        return;
    }
    let message = format!(
        "{} does not support `secrets: {}`",
        target.name(),
        setting.value.name()
    );
    let mut problem = Problem::new(&WRONG_TARGET, message).at(setting.span);
    if let Some(place) = place {
        problem = problem.secondary(place, "the target is set here");
    }
    let names = list_names(settings.iter().map(|setting| setting.name()));
    report.push(problem.help(format!("use one of {names}, or remove `secrets`")));
}

/// Reports keys of another target, which would have no effect. An environment that is extended may
/// be shared by both targets, unless it names its own.
fn check_targets(
    files: &[Rc<EnvironmentFile>],
    target: &dyn Target,
    place: Option<Span>,
    report: &mut Report,
) {
    for (index, file) in files.iter().enumerate() {
        let own = file.target.as_ref().map(|own| (own.value, Some(own.span)));
        match own {
            Some((own, place)) => check_target(file, own, place, report),
            None if index == 0 => check_target(file, target, place, report),
            None => {}
        }
    }
}

/// Reports keys of another target, which would have no effect.
fn check_target(
    file: &EnvironmentFile,
    target: &dyn Target,
    place: Option<Span>,
    report: &mut Report,
) {
    for (key, other) in file
        .target_keys
        .iter()
        .filter(|(_, other)| *other != target.name())
    {
        let message = format!(
            "`{}` is for {other}, but this environment is for {}",
            key.value,
            target.name()
        );
        let mut problem = Problem::new(&WRONG_TARGET, message).at(key.span);
        if let Some(place) = place {
            problem = problem.secondary(place, "the target is set here");
        }
        report.push(problem.help(format!("remove `{}`", key.value)));
    }
}
