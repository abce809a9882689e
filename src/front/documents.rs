//! Stage 1: Score files to the trees of their documents.

use crate::base::diagnostics::{Problem, Report};
use crate::base::text::{SourceId, Sources, Span};
use crate::base::yaml;

/// Reads every document of every file; a file without any is an error, since nobody means to compile nothing.
pub fn documents(sources: &Sources, files: &[SourceId], report: &mut Report) -> Vec<yaml::Node> {
    let mut documents = Vec::with_capacity(files.len());
    for file in files {
        let before = documents.len();
        let mut own = Report::default();
        let parsed = yaml::parse(sources, *file, &mut own);
        documents.extend(parsed.into_iter().filter(|document| !document.is_null()));
        let read = own.failed().is_ok();
        report.absorb(own);
        if read && documents.len() == before {
            let message = format!("`{}` holds no workload", sources.get(*file).name());
            let problem = Problem::new("empty-file", message).at(Span::new(*file, 0, 0));
            let _ = report.error(problem.help("begin it with `apiVersion: score.dev/v1b1`, or leave the file out"));
        }
    }
    documents
}
