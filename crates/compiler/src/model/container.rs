use super::{Build, Mode};
use crate::placeholder::{Reference, Text};
use diagnostics::source::{Span, Spanned};

/// One container of a workload.
#[derive(Debug, Clone)]
pub struct Container {
    /// The name within the workload.
    pub name: Spanned<String>,
    /// The image; `.` when a flag or the environment must set it.
    pub image: Text,
    /// How the image is built, when a flag or the environment sets that.
    pub build: Option<Build>,
    /// Replaces the image's entry point.
    pub command: Vec<Text>,
    /// Arguments of the entry point.
    pub args: Vec<Text>,
    /// Environment variables, in the order written.
    pub variables: Vec<Variable>,
    /// Files to place into the container.
    pub files: Vec<File>,
    /// Volumes to mount.
    pub volumes: Vec<VolumeMount>,
    /// Containers that wait for this one.
    pub before: Vec<Before>,
    /// Limits and requests.
    pub compute: Compute,
    /// Whether the container must be restarted.
    pub liveness: Option<Probe>,
    /// Whether the container can take work.
    pub readiness: Option<Probe>,
}

impl Container {
    /// Every placeholder of the container with its place.
    pub fn references(&self) -> impl Iterator<Item = (&Reference, Span)> {
        let files = self.files.iter().filter_map(|file| match &file.content {
            FileContent::Text(text) => Some(text),
            _ => None,
        });
        std::iter::once(&self.image)
            .chain(&self.command)
            .chain(&self.args)
            .chain(self.variables.iter().map(|variable| &variable.value))
            .chain(files)
            .flat_map(Text::references)
    }

    /// Whether some container waits for this one to finish, so that it is an init job and does not
    /// keep running.
    pub fn runs_to_completion(&self) -> bool {
        self.before
            .iter()
            .any(|before| before.ready == Ready::Complete)
    }
}

/// An environment variable.
#[derive(Debug, Clone)]
pub struct Variable {
    /// The name.
    pub name: Spanned<String>,
    /// The value with its placeholders.
    pub value: Text,
}

/// A file to place into a container.
#[derive(Debug, Clone)]
pub struct File {
    /// The absolute path in the container.
    pub target: Spanned<String>,
    /// What it holds.
    pub content: FileContent,
    /// The permission bits, when given.
    pub mode: Option<Mode>,
}

/// Where a file's content comes from.
#[derive(Debug, Clone)]
pub enum FileContent {
    /// Given as text.
    Text(Text),
    /// Given as base64, decoded; never expanded.
    Bytes(Vec<u8>),
    /// Read from a file beside the Score file.
    Source {
        /// The path, relative to the Score file.
        path: Spanned<String>,
        /// Whether placeholders in it are resolved.
        expand: bool,
    },
}

impl FileContent {
    /// Whether it is read from a file beside the Score file.
    pub fn is_source(&self) -> bool {
        matches!(self, FileContent::Source { .. })
    }
}

/// A volume mounted into a container.
#[derive(Debug, Clone)]
pub struct VolumeMount {
    /// The absolute path in the container.
    pub target: Spanned<String>,
    /// The name of the workload's resource that provides the volume.
    pub resource: Spanned<String>,
    /// A path within the volume.
    pub path: Option<Spanned<String>>,
    /// Whether the container may not write to it.
    pub read_only: bool,
}

/// Another container that starts only when this one has got so far.
#[derive(Debug, Clone)]
pub struct Before {
    /// The container that waits.
    pub container: Spanned<String>,
    /// How far this one must have got.
    pub ready: Ready,
    /// The place of the condition.
    pub span: Span,
}

/// How far a container must have got before another starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// It runs.
    Started,
    /// Its probe succeeds.
    Healthy,
    /// It has ended with exit status 0.
    Complete,
}

/// Limits and requests of a container.
#[derive(Debug, Clone, Default)]
pub struct Compute {
    /// What it may use at most.
    pub limits: Quantities,
    /// What it needs.
    pub requests: Quantities,
}

/// Amounts of memory and processor time, in Kubernetes notation.
#[derive(Debug, Clone, Default)]
pub struct Quantities {
    /// Memory such as `128Mi`.
    pub memory: Option<Spanned<String>>,
    /// Processors such as `0.5` or `250m`.
    pub cpu: Option<Spanned<String>>,
}

/// A check of whether a container is live or ready.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Ask over HTTP.
    pub http_get: Option<HttpGet>,
    /// Run a command; exit status 0 is good.
    pub exec: Option<Vec<Text>>,
    /// The place of the probe.
    pub span: Span,
}

/// A question over HTTP; any status from 200 to 399 is good.
#[derive(Debug, Clone)]
pub struct HttpGet {
    /// The host to name; the container itself when not given.
    pub host: Option<Spanned<String>>,
    /// The scheme.
    pub scheme: Scheme,
    /// The path.
    pub path: String,
    /// The port, 1 to 65535.
    pub port: u16,
    /// Header fields to send.
    pub headers: Vec<(Spanned<String>, String)>,
}

/// The scheme of an HTTP probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// The default.
    Http,
    /// Over TLS; certificates are not verified.
    Https,
}
