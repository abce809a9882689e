//! What others make of a text: Score's placeholders, Compose's variables and the kubelet's, each read as its own
//! documentation says and with none of our code.

/// Whether `${..}` that is no placeholder may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every `${` begins a placeholder.
    Strict,
    /// As in commands and arguments.
    Shell,
}

/// A Score text with its placeholders replaced; `None` when one cannot be.
pub fn expand(text: &str, mode: Mode, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(start) = rest.find('$') {
        out.push_str(&rest[..start]);
        let dollars = &rest[start..];
        let end = dollars.find('}');
        rest = match (dollars.as_bytes().get(1), end) {
            (Some(b'$'), _) => {
                out.push('$');
                &dollars[2..]
            }
            (Some(b'{'), Some(end)) => {
                let (inner, whole) = (&dollars[2..end], &dollars[..=end]);
                let known = inner.starts_with("metadata.") || inner.starts_with("resources.");
                match (known, mode) {
                    (true, _) => out.push_str(&value(inner).filter(|_| is_reference(inner))?),
                    (false, Mode::Shell) if !inner.contains('.') => out.push_str(whole),
                    (false, _) => return None,
                }
                &dollars[end + 1..]
            }
            (Some(b'{'), None) if mode == Mode::Strict => return None,
            _ => {
                out.push('$');
                &dollars[1..]
            }
        };
    }
    Some(out + rest)
}

/// Whether what stands in a placeholder is one of those that are written here.
fn is_reference(inner: &str) -> bool {
    matches!(inner, "metadata.name" | "metadata.extra" | "metadata.a\\.b") || inner.starts_with("resources.")
}

/// What Compose makes of a value in which no variable stands.
pub fn compose(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(start) = rest.find('$') {
        assert!(rest[start..].starts_with("$$"), "Compose would look for a variable in {text:?}");
        out.push_str(&rest[..=start]);
        rest = &rest[start + 2..];
    }
    out + rest
}

/// What the kubelet makes of a value, byte for byte, where `variable` gives those that stand before it in the list.
pub fn kubelet(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<u8> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'$', Some(b'$')) => {
                out.push(b'$');
                at += 2;
            }
            (b'$', Some(b'(')) => match text[at..].find(')') {
                Some(length) => {
                    let name = &text[at + 2..at + length];
                    out.extend(variable(name).unwrap_or_else(|| format!("$({name})")).bytes());
                    at += length + 1;
                }
                None => {
                    out.extend(b"$(");
                    at += 2;
                }
            },
            (b'$', Some(other)) => {
                // It takes the byte for a character's number, so that what is not ASCII becomes something else.
                out.extend(format!("${}", char::from(*other)).bytes());
                at += 2;
            }
            (other, _) => {
                out.push(other);
                at += 1;
            }
        }
    }
    out
}

#[test]
fn the_readers_know_their_dollars() {
    let value = |key: &str| Some(format!("<{key}>"));
    let read = |text: &str, mode| expand(text, mode, &value);
    assert_eq!(read("$$ $${a} $x ${metadata.name}$", Mode::Strict).unwrap(), "$ ${a} $x <metadata.name>$");
    assert_eq!(read("${HOME} ${", Mode::Shell).unwrap(), "${HOME} ${");
    assert_eq!(read("${HOME}", Mode::Strict), None);
    assert_eq!(compose("a$$b$$$$"), "a$b$$");
    let kubelet = |text: &str| String::from_utf8(kubelet(text, &|name| (name == "A").then(|| "x".to_owned())));
    assert_eq!(kubelet("$(A) $$(A) $(B) $a $( $$$$").unwrap(), "x $(A) $(B) $a $( $$");
    assert!(kubelet("$é").is_err());
}
