//! Independent implementations of placeholders (Score) and variables (Compose, kubelet), written
//! from their documentation.

/// Whether `${..}` that is not a placeholder is allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every `${` begins a placeholder.
    Strict,
    /// In commands and arguments.
    Shell,
}

/// The value of something by its name.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A Score text with its placeholders replaced; `None` if one is invalid.
pub fn expand(text: &str, mode: Mode, value: Lookup<'_>) -> Option<String> {
    expand_all(text, mode, value, &|_| None)
}

/// The same with references to variables.
pub fn expand_all(
    text: &str,
    mode: Mode,
    value: Lookup<'_>,
    variable: Lookup<'_>,
) -> Option<String> {
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
                    (false, Mode::Shell) if !inner.contains('.') => {
                        out.push_str(&insert(whole, false, variable));
                    }
                    (false, _) => return None,
                }
                &dollars[end + 1..]
            }
            (Some(b'{'), None) if mode == Mode::Strict => return None,
            _ => match reference(dollars, variable) {
                Some((value, length)) => {
                    out.push_str(&value);
                    &dollars[length..]
                }
                None => {
                    out.push('$');
                    &dollars[1..]
                }
            },
        };
    }
    Some(out + rest)
}

/// The value of the variable that a text begins with, as `$(NAME)`, and the length of that.
fn reference(text: &str, variable: Lookup<'_>) -> Option<(String, usize)> {
    let name = text.strip_prefix("$(")?.split_once(')')?.0;
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    let value = variable(name).filter(|_| !name.is_empty() && name.chars().all(letters));
    value.map(|value| (value, name.len() + 3))
}

/// A text without placeholders, with references to variables. Behind a dollar there is none; that
/// dollar goes if `escapes`.
pub fn insert(text: &str, escapes: bool, variable: Lookup<'_>) -> String {
    let (mut out, mut index) = (String::new(), 0);
    while let Some(length) = text[index..].find('$') {
        out.push_str(&text[index..index + length]);
        index += length;
        let is_escaped = text[..index].ends_with('$');
        match reference(&text[index..], variable) {
            Some((value, length)) if !is_escaped => {
                out.push_str(&value);
                index += length;
            }
            found => {
                if found.is_none() || !escapes {
                    out.push('$');
                }
                index += 1;
            }
        }
    }
    out + &text[index..]
}

/// Whether this is one of the references that random texts use.
fn is_reference(inner: &str) -> bool {
    matches!(inner, "metadata.name" | "metadata.extra" | "metadata.a\\.b")
        || inner.starts_with("resources.")
}

/// The value that Compose reads from a text without variables.
pub fn compose(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(start) = rest.find('$') {
        assert!(
            rest[start..].starts_with("$$"),
            "Compose would expand a variable in {text:?}"
        );
        out.push_str(&rest[..=start]);
        rest = &rest[start + 2..];
    }
    out + rest
}

/// The bytes that the kubelet makes of a value. `variable` looks up earlier variables of the list.
pub fn kubelet(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<u8> {
    let (bytes, mut out, mut index) = (text.as_bytes(), Vec::new(), 0);
    while index < bytes.len() {
        match (bytes[index], bytes.get(index + 1)) {
            (b'$', Some(b'$')) => {
                out.push(b'$');
                index += 2;
            }
            (b'$', Some(b'(')) => match text[index..].find(')') {
                Some(length) => {
                    let name = &text[index + 2..index + length];
                    out.extend(
                        variable(name)
                            .unwrap_or_else(|| format!("$({name})"))
                            .bytes(),
                    );
                    index += length + 1;
                }
                None => {
                    out.extend(b"$(");
                    index += 2;
                }
            },
            (b'$', Some(other)) => {
                // The kubelet converts the byte to a character, which breaks non-ASCII text.
                out.extend(format!("${}", char::from(*other)).bytes());
                index += 2;
            }
            (other, _) => {
                out.push(other);
                index += 1;
            }
        }
    }
    out
}

#[test]
fn dollars_are_expanded_as_documented() {
    let value = |key: &str| Some(format!("<{key}>"));
    let read = |text: &str, mode| expand(text, mode, &value);
    assert_eq!(
        read("$$ $${a} $x ${metadata.name}$", Mode::Strict).unwrap(),
        "$ ${a} $x <metadata.name>$"
    );
    assert_eq!(read("${HOME} ${", Mode::Shell).unwrap(), "${HOME} ${");
    assert_eq!(read("${HOME}", Mode::Strict), None);
    assert_eq!(compose("a$$b$$$$"), "a$b$$");
    let kubelet = |text: &str| {
        String::from_utf8(kubelet(text, &|name| (name == "A").then(|| "x".to_owned())))
    };
    assert_eq!(
        kubelet("$(A) $$(A) $(B) $a $( $$$$").unwrap(),
        "x $(A) $(B) $a $( $$"
    );
    assert!(kubelet("$é").is_err());
}
