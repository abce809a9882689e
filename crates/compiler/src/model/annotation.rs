use diagnostics::source::Spanned;

/// An annotation of a workload or resource, handed to the target as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The key, with or without a `host/` prefix.
    pub key: Spanned<String>,
    /// The value.
    pub value: Spanned<String>,
}

impl Annotation {
    /// The annotation with a key, among those of a workload.
    pub fn find<'a>(annotations: &'a [Annotation], key: &str) -> Option<&'a Annotation> {
        annotations
            .iter()
            .find(|annotation| annotation.key.value == key)
    }
}
