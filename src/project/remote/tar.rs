//! Archives of the files of a tree or an artifact. Equal input gives equal bytes, on any machine and
//! with any version of a compression library.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The size of a block of a tar file.
const BLOCK: usize = 512;
/// The most bytes in a stored block of a gzip file.
const STORED: usize = 0xffff;
/// The lengths of the two parts of a path in a header.
const NAME: usize = 100;
const PREFIX: usize = 155;

/// A tar file (POSIX ustar) with files of no owner and no time, and with directories, whose paths end
/// in `/`. An error for a path that is too long.
pub(super) fn tar<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, String> {
    let mut tar = Vec::new();
    for (path, content) in files {
        tar.extend_from_slice(&header(path, content.len())?);
        tar.extend_from_slice(content);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    // Two empty blocks are the end.
    tar.resize(tar.len() + 2 * BLOCK, 0);
    Ok(tar)
}

fn header(path: &str, size: usize) -> Result<[u8; BLOCK], String> {
    let (prefix, name) = split(path).ok_or_else(|| format!("the path `{path}` is too long"))?;
    let mut header = [0_u8; BLOCK];
    let mut set = |start: usize, text: &str| {
        header[start..start + text.len()].copy_from_slice(text.as_bytes());
    };
    set(0, name);
    let is_directory = path.ends_with('/');
    set(
        100,
        if is_directory {
            "0000755\0"
        } else {
            "0000644\0"
        },
    );
    set(108, "0000000\0");
    set(116, "0000000\0");
    set(124, &format!("{size:011o}\0"));
    set(136, "00000000000\0");
    // The checksum counts as spaces in itself.
    set(148, "        ");
    set(156, if is_directory { "5" } else { "0" });
    set(257, "ustar\x0000");
    set(345, prefix);
    let checksum: u32 = header.iter().copied().map(u32::from).sum();
    header[148..156].copy_from_slice(format!("{checksum:06o}\0 ").as_bytes());
    Ok(header)
}

/// The two parts of a path, which are joined by `/`; the first is empty for a short path.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= NAME {
        return Some(("", path));
    }
    let mut parts = path.match_indices('/').map(|(at, _)| path.split_at(at));
    let fits = |(prefix, name): &(&str, &str)| prefix.len() <= PREFIX && name.len() <= NAME + 1;
    let (prefix, name) = parts.find(fits)?;
    Some((prefix, name.get(1..)?))
}

/// The files of a tar file. Directories are left out; an error for a link or anything else.
pub(super) fn files(mut tar: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut files = Vec::new();
    let mut long_path: Option<String> = None;
    while let Some((header, rest)) = tar.split_at_checked(BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        let size = octal(&header[124..136]).ok_or("its archive has an invalid size")?;
        let content = rest.get(..size).ok_or("its archive is not complete")?;
        tar = rest.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
        let path = long_path.take().unwrap_or_else(|| path_of(header));
        match header[156] {
            b'0' | 0 => files.push((path, content.to_vec())),
            b'5' | b'g' => {}
            // The path of the next file, as GNU tar and pax write it.
            b'L' => long_path = Some(text(content)),
            b'x' => long_path = pax_path(content),
            b'1' | b'2' => return Err(format!("`{path}` in its archive is a link")),
            _ => return Err(format!("`{path}` in its archive is not a file")),
        }
    }
    Ok(files)
}

fn path_of(header: &[u8]) -> String {
    let (prefix, name) = (text(&header[345..500]), text(&header[..100]));
    match prefix.as_str() {
        // Only ustar has a prefix.
        prefix if prefix.is_empty() || !header[257..].starts_with(b"ustar") => name,
        prefix => format!("{prefix}/{name}"),
    }
}

/// Bytes up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

fn octal(bytes: &[u8]) -> Option<usize> {
    let digits = text(bytes);
    usize::from_str_radix(digits.trim(), 8).ok()
}

/// The path in the records of a pax header, each `LENGTH KEY=VALUE` and a line feed.
fn pax_path(mut records: &[u8]) -> Option<String> {
    while let Some(space) = records.iter().position(|byte| *byte == b' ') {
        let length: usize = text(&records[..space]).parse().ok()?;
        let record = records.get(space + 1..length)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            return Some(text(path).trim_end_matches('\n').to_owned());
        }
        records = records.get(length..)?;
    }
    None
}

