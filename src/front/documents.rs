//! Stage 1: Score files to the trees of their documents.

use crate::base::diagnostics::{Problem, Report};
use crate::base::parallel;
use crate::base::text::{SourceId, Sources, Span};
use crate::base::yaml;

/// Reads every document of every file; a file without any is an error, since nobody means to compile nothing.
pub fn documents(sources: &Sources, files: &[SourceId], report: &mut Report) -> Vec<yaml::Node> {
    let read = |file: &SourceId, report: &mut Report| documents_of(sources, *file, report);
    parallel::map_reporting(files, report, read).into_iter().flatten().collect()
}

fn documents_of(sources: &Sources, file: SourceId, report: &mut Report) -> Vec<yaml::Node> {
    let mut own = Report::default();
    let mut documents = yaml::parse(sources, file, &mut own);
    let understood = own.failed().is_ok();
    report.absorb(own);
    documents.retain(|document| !document.is_null());
    if documents.is_empty() && understood {
        let message = format!("`{}` holds no workload", sources.get(file).name());
        let problem = Problem::new("empty-file", message).at(Span::new(file, 0, 0));
        let _ = report.error(problem.help("begin it with `apiVersion: score.dev/v1b1`, or leave the file out"));
    }
    documents
}
