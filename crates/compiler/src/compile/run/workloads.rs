//! Stages 1 to 5 of a run: Score files to the graph of workloads and resources.

use super::Run;
use crate::check::{self, Checked, Purpose};
use crate::compile::seeds;
use crate::decode;
use crate::link::{self, Graph};
use crate::model::Workload;
use crate::overlay;
use crate::parse;
use crate::plan;
use crate::recovery::Part;
use crate::support::host::Host;
use crate::support::parallel;
use crate::targets::ALL;
use crate::targets::target::Target;
use diagnostics::report::{Report, Severity};
use diagnostics::source::Sources;
use yaml::Node;

impl Run<'_, '_> {
    /// Stage 1.
    fn parse(&mut self) -> Vec<Node> {
        self.watch("parse");
        let mut report = Report::default();
        let documents = parse::parse(self.sources, &self.request.score_files, &mut report);
        self.has_all_files &= report.result().is_ok();
        self.merge(report);
        documents
    }

    /// Stage 2.
    fn overlay(&mut self, documents: Vec<Node>) -> Vec<Node> {
        self.watch("overlay");
        let overrides = &self.request.overrides;
        let mut report = Report::default();
        let documents = overlay::overlay(documents, overrides, &mut report);
        let missing = [Part::Overrides, Part::Images];
        if missing.iter().any(|part| overrides.incomplete.lacks(part)) || report.result().is_err() {
            // The unread override may give the image, so `missing-image` is not reported.
            self.purpose = Purpose::Validate;
        }
        report.retain(|problem| overrides.allows(problem));
        // What an override refers to may be in a file that could not be read.
        if self.has_all_files {
            self.merge(report);
        }
        documents
    }

    /// Stage 3.
    fn decode(&mut self, documents: Vec<Node>) -> Vec<Workload> {
        self.watch("decode");
        let keeps_spec = !self.request.patches.is_empty();
        let overrides = &self.request.overrides;
        self.observe(|sources, report| {
            // Each tree is dropped when it is read.
            let workloads = parallel::map_reporting(documents, report, |document, report| {
                let mut workload = workload(sources, document, keeps_spec, report)?;
                overrides.give_builds(&mut workload);
                Some(workload)
            });
            let workloads: Vec<Workload> = workloads.into_iter().flatten().collect();
            decode::extensions::report(&workloads, report);
            workloads
        })
    }

    /// Stages 1 to 3 where there are no overrides: file by file, so that few trees are there at a
    /// time.
    fn decode_files(&mut self) -> Vec<Workload> {
        self.watch("parse");
        let keeps_spec = !self.request.patches.is_empty();
        let sources = &*self.sources;
        let files = parallel::map(&self.request.score_files, |file| {
            let (mut parsing, mut decoding) = (Report::default(), Report::default());
            let documents = parse::documents_of(sources, *file, &mut parsing).into_iter();
            let decode = |document| workload(sources, document, keeps_spec, &mut decoding);
            let workloads: Vec<Workload> = documents.filter_map(decode).collect();
            (workloads, parsing, decoding)
        });
        let (mut workloads, mut decodings) = (Vec::new(), Vec::new());
        for (of_file, parsing, decoding) in files {
            self.has_all_files &= parsing.result().is_ok();
            self.merge(parsing);
            workloads.extend(of_file);
            decodings.push(decoding);
        }
        // Overrides that could not be read are overrides too.
        self.overlay(Vec::new());
        self.observe(|_, report| {
            decodings.into_iter().for_each(|one| report.merge(one));
            decode::extensions::report(&workloads, report);
        });
        workloads
    }

    /// Stage 4.
    fn check(&mut self, workloads: Vec<Workload>) -> Vec<Checked<Workload>> {
        let purpose = self.purpose;
        self.observe(|_, report| check::check(purpose, workloads, report))
    }

    /// Stage 5.
    fn link(&mut self, workloads: Vec<Checked<Workload>>) -> Graph {
        self.watch("link");
        self.observe(|_, report| link::link(workloads, report))
    }

    /// Stages 1 to 5.
    pub(in crate::compile) fn link_workloads(&mut self) -> Graph {
        let workloads = match self.stages.is_none() && self.request.overrides.is_empty() {
            true => self.decode_files(),
            false => {
                let documents = self.parse();
                self.keep(|stages| stages.parsed.clone_from(&documents));
                let documents = self.overlay(documents);
                self.keep(|stages| stages.overlaid.clone_from(&documents));
                self.decode(documents)
            }
        };
        let workloads = self.check(workloads);
        let mut graph = self.link(workloads);
        seeds::give(self.request, &mut graph);
        graph
    }

    /// Reports the sources of files that cannot be read.
    pub(in crate::compile) fn check_sources(&mut self, host: &dyn Host, graph: &Graph) {
        let mut report = Report::default();
        plan::check_sources(
            self.sources,
            host,
            self.request.file_rules,
            graph,
            &mut report,
        );
        self.merge(report);
    }

    /// Where files are checked, warns about what the other targets refuse in a workload by itself;
    /// all targets where that of the run is not known.
    pub(in crate::compile) fn check_portability(
        &mut self,
        graph: &Graph,
        target: Option<&dyn Target>,
    ) {
        if self.purpose == Purpose::Generate {
            return;
        }
        let is_other =
            |other: &&&dyn Target| target.is_none_or(|target| target.name() != other.name());
        let mut report = Report::default();
        for other in ALL.iter().filter(is_other) {
            for linked in &graph.workloads {
                other.check_portability(&linked.workload, Severity::Warning, &mut report);
            }
        }
        self.merge(report);
    }
}

/// The workload of a document, which is dropped.
fn workload(
    sources: &Sources,
    document: Node,
    keeps_spec: bool,
    report: &mut Report,
) -> Option<Workload> {
    let mut workload = decode::decode(sources, &document, report)?;
    if keeps_spec {
        workload.spec = document.to_value();
    }
    Some(workload)
}
