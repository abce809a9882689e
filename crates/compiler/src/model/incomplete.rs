use std::collections::BTreeSet;

/// What stands in a document and could not be read, after a report. Rules that look for something
/// ask here before they say that it is missing, so that one slip is told once.
#[derive(Debug, Clone, Default)]
pub struct Unread {
    /// Whether `metadata` is not all there.
    pub metadata: bool,
    /// Containers of which some part is not there.
    pub containers: Names,
    /// Resources that are not there.
    pub resources: Names,
    /// Whether ports of the service may not all be there.
    pub ports: bool,
}

/// Names of one section.
#[derive(Debug, Clone, Default)]
pub struct Names {
    known: BTreeSet<String>,
    any: bool,
}

impl Names {
    /// Adds a name.
    pub fn add(&mut self, name: &str) {
        self.known.insert(name.to_owned());
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) {
        self.known.remove(name);
    }

    /// Adds every name, for a section that could not be read at all.
    pub fn add_any(&mut self) {
        self.any = true;
    }

    /// The names.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(String::as_str)
    }

    /// Whether something of this name may be in the document.
    pub fn may_hold(&self, name: &str) -> bool {
        self.any || self.known.contains(name)
    }
}
