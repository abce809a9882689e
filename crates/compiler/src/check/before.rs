//! `before` names another container, has no cycles, and waits for `healthy` only if there is a
//! probe.

use std::cell::OnceCell;

use crate::model::{Before, Container, Ready, Workload};
use crate::rules::UNKNOWN_CONTAINER;
use crate::support::graph;
use diagnostics::report::{Problem, Report};
use diagnostics::suggestions::{list_known, suggestion, unambiguous_typo};

rules! {
    /// Containers of a workload wait for each other in a cycle, so none of them can ever start.
    pub BEFORE_CYCLE: "before-cycle", Error;

    /// A container has a `before` entry for itself.
    pub BEFORE_SELF: "before-self", Error;

    /// A container must be healthy before another one starts, but it has no probe.
    pub HEALTHY_WITHOUT_PROBE: "healthy-without-probe", Error, absence;
}

/// How many cycles of one workload are reported.
const MOST_CYCLES: usize = 20;

pub(super) fn check(workload: &Workload, report: &mut Report) {
    let known = OnceCell::new();
    for container in workload.containers.values() {
        for before in &container.before {
            check_target(workload, &known, container, before, report);
            // A probe that could not be read counts as a probe.
            if !workload
                .incomplete
                .may_have_container(&container.name.value)
            {
                check_health(container, before, report);
            }
        }
    }
    check_cycles(workload, report);
}

/// The containers of the workload, collected once for all references to them.
struct Known<'a> {
    names: Vec<&'a str>,
    /// The list for messages.
    listed: String,
}

impl<'a> Known<'a> {
    fn of(workload: &'a Workload) -> Known<'a> {
        let read = workload.containers.keys().map(String::as_str);
        let unread = workload
            .incomplete
            .containers()
            .filter(|name| !workload.containers.contains_key(*name));
        let names: Vec<&str> = read.chain(unread).collect();
        let listed = list_known("container", names.iter().copied());
        Known { names, listed }
    }
}

fn check_target<'a>(
    workload: &'a Workload,
    known: &OnceCell<Known<'a>>,
    container: &Container,
    before: &Before,
    report: &mut Report,
) {
    let target = &before.container;
    if target.value == container.name.value {
        let problem = Problem::new(
            &BEFORE_SELF,
            format!("`{}` cannot start before itself", target.value),
        );
        report.push(
            problem
                .at(target.span)
                .help("name another container, or remove it"),
        );
        return;
    }
    if workload.containers.contains_key(&target.value)
        || workload.incomplete.may_have_container(&target.value)
    {
        return;
    }
    let Known { names, listed } = known.get_or_init(|| Known::of(workload));
    let help = suggestion(&target.value, names.iter().copied(), || {
        match workload.resources.contains_key(&target.value) {
            true => {
                "remove it; a workload's resources are ready before any of its containers start"
                    .to_owned()
            }
            false => listed.clone(),
        }
    });
    let problem = Problem::new(
        &UNKNOWN_CONTAINER,
        format!("there is no container `{}`", target.value),
    );
    let better = unambiguous_typo(&target.value, names.iter().copied()).filter(|name| {
        // Not the container itself, and not one that already has an entry.
        *name != container.name.value
            && !container
                .before
                .iter()
                .any(|before| before.container.value == **name)
    });
    report.push(problem.at(target.span).help(help).suggest_replacement(
        target.span,
        &target.value,
        better,
    ));
}

fn check_health(container: &Container, before: &Before, report: &mut Report) {
    if before.ready == Ready::Healthy
        && container.readiness.is_none()
        && container.liveness.is_none()
    {
        let name = &container.name.value;
        let message = format!(
            "`{}` waits for `{name}` to be healthy, but `{name}` has no probe",
            before.container.value
        );
        let help = format!("give `{name}` a `readinessProbe`, or wait for `started`");
        report.push(
            Problem::new(&HEALTHY_WITHOUT_PROBE, message)
                .at(before.span)
                .help(help),
        );
    }
}

fn check_cycles(workload: &Workload, report: &mut Report) {
    let waits: Vec<Vec<usize>> = workload
        .containers
        .values()
        .enumerate()
        .map(|(name, container)| {
            let targets = container.before.iter();
            let targets = targets
                .filter_map(|before| workload.containers.get_index_of(&before.container.value));
            // A container before itself has been reported on its own.
            targets.filter(|target| *target != name).collect()
        })
        .collect();
    for cycle in graph::cycles(waits, MOST_CYCLES) {
        let members: Vec<&Container> = cycle
            .iter()
            .filter_map(|index| workload.containers.get_index(*index))
            .map(|(_, member)| member)
            .collect();
        report_cycle(&members, report);
    }
}

fn report_cycle(cycle: &[&Container], report: &mut Report) {
    let next = cycle.iter().cycle().nth(1);
    let (Some(first), Some(next)) = (cycle.first(), next) else {
        return;
    };
    let Some(edge) = first
        .before
        .iter()
        .find(|before| before.container.value == next.name.value)
    else {
        return;
    };
    let way: Vec<String> = cycle
        .iter()
        .chain(cycle.first())
        .map(|member| format!("`{}`", member.name.value))
        .collect();
    let message = format!(
        "these containers wait for each other: {}",
        way.join(" before ")
    );
    let problem = Problem::new(&BEFORE_CYCLE, message).at(edge.container.span);
    report.push(problem.help("remove one of these `before` entries"));
}
