//! The authorities whose certificates are trusted.

use std::ffi::OsStr;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts};

use super::io_error_text::reason;

const FILE: &str = "SSL_CERT_FILE";
const DIRECTORIES: &str = "SSL_CERT_DIR";

/// Those of the file and the directories that the variables name, as for OpenSSL, else those of the
/// system. An error when nothing that a variable names can be used.
pub(super) fn trusted() -> Result<RootCerts, String> {
    let directories = std::env::var_os(DIRECTORIES).filter(|list| !list.is_empty());
    match (std::env::var_os(FILE), directories) {
        (None, None) => Ok(RootCerts::PlatformVerifier),
        // The reader of the system's certificates would take it for a file.
        (Some(file), None) if file.is_empty() => Err(format!("`{FILE}` is empty; unset it")),
        (file, directories) => {
            let file = file.filter(|file| !file.is_empty());
            named(file.as_deref(), directories.as_deref())
        }
    }
}

fn named(file: Option<&OsStr>, directories: Option<&OsStr>) -> Result<RootCerts, String> {
    let mut certificates = match file {
        Some(file) => require(
            FILE,
            file,
            of_file(Path::new(file)).map_err(|error| {
                let (name, reason) = (file.to_string_lossy(), reason(&error));
                format!("cannot read `{name}`, which `{FILE}` names: {reason}")
            })?,
        )?,
        None => Vec::new(),
    };
    if let Some(list) = directories {
        let found = of_directories(list);
        certificates.extend(match certificates.is_empty() {
            true => require(DIRECTORIES, list, found)?,
            false => found,
        });
    }
    let trusted = certificates.iter().map(|der| Certificate::from_der(der));
    Ok(trusted
        .map(|certificate| certificate.to_owned())
        .collect::<Vec<_>>()
        .into())
}

/// An error unless one of the certificates can be used.
fn require(
    variable: &str,
    path: &OsStr,
    found: Vec<CertificateDer<'static>>,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let (usable, _) = RootCertStore::empty().add_parsable_certificates(found.iter().cloned());
    match usable {
        0 => Err(format!(
            "`{}`, which `{variable}` names, has no usable certificate in PEM format",
            path.to_string_lossy()
        )),
        _ => Ok(found),
    }
}

/// The certificates of a PEM file. Other parts of it are ignored.
fn of_file(path: &Path) -> std::io::Result<Vec<CertificateDer<'static>>> {
    let bytes = std::fs::read(path)?;
    let certificates = CertificateDer::pem_slice_iter(&bytes);
    Ok(certificates.filter_map(Result::ok).collect())
}

/// The certificates of all files in these directories. Directories that are not on every machine,
/// links to files that are gone, and files of other kinds are usual there.
fn of_directories(list: &OsStr) -> Vec<CertificateDer<'static>> {
    std::env::split_paths(list)
        .flat_map(std::fs::read_dir)
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .flat_map(|path| of_file(&path))
        .flatten()
        .collect()
}
