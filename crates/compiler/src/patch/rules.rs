//! The rules that several parts of this stage report.

rules! {
    /// No object is like the `target` of a patch, or no value is where a patch looks for one.
    pub PATCH_WITHOUT_TARGET: "patch-without-target", Error;

    /// A patch is not written right, or cannot be applied to an object that it is for.
    pub INVALID_PATCH: "invalid-patch", Error;

    /// A patch refers to a path that does not exist in the document.
    pub INVALID_PATCH_PATH: "invalid-patch-path", Error;
}
