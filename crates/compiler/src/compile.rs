//! The compiler, stage by stage. This is the only file that names all of them.

pub use crate::request::{Bound, Lacking, Output, Request};

use crate::check::Purpose;
use crate::emit;
use crate::identity::Identity;
use crate::link::{self, Graph};
use crate::model::{Port, Uid, Workload};
use crate::patch::Context as PatchContext;
use crate::provision::library::Asked;
use crate::provision::{
    Binding, Library, Provisioned, ServiceName, Settings, State, Wanted, check_mounts,
    check_templates, check_unused_resources, matching,
};
use crate::support::host::Host;
use crate::support::parallel;
use crate::targets::target::{Lowered, Target};
use crate::{check, decode, overlay, parse, patch, plan, provision};
use diagnostics::report::{Report, Reported};
use diagnostics::source::Sources;

/// What could be read of the Score files of a run, linked.
struct Understood {
    graph: Graph,
    /// Whether that is all of them, without an error. Only then may anything be made of it; else it
    /// is looked at for what further errors it holds.
    sound: Result<(), Reported>,
}

/// Stages 1 to 5, and the files that workloads take from beside them: are these Score files right?
pub fn validate(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Reported> {
    report.collect(|report| {
        let Understood { graph, .. } = understand(sources, request, Purpose::Validate, report);
        plan::check_sources(sources, host, request.file_rules, &graph, report);
    })
}

/// As [`validate`], and also: can the environment's provisioners give what the files ask for?
/// Nothing is run.
pub fn validate_for_environment(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Reported> {
    let sought = report.collect(|report| {
        let sought = seek(sources, request, Purpose::Validate, report);
        check_rest(sources, host, request, &sought, report);
        // What uses a resource may be what could not be read.
        if sought.sound.is_ok() {
            let Sought {
                graph,
                library,
                found,
                ..
            } = &sought;
            check_unused_resources(library, found, graph, &|_| false, report);
        }
        sought
    })?;
    sought.sound
}

/// What later stages would stumble over, looked for without them.
fn check_rest(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    Sought {
        graph,
        library,
        found,
        readable,
        ..
    }: &Sought,
    report: &mut Report,
) {
    plan::check_sources(sources, host, request.file_rules, graph, report);
    patch::check(sources, &request.patches, report);
    if request.lacks_target() {
        return;
    }
    report.refuse(request.target.refuses());
    // What a port of the host leads to may be in what could not be read.
    if *readable {
        request
            .target
            .check_publish(&request.options.publish, graph, report);
    }
    let not_a_volume = |uid: &Uid, outputs: &[String]| request.target.not_a_volume(uid, outputs);
    check_mounts(library, found, graph, &not_a_volume, report);
    let mut own = Report::default();
    graph
        .workloads
        .iter()
        .for_each(|linked| request.target.check_workload(&linked.workload, &mut own));
    own.retain(|problem| request.overrides.lost.leaves(problem));
    report.absorb(own);
    check_templates(
        sources,
        library,
        found,
        graph,
        request.target.sections(),
        report,
    );
}

/// Stages 1 to 5: which resources do these Score files need?
pub fn understand_resources(
    sources: &Sources,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<Graph, Reported> {
    let Understood { graph, sound } = understand(sources, request, Purpose::Validate, report);
    sound.and(request.whole()).map(|()| graph)
}

/// Stages 1 to 5: Score files to one graph of what they need.
fn understand(
    sources: &Sources,
    request: &Request<'_>,
    purpose: Purpose,
    report: &mut Report,
) -> Understood {
    (request.watch)("parse");
    let mut syntax = Report::default();
    let documents = parse::parse(sources, &request.score_files, &mut syntax);
    let broken =
        syntax.failed().is_err() || request.lacking.is_some_and(|lacking| lacking.score_files);
    report.absorb(syntax);
    (request.watch)("overlay");
    // What could be read is looked at all the same, so that one run shows every error; but where a
    // part is missing, an override may lead nowhere for that reason alone.
    let overrides = &request.overrides;
    let mut overlaid = Report::default();
    let documents = overlay::overlay(documents, overrides, &mut overlaid);
    // An override that went wrong may be the one that names an image; that one is missing is then
    // no news.
    let incomplete = overrides.lost.anything() || overlaid.failed().is_err();
    let purpose = if incomplete {
        Purpose::Validate
    } else {
        purpose
    };
    overlaid.retain(|problem| overrides.lost.leaves_override(problem));
    if !broken {
        report.absorb(overlaid);
    }
    (request.watch)("decode");
    let mut own = Report::default();
    let checked = parallel::map_reporting(&documents, &mut own, |document, report| {
        let mut workload = decode::decode(sources, document, report)?;
        overrides.give_builds(&mut workload);
        Some(check::check(purpose, workload, report))
    });
    (request.watch)("link");
    let graph = link::link(checked.into_iter().flatten().collect(), &mut own);
    own.retain(|problem| overrides.lost.leaves(problem));
    report.absorb(own);
    Understood {
        graph,
        sound: report.failed(),
    }
}

/// Stages 1 to 5 and a definition for every resource. Nothing is run.
pub fn bind_resources(
    sources: &mut Sources,
    request: &Request<'_>,
    purpose: Purpose,
    report: &mut Report,
) -> Result<Bound, Reported> {
    let sought = seek(sources, request, purpose, report);
    bound(sources, request, sought)
}

/// What could be read of the Score files, and what provisions their resources beyond doubt.
struct Sought {
    graph: Graph,
    library: Library,
    /// For each resource of the graph, its definition in the library.
    found: Vec<Option<Binding>>,
    /// Whether all of the Score files could be read, and all that changes them.
    readable: bool,
    /// Whether all is as it has to be. Only then may anything be made of it.
    sound: Result<(), Reported>,
}

/// Stages 1 to 5 and the definitions, for whatever could be read.
fn seek(
    sources: &mut Sources,
    request: &Request<'_>,
    purpose: Purpose,
    report: &mut Report,
) -> Sought {
    let mut own = Report::default();
    let Understood { mut graph, sound } = understand(sources, request, purpose, &mut own);
    graph.keep_sources(&request.state.names.source_workloads);
    (request.watch)("provision");
    let library = library(sources, request, &graph, &mut own);
    let unread = request.overrides.lost.documents && request.whole().is_err();
    let found = match unread {
        // An override may change the type of a resource, and what is asked of it.
        true => vec![None; graph.resources.len()],
        false => matching::bind(&library, &graph, &mut own),
    };
    let readable =
        sound.is_ok() && !unread && !request.lacking.is_some_and(|lacking| lacking.score_files);
    let sound = own.failed().and(request.whole());
    report.absorb(own);
    Sought {
        graph,
        library,
        found,
        readable,
        sound,
    }
}

/// What was sought, when all of it was found.
fn bound(sources: &Sources, request: &Request<'_>, sought: Sought) -> Result<Bound, Reported> {
    let Sought {
        graph,
        library,
        found,
        sound,
        ..
    } = sought;
    sound?;
    let identity = request.identity.keeping(&request.state.names);
    // Without an error, none is missing.
    let bindings = found.into_iter().flatten().collect();
    let bound = Bound {
        graph,
        library,
        bindings,
        identity,
    };
    (request.follow)(sources, &bound);
    Ok(bound)
}

/// The rest of stage 6: what every resource gives, in the order of the graph, and the state to
/// keep.
pub fn provision_bound(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    Bound {
        graph,
        library,
        bindings,
        identity,
    }: &Bound,
    report: &mut Report,
) -> Result<(Vec<Provisioned>, State), Reported> {
    let service_name =
        |workload: &Workload, ports: &[Port]| request.target.service_name(workload, ports);
    let object_name = |workload: &Workload| request.target.object_name(workload);
    let wanted = wanted(request.target, &service_name, &object_name);
    let settings = settings(request, identity);
    provision::provision(
        sources,
        host,
        library,
        &wanted,
        &settings,
        graph,
        bindings,
        &request.state,
        report,
    )
}

/// Stages 1 to 10: Score files to the text of the output and the files beside it. Nothing is
/// written.
pub fn generate(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<Output, Reported> {
    let sought = seek(sources, request, Purpose::Generate, report);
    if sought.sound.is_err() {
        check_rest(sources, host, request, &sought, report);
    }
    let published = |uid: &Uid| {
        request
            .options
            .publish
            .iter()
            .any(|publish| publish.leads_to(uid))
    };
    let mut unused = Report::default();
    check_unused_resources(
        &sought.library,
        &sought.found,
        &sought.graph,
        &published,
        &mut unused,
    );
    let bound = bound(sources, request, sought)?;
    let (provisioned, state) = provision_bound(sources, host, request, &bound, report)?;
    report.absorb(unused);
    let unused = state.unused(&bound.graph);
    (request.watch)("plan");
    let defers = request.target.defers_variables();
    let plan = plan::plan(
        sources,
        host,
        bound.graph,
        provisioned,
        &bound.identity,
        defers,
        request.file_rules,
        report,
    )?;
    (request.watch)("lower");
    let Lowered {
        documents,
        artifacts,
        notes,
    } = request
        .target
        .lower(&plan, &request.options, sources, report)?;
    (request.watch)("patch");
    let namespace = request.options.namespace.as_deref().unwrap_or("");
    let context = PatchContext {
        view: request.target.patch_view(),
        plan: &plan,
        namespace,
    };
    let documents = patch::patch(sources, &request.patches, &context, documents, report)?;
    (request.watch)("emit");
    let emitted = emit::emit(documents, request.target, request.layout);
    Ok(Output {
        emitted,
        artifacts,
        variables: plan.deferred_variables(),
        notes,
        state,
        unused,
    })
}

/// The definitions that may be asked: the project's and the target's own.
fn library(
    sources: &mut Sources,
    request: &Request<'_>,
    graph: &Graph,
    report: &mut Report,
) -> Library {
    let wanted = |kind: &str| graph.resources.iter().any(|node| node.uid.kind == kind);
    let unread = request.lacking.and_then(|lacking| lacking.definitions);
    let asked = Asked {
        files: &request.definitions,
        embedded: request.embedded,
        unread,
    };
    let builtins = (!request.lacks_target()).then(|| request.target.builtins());
    Library::assemble(sources, &asked, builtins, &wanted, report)
}

fn wanted<'a>(
    target: &'a dyn Target,
    service_name: &'a ServiceName<'a>,
    object_name: &'a (dyn Fn(&Workload) -> String + Sync),
) -> Wanted<'a> {
    Wanted {
        target: target.name(),
        sections: target.sections(),
        defers_variables: target.defers_variables(),
        service_name,
        object_name,
    }
}

fn settings<'a>(request: &'a Request<'_>, identity: &'a Identity) -> Settings<'a> {
    Settings {
        identity,
        namespace: request.options.namespace.as_deref().unwrap_or(""),
        mounts_directory: &request.options.mounts_in_output,
        values: &request.values,
        written_values: request.written_values.as_ref(),
        command_timeout: request.command_timeout,
    }
}
