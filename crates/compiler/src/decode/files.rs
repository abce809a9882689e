//! `containers.NAME.files`.

use super::string::string;
use base64::DecodeError;
use base64::prelude::{BASE64_STANDARD, Engine};

use super::compose_k8s_hints;
use super::mount_paths::{check_target, read_targets};
use crate::model::{File, FileContent, Mode};
use crate::placeholder::{self, Text};
use crate::rules::DEPRECATED_SYNTAX;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use yaml::rules::WRONG_TYPE;
use yaml::{Kind, Node, edit, reader};

rules! {
    /// A file of a container has no content, or more than one kind of content.
    pub FILE_CONTENT: "file-content", Error, absence;

    /// `binaryContent` of a file is not valid base64.
    pub INVALID_BASE64: "invalid-base64", Error;

    /// `mode` of a file is not a valid file mode.
    pub INVALID_MODE: "invalid-mode", Error;
}

/// The files of a container; `key` is the place of the word `files`.
pub(super) fn read_files(
    sources: &Sources,
    key: Option<Span>,
    node: &Node,
    report: &mut Report,
) -> Vec<File> {
    let mut files = Vec::new();
    for (target, node, listed) in read_targets(sources, key, node, "`files`", report) {
        check_target(&target, report);
        files.extend(read_file(sources, target, node, listed, report));
    }
    files
}

fn read_file(
    sources: &Sources,
    target: Spanned<String>,
    node: &Node,
    listed: bool,
    report: &mut Report,
) -> Option<File> {
    let what = format!("the file `{}`", target.value);
    // A word there may be its text or the path of a file.
    let mut fields = reader::fields_or_short_form(sources, None, node, &what, "content", report)?;
    if listed {
        fields.entry("target");
    }
    let expand = match fields.optional("noExpand", report) {
        Some(node) => !reader::boolean(node, "`noExpand`", report).unwrap_or(false),
        None => true,
    };
    let mode = fields
        .optional("mode", report)
        .and_then(|node| read_mode(sources, node, report));
    let forms = [
        ("content", fields.optional("content", report)),
        ("source", fields.optional("source", report)),
        ("binaryContent", fields.optional("binaryContent", report)),
    ];
    let content_key = fields.key("content").unwrap_or(node.span);
    let reported = fields.has_reported_keys();
    fields.finish(compose_k8s_hints::in_file, report);
    let mut present = forms
        .iter()
        .filter_map(|(key, node)| node.map(|node| (*key, node)));
    let Some((key, value)) = present.next() else {
        if !reported {
            let problem = Problem::new(
                &FILE_CONTENT,
                format!("the file `{}` has no content", target.value),
            )
            .at(target.span);
            report.push(problem.help("set one of `content`, `source` and `binaryContent`"));
        }
        return None;
    };
    if let Some((second, node)) = present.next() {
        let message = format!(
            "the file `{}` has both `{key}` and `{second}`",
            target.value
        );
        let problem = Problem::new(&FILE_CONTENT, message)
            .at(node.span)
            .secondary(value.span, format!("`{key}` is here"));
        report.push(problem.help("keep one of them"));
    }
    let content = match key {
        "content" => read_content(sources, content_key, value, expand, report)?,
        "source" => FileContent::Source {
            path: string(value, "`source`", report)?,
            expand,
        },
        _ => read_binary(value, report)?,
    };
    Some(File {
        target,
        content,
        mode,
    })
}

/// What a mode is.
const MODE_FORM: &str = "write `0` and three digits from 0 to 7, for the owner, the group and all others, in quotes, as in `mode: \"0644\"`";

