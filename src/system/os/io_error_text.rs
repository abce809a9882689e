//! Messages for errors of the operating system.

use std::io::{Error, ErrorKind};

/// The reason of an error, without its number.
pub(crate) fn reason(error: &Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or directory",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::StorageFull => "no space is left on the device",
        ErrorKind::QuotaExceeded => "the disk quota is used up",
        ErrorKind::FileTooLarge => "the file would be too large",
        ErrorKind::IsADirectory => "it is a directory",
        ErrorKind::NotADirectory => "a part of its path is not a directory",
        ErrorKind::AlreadyExists => "it already exists",
        ErrorKind::ResourceBusy => "it is in use, or something is mounted there",
        ErrorKind::CrossesDevices => "it is on another file system",
        ErrorKind::InvalidFilename => "its name is too long or not valid",
        _ => return system_text(error),
    };
    words.to_owned()
}

/// The text of the system, for the middle of a sentence.
fn system_text(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn no_reason_has_the_number_of_an_error() {
        for (errno, expected) in [
            (Errno::ACCESS, "permission denied"),
            (Errno::ROFS, "the file system is read-only"),
            (Errno::NOSPC, "no space is left on the device"),
            (Errno::NAMETOOLONG, "its name is too long or not valid"),
            (Errno::LOOP, "too many levels of symbolic links"),
            (Errno::MFILE, "too many open files"),
        ] {
            assert_eq!(
                reason(&Error::from_raw_os_error(errno.raw_os_error())),
                expected
            );
        }
        assert_eq!(
            reason(&Error::other("`x` is no directory")),
            "`x` is no directory"
        );
        (1..200).for_each(|number| {
            assert!(!reason(&Error::from_raw_os_error(number)).contains("os error"))
        });
    }
}