/// A gzip file (RFC 1952) of stored blocks, without a name and a time. Manifests are small, and
/// what a library compresses to differs from version to version.
pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let last = content.len().div_ceil(STORED).saturating_sub(1);
    for (index, block) in content.chunks(STORED).enumerate() {
        out.push(u8::from(index == last));
        // A block has at most `STORED` bytes.
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend(crc32(content).to_le_bytes());
    out.extend((content.len() as u32).to_le_bytes());
    out
}

/// The content of a gzip file of at most `limit` bytes.
pub(super) fn gunzip(bytes: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    let broken = || "its archive is not a gzip file".to_owned();
    let deflated = deflated(bytes).ok_or_else(broken)?;
    let content = decompress_to_vec_with_limit(deflated, limit)
        .map_err(|error| format!("its archive cannot be read: {error}"))?;
    let checksum = bytes
        .len()
        .checked_sub(8)
        .and_then(|at| bytes.get(at..at + 4));
    match checksum == Some(&crc32(&content).to_le_bytes()[..]) {
        true => Ok(content),
        false => Err("the checksum of its archive is wrong".to_owned()),
    }
}

/// What follows the header of a gzip file.
fn deflated(bytes: &[u8]) -> Option<&[u8]> {
    const CHECKSUM: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME_AND_COMMENT: [u8; 2] = [8, 16];
    let (header, mut rest) = bytes.split_at_checked(10)?;
    if !header.starts_with(&[0x1f, 0x8b, 8]) {
        return None;
    }
    let flags = header[3];
    if flags & EXTRA != 0 {
        let length = u16::from_le_bytes([*rest.first()?, *rest.get(1)?]);
        rest = rest.get(2 + usize::from(length)..)?;
    }
    for flag in NAME_AND_COMMENT {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    match flags & CHECKSUM {
        0 => Some(rest),
        _ => rest.get(2..),
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let step = |crc: u32| (crc >> 1) ^ (POLYNOMIAL * (crc & 1));
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
        let long = gzip(&vec![7; STORED + 1]);
        assert_eq!(long.len(), 10 + 5 + STORED + 5 + 1 + 8);
        assert_eq!((long[10], long[10 + 5 + STORED]), (0, 1));
        assert_eq!(gunzip(&long, 1 << 20), Ok(vec![7; STORED + 1]));
        assert!(gunzip(&long, STORED).is_err());
        assert!(gunzip(b"x", 10).is_err());
        let mut broken = long.clone();
        broken[20] ^= 1;
        assert!(gunzip(&broken, 1 << 20).is_err_and(|error| error.contains("checksum")));
    }

    #[test]
    fn archives_are_read_as_they_were_written() {
        let long = format!("{}/{}", "d".repeat(90), "f".repeat(90));
        let paths = ["a.yaml", "b/c.yaml", &long];
        let written = tar(paths.iter().map(|path| (*path, path.as_bytes()))).unwrap();
        let read = files(&written).unwrap();
        let expected = paths.map(|path| (path.to_owned(), path.as_bytes().to_vec()));
        assert_eq!(read, expected);
        assert!(tar([("x".repeat(101).as_str(), &b""[..])].into_iter()).is_err());
        let cut = files(&written[..BLOCK + 3]);
        assert!(cut.is_err_and(|error| error.contains("not complete")));
    }

    #[test]
    fn links_and_long_names_of_other_programs_are_known() {
        let of_kind = |kind: u8, content: &[u8]| {
            let mut tar = tar([("x", content)].into_iter()).unwrap();
            tar[156] = kind;
            tar.truncate(tar.len() - 2 * BLOCK);
            tar
        };
        let file = of_kind(b'0', b"text");
        let long = [of_kind(b'L', b"long/name\0"), file.clone()].concat();
        assert_eq!(files(&long).unwrap()[0].0, "long/name");
        let records = b"11 mtime=1\n18 path=p/\xc3\xa4.yaml\n";
        let pax = [of_kind(b'x', records), file].concat();
        assert_eq!(files(&pax).unwrap()[0].0, "p/\u{e4}.yaml");
        assert!(files(&of_kind(b'2', b"")).is_err_and(|error| error.contains("is a link")));
    }
}