fn read_mode(sources: &Sources, node: &Node, report: &mut Report) -> Option<Mode> {
    if let Kind::Int(_) = node.kind {
        // 420 may be intended, or be the decimal form of 0644 that a program wrote.
        let written = sources.slice(node.span);
        let octal = Mode::parse(written)
            .filter(|_| written.starts_with('0'))
            .map(Mode::bits);
        let help = match octal {
            Some(bits) => {
                format!(
                    "put it in quotes, as in `mode: \"{written}\"`; YAML readers change `{written}` to {bits}"
                )
            }
            None if Mode::parse(written).is_some() => {
                "write the octal digits in quotes, as in `mode: \"0644\"`".to_owned()
            }
            None => MODE_FORM.to_owned(),
        };
        let problem = Problem::new(&WRONG_TYPE, "`mode` must be a string, this is a number")
            .at(node.span)
            .help(help);
        report.push(if octal.is_some() {
            reader::with_quotes(problem, node.span)
        } else {
            problem
        });
        return None;
    }
    let text = string(node, "`mode`", report)?;
    let mode = Mode::parse(&text.value);
    if mode.is_none() {
        let problem = Problem::new(
            &INVALID_MODE,
            format!("`{}` is not a valid file mode", text.value),
        )
        .at(text.span);
        // `0o644` is how others write an octal number.
        let octal = text
            .value
            .strip_prefix("0o")
            .map(|digits| format!("0{digits}"));
        let octal = octal.filter(|digits| Mode::parse(digits).is_some());
        let help = match &octal {
            Some(digits) => format!("write `\"{digits}\"`"),
            None => MODE_FORM.to_owned(),
        };
        report.push(problem.help(help).suggest_replacement(
            text.span,
            &text.value,
            octal.as_deref(),
        ));
    }
    mode
}

/// The text of a file; `key` is the place of the word `content`.
fn read_content(
    sources: &Sources,
    key: Span,
    node: &Node,
    expand: bool,
    report: &mut Report,
) -> Option<FileContent> {
    if let Kind::List(items) = &node.kind {
        let problem = Problem::new(
            &DEPRECATED_SYNTAX,
            "`content` as a list of lines is deprecated",
        );
        let problem = problem
            .at(key)
            .help("write one string, as a block after `content: |`");
        report.push(problem.with_edits(edit::list_to_block(sources, node)));
        let lines: Vec<_> = items
            .iter()
            .filter_map(|item| string(item, "a line of `content`", report))
            .collect();
        let joined = lines
            .into_iter()
            .map(|line| line.value)
            .collect::<Vec<_>>()
            .join("\n");
        return Some(FileContent::Text(expanded(
            &joined, node.span, expand, report,
        )));
    }
    let text = string(node, "`content`", report)?;
    Some(FileContent::Text(match expand {
        true => placeholder::text(sources, node, placeholder::Mode::Content, report),
        false => Text::plain(text.value, text.span),
    }))
}

fn expanded(text: &str, span: Span, expand: bool, report: &mut Report) -> Text {
    match expand {
        true => placeholder::parse(text, span, |_, _| span, placeholder::Mode::Content, report),
        false => Text::plain(text, span),
    }
}

fn read_binary(node: &Node, report: &mut Report) -> Option<FileContent> {
    let text = string(node, "`binaryContent`", report)?;
    let packed: String = text
        .value
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    match BASE64_STANDARD.decode(&packed) {
        Ok(bytes) => Some(FileContent::Bytes(bytes)),
        Err(error) => {
            let why = base64_fault(&error, &packed);
            let problem = Problem::new(
                &INVALID_BASE64,
                format!("`binaryContent` is not valid base64: {why}"),
            );
            report.push(
                problem
                    .at(text.span)
                    .help("encode the bytes with `base64`, standard alphabet and padding"),
            );
            None
        }
    }
}

fn base64_fault(error: &DecodeError, packed: &str) -> String {
    let stray = match error {
        DecodeError::InvalidByte(offset, _) => {
            packed.get(*offset..).and_then(|rest| rest.chars().next())
        }
        _ => None,
    };
    match stray {
        Some('=') => "it has a `=` before its end".to_owned(),
        Some(stray) => format!("it has the character {stray:?}"),
        None => "its end is missing".to_owned(),
    }
}
