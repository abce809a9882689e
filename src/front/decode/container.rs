//! `containers.NAME`.

use base64::DecodeError;
use base64::prelude::{BASE64_STANDARD, Engine};

use super::compute::read_compute;
use super::foreign;
use super::image::check_image;
use super::names;
use super::probe::read_probe;
use crate::base::diagnostics::{Edit, Problem, Report};
use crate::base::text::{Sources, Span, Spanned, floor_char_boundary};
use crate::base::yaml::{Kind, Node, rewrite, shape};
use crate::front::almost;
use crate::front::model::{Before, Container, File, FileContent, Mode, Ready, Variable, VolumeMount, is_name};
use crate::front::placeholder::{self, Reference, Text};

pub(super) fn read_container(
    sources: &Sources,
    name: Spanned<String>,
    node: &Node,
    report: &mut Report,
) -> Option<Container> {
    let what = format!("the container `{}`", name.value);
    let mut fields = shape::fields_of(sources, Some(name.span), node, &what, "image", report)?;
    let image = read_image(sources, &mut fields, report);
    let texts = |key: &'static str, fields: &mut shape::Fields<'_>, report: &mut Report| {
        fields.optional(key, report).map(|node| read_texts(sources, node, key, report)).unwrap_or_default()
    };
    let command = texts("command", &mut fields, report);
    let args = texts("args", &mut fields, report);
    let variables = fields.optional("variables", report).map(|node| read_variables(sources, node, report));
    let files = fields.optional("files", report).map(|node| read_files(sources, node, report));
    let volumes = fields.optional("volumes", report).map(|node| read_volumes(sources, node, report));
    let before = fields.optional("before", report).map(|node| read_before(sources, node, report));
    let compute = fields.optional("resources", report).map(|node| read_compute(sources, node, report));
    let liveness = fields.optional("livenessProbe", report);
    let liveness = liveness.and_then(|node| read_probe(sources, node, "`livenessProbe`", report));
    let readiness = fields.optional("readinessProbe", report);
    let readiness = readiness.and_then(|node| read_probe(sources, node, "`readinessProbe`", report));
    fields.finish_renaming(foreign::in_container, foreign::means_in_container, report);
    Some(Container {
        name,
        image: image.unwrap_or_else(|| Text::plain("", node.span)),
        build: None,
        command,
        args,
        variables: variables.unwrap_or_default(),
        files: files.unwrap_or_default(),
        volumes: volumes.unwrap_or_default(),
        before: before.unwrap_or_default(),
        compute: compute.unwrap_or_default(),
        liveness,
        readiness,
    })
}

/// The image. That there is none is the most common slip of all, so it has words of its own.
fn read_image(sources: &Sources, fields: &mut shape::Fields<'_>, report: &mut Report) -> Option<Text> {
    let entry = fields.entry("image");
    let empty = |node: &Node| node.is_null() || node.as_str() == Some("");
    match entry {
        Some(entry) if empty(&entry.value) => {
            let problem = Problem::new("empty-image", "`image` names no image").at(entry.key);
            let help = "name an image, or write `image: .` and give it with `--image`";
            let _ = report.error(problem.help(help));
            None
        }
        Some(entry) if matches!(entry.value.kind, Kind::List(_) | Kind::Map(_)) => {
            let help = "write it as one text, as in `image: example.com/shop:1`";
            shape::wrong_type_with(&entry.value, "`image`", "a string", help, report);
            None
        }
        Some(entry) => {
            process_text(&entry.value, "`image`", report)?;
            check_image(&entry.value, report);
            Some(placeholder::text(sources, &entry.value, placeholder::Mode::Strict, report))
        }
        None => {
            // It is reported with the keys that nobody knows, one of which may be meant for it.
            fields.required_as("image", "IMAGE", report);
            None
        }
    }
}

fn read_texts(sources: &Sources, node: &Node, key: &str, report: &mut Report) -> Vec<Text> {
    if let Kind::String(line, _) = &node.kind {
        match dashes_help(sources.slice(node.span)) {
            Some(help) => shape::wrong_type_with(node, &format!("`{key}`"), "a list of words", help, report),
            None => shape::line_for_words(node, &format!("`{key}`"), line, report),
        }
        return Vec::new();
    }
    let items = shape::list(node, &format!("`{key}`"), report);
    let what = format!("an item of `{key}`");
    let mut texts = Vec::new();
    for item in items {
        if process_text(item, &what, report).is_some() {
            texts.push(placeholder::text(sources, item, placeholder::Mode::Shell, report));
        }
    }
    texts
}

/// What to do about lines that look like items of a list: an editor has made a longer dash of it, or there is no space after it.
fn dashes_help(written: &str) -> Option<&'static str> {
    let mut lines = written.lines().map(str::trim);
    if written.starts_with(['\u{2013}', '\u{2014}', '\u{2022}']) {
        return Some("begin each item with `- `, a plain dash and a space");
    }
    let dashes = written.contains('\n') && lines.all(|line| line.starts_with('-'));
    dashes.then_some("put a space after the dash of each item, as in `- WORD`")
}

/// A text that is handed to a process, which no text with a NUL character can be.
fn process_text(node: &Node, what: &str, report: &mut Report) -> Option<()> {
    no_nul(&shape::string(node, what, report)?, what, report).then_some(())
}

fn no_nul(text: &Spanned<String>, what: &str, report: &mut Report) -> bool {
    let found = text.value.contains('\0');
    if found {
        let problem = Problem::new("nul-character", format!("{what} holds a NUL character")).at(text.span);
        let _ = report.error(problem.help("remove it; no program or file system can be given one"));
    }
    !found
}

fn read_variables(sources: &Sources, node: &Node, report: &mut Report) -> Vec<Variable> {
    let Kind::Map(entries) = &node.kind else {
        let as_list = matches!(node.kind, Kind::List(_));
        let help = if as_list { "write each as `NAME: VALUE`, without a dash" } else { "write `NAME: VALUE` below it" };
        let problem = shape::type_problem(node, "`variables`", "a mapping").help(help);
        let _ = report.error(problem.mended_by(variables_of_list(sources, node)));
        return Vec::new();
    };
    let mut variables = Vec::new();
    for (key, entry) in entries {
        let name = Spanned::new(key.clone(), entry.key);
        if key.is_empty() || key.contains(['=', '\0']) {
            let problem = Problem::new("invalid-name", format!("`{key}` cannot be the name of a variable"));
            let _ = report.error(problem.at(entry.key).help("write a name that is not empty and has no `=`"));
            continue;
        }
        almost::warn_of_name(key, entry.key, report);
        if entry.value.is_null() {
            let problem = Problem::new("empty-value", format!("the variable `{key}` has no value")).at(entry.key);
            let help = match comment_after(sources, entry.key) {
                Some(comment) => {
                    format!("put it in quotes, as in `\"{comment}\"`: a `#` after a space begins a comment")
                }
                None => "write `\"\"` for an empty value, or remove the variable".to_owned(),
            };
            let _ = report.error(problem.help(help));
            continue;
        }
        if process_text(&entry.value, &format!("the variable `{key}`"), report).is_some() {
            let value = placeholder::text(sources, &entry.value, placeholder::Mode::Strict, report);
            variables.push(Variable { name, value });
        }
    }
    variables
}

/// The comment that stands where the value of a key is expected, and was meant as one: `#` and a word.
fn comment_after(sources: &Sources, key: Span) -> Option<&str> {
    let rest = sources.text(key.source).get(key.end as usize..)?;
    // A line may be very long, and nobody means all of it.
    let rest = rest[..floor_char_boundary(rest, 200)].lines().next()?;
    let rest = rest.trim_start_matches(['"', '\'']).strip_prefix(':')?.trim();
    let word = rest.strip_prefix('#')?;
    let is_word = !word.is_empty() && !word.contains([' ', '"', '#']);
    is_word.then_some(rest)
}

/// The variables of a list as another tool has it. A `$` that is no placeholder of ours may be one of that tool, which
/// would be a text here.
fn variables_of_list(sources: &Sources, node: &Node) -> Option<Vec<Edit>> {
    let Kind::List(items) = &node.kind else { return None };
    let texts = items.iter().filter_map(|item| item.as_str().or_else(|| item.get("value")?.as_str()));
    let is_ours = |rest: &str| rest.starts_with("{resources.") || rest.starts_with("{metadata.");
    let are_ours = |text: &str| text.split('$').skip(1).all(is_ours);
    texts.into_iter().all(are_ours).then(|| rewrite::list_to_variables(sources, node))?
}

/// The entries of `files` and `volumes`: a mapping by target, or, as older versions of Score had it, a list of mappings
/// with a `target` each.
fn read_targets<'node>(
    sources: &Sources,
    node: &'node Node,
    what: &str,
    report: &mut Report,
) -> Vec<(Spanned<String>, &'node Node, bool)> {
    let Kind::List(items) = &node.kind else {
        let entries = shape::named_entries(node, what, report);
        return entries.into_iter().map(|(target, node)| (target, node, false)).collect();
    };
    // A list that never was one of that form is told what it lacks, and not its age.
    if items.iter().all(|item| item.get("target").is_some()) {
        let problem = Problem::new("deprecated-form", format!("{what} as a list is an older form of Score"));
        let problem = problem.at(node.span).help("write a mapping instead, with each `target` as a key");
        report.warning(problem.mended_by(rewrite::list_to_mapping(sources, node, "target")));
    }
    let mut targets = Vec::new();
    for item in items {
        match item.get("target") {
            Some(target) => {
                if let Some(target) = shape::string(target, "`target`", report) {
                    targets.push((target, item, true));
                }
            }
            None => {
                let message = format!("{what} must be a mapping by path, this is an item of a list");
                let problem = Problem::new("wrong-type", message).at(item.span);
                let _ = report.error(problem.help(mapping_by_path(item)));
            }
        }
    }
    targets
}

/// What an item of a list should be: Compose writes `SOURCE:PATH`.
fn mapping_by_path(item: &Node) -> String {
    let parts: Vec<&str> = item.as_str().unwrap_or_default().split(':').collect();
    match parts.as_slice() {
        [source, path, ..] if path.starts_with('/') => {
            let name = resource_name(source);
            format!(
                "declare a resource of `type: volume`, here `{name}`, and write `{path}: {{source: \"${{resources.{name}}}\"}}`"
            )
        }
        _ => "write the path in the container as a key, without a dash, and the rest below it".to_owned(),
    }
}

/// A name for the resource that stands for a volume of Compose, which may be a path of the host.
fn resource_name(source: &str) -> String {
    let last = source.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    names::suggest(last).unwrap_or_else(|| "data".to_owned())
}

fn check_target(target: &Spanned<String>, report: &mut Report) {
    let path = &target.value;
    if !no_nul(target, "a path in the container", report) {
        return;
    }
    if path.starts_with('/') && path.len() > 1 && !path.split('/').any(|part| part == "..") {
        return;
    }
    let problem = Problem::new("invalid-target", format!("`{path}` is no absolute path in the container"));
    let _ = report.error(problem.at(target.span).help("write a path that begins with `/` and has no `..`"));
}

fn read_files(sources: &Sources, node: &Node, report: &mut Report) -> Vec<File> {
    let mut files = Vec::new();
    for (target, node, listed) in read_targets(sources, node, "`files`", report) {
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
    let mut fields = shape::fields_of(sources, None, node, &what, "content", report)?;
    if listed {
        fields.entry("target");
    }
    let expand = match fields.optional("noExpand", report) {
        Some(node) => !shape::boolean(node, "`noExpand`", report).unwrap_or(false),
        None => true,
    };
    let mode = fields.optional("mode", report).and_then(|node| read_mode(sources, node, report));
    let given = [
        ("content", fields.optional("content", report)),
        ("source", fields.optional("source", report)),
        ("binaryContent", fields.optional("binaryContent", report)),
    ];
    let reported = fields.has_reported_keys();
    fields.finish_renaming(foreign::in_file, foreign::means_in_file, report);
    let mut present = given.iter().filter_map(|(key, node)| node.map(|node| (*key, node)));
    let Some((key, value)) = present.next() else {
        if !reported {
            let problem =
                Problem::new("file-content", format!("the file `{}` has no content", target.value)).at(target.span);
            let _ = report.error(problem.help("give it one of `content`, `source` and `binaryContent`"));
        }
        return None;
    };
    if let Some((second, node)) = present.next() {
        let message = format!("the file `{}` has both `{key}` and `{second}`", target.value);
        let problem = Problem::new("file-content", message).at(node.span).also(value.span, format!("`{key}` is here"));
        let _ = report.error(problem.help("keep one of them"));
    }
    let content = match key {
        "content" => read_content(sources, value, expand, report)?,
        "source" => FileContent::Source { path: shape::string(value, "`source`", report)?, expand },
        _ => read_binary(value, report)?,
    };
    Some(File { target, content, mode })
}

fn read_mode(sources: &Sources, node: &Node, report: &mut Report) -> Option<Mode> {
    if let Kind::Int(_) = node.kind {
        // 420 may be meant as it is, or be what somebody's program made of 0644.
        let written = sources.slice(node.span);
        let octal = Mode::parse(written).filter(|_| written.starts_with('0')).map(Mode::bits);
        let help = match octal {
            Some(bits) => {
                format!("put it in quotes, as in `mode: \"{written}\"`; YAML readers change `{written}` to {bits}")
            }
            None => "write the octal digits in quotes, as in `mode: \"0644\"`".to_owned(),
        };
        let problem = Problem::new("wrong-type", "`mode` must be a string, this is a number").at(node.span).help(help);
        let _ = report.error(if octal.is_some() { shape::quoted(problem, node.span) } else { problem });
        return None;
    }
    let text = shape::string(node, "`mode`", report)?;
    let mode = Mode::parse(&text.value);
    if mode.is_none() {
        let problem = Problem::new("invalid-mode", format!("`{}` is no file mode", text.value)).at(text.span);
        // `0o644` is how others write an octal number.
        let octal = text.value.strip_prefix("0o").map(|digits| format!("0{digits}"));
        let octal = octal.filter(|digits| Mode::parse(digits).is_some());
        let help = match &octal {
            Some(digits) => format!("write `\"{digits}\"`"),
            None => "write three octal digits, with or without a `0` before them, as in `\"0644\"`".to_owned(),
        };
        let _ = report.error(problem.help(help).respell(text.span, &text.value, octal.as_deref()));
    }
    mode
}

fn read_content(sources: &Sources, node: &Node, expand: bool, report: &mut Report) -> Option<FileContent> {
    if let Kind::List(items) = &node.kind {
        let problem = Problem::new("deprecated-form", "`content` as a list of lines is an older form of Score");
        let problem = problem.at(node.span).help("write one string, as a block after `content: |`");
        report.warning(problem.mended_by(rewrite::list_to_block(sources, node)));
        let lines: Vec<_> =
            items.iter().filter_map(|item| shape::string(item, "a line of `content`", report)).collect();
        let joined = lines.into_iter().map(|line| line.value).collect::<Vec<_>>().join("\n");
        return Some(FileContent::Text(expanded(&joined, node.span, expand, report)));
    }
    let text = shape::string(node, "`content`", report)?;
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
    let text = shape::string(node, "`binaryContent`", report)?;
    let packed: String = text.value.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    match BASE64_STANDARD.decode(&packed) {
        Ok(bytes) => Some(FileContent::Bytes(bytes)),
        Err(error) => {
            let why = base64_fault(&error, &packed);
            let problem = Problem::new("invalid-base64", format!("`binaryContent` is not base64: {why}"));
            let _ = report
                .error(problem.at(text.span).help("encode the bytes with `base64`, standard alphabet and padding"));
            None
        }
    }
}

fn base64_fault(error: &DecodeError, packed: &str) -> String {
    let stray = match error {
        DecodeError::InvalidByte(offset, _) => packed.get(*offset..).and_then(|rest| rest.chars().next()),
        _ => None,
    };
    match stray {
        Some('=') => "there is a `=` before its end".to_owned(),
        Some(stray) => format!("it has the character {stray:?}"),
        None => "a part of it is missing at its end".to_owned(),
    }
}

fn read_volumes(sources: &Sources, node: &Node, report: &mut Report) -> Vec<VolumeMount> {
    let mut volumes = Vec::new();
    for (target, node, listed) in read_targets(sources, node, "`volumes`", report) {
        check_target(&target, report);
        volumes.extend(read_volume(sources, target, node, listed, report));
    }
    volumes
}

fn read_volume(
    sources: &Sources,
    target: Spanned<String>,
    node: &Node,
    listed: bool,
    report: &mut Report,
) -> Option<VolumeMount> {
    let what = format!("the volume `{}`", target.value);
    let key = Some(target.span).filter(|_| !listed);
    let mut fields = shape::fields_of(sources, key, node, &what, "source", report)?;
    if listed {
        fields.entry("target");
    }
    let source = fields.required_as("source", "${resources.NAME}", report);
    let path = fields.optional("path", report).and_then(|node| shape::string(node, "`path`", report));
    let path = path.filter(|path| check_sub_path(path, report));
    let older = fields.entry("read_only").and_then(|entry| {
        let problem = Problem::new("deprecated-form", "`read_only` is an older form of `readOnly`").at(entry.key);
        let new = node.get("readOnly").is_none().then_some("readOnly");
        report.warning(problem.help("write `readOnly`").respell(entry.key, "read_only", new));
        shape::boolean(&entry.value, "`read_only`", report)
    });
    let read_only = fields.optional("readOnly", report);
    let read_only = read_only.and_then(|node| shape::boolean(node, "`readOnly`", report)).or(older).unwrap_or(false);
    fields.finish_renaming(foreign::in_volume, foreign::means_in_volume, report);
    let resource = read_volume_source(sources, source?, report)?;
    Some(VolumeMount { target, resource, path, read_only })
}

fn check_sub_path(path: &Spanned<String>, report: &mut Report) -> bool {
    let inside = !path.value.starts_with('/') && !path.value.split('/').any(|part| part == "..");
    if !inside {
        let problem = Problem::new("invalid-target", format!("`{}` is no path inside the volume", path.value));
        let inner = path.value.trim_start_matches('/');
        let help = match inner.is_empty() || inner.split('/').any(|part| part == "..") {
            true => "write a path without `..` that does not begin with `/`".to_owned(),
            false => format!("write `{inner}`: the path begins at the top of the volume"),
        };
        let _ = report.error(problem.at(path.span).help(help));
    }
    inside && no_nul(path, "a path in the volume", report)
}

/// A volume's source names a resource, as `${resources.NAME}` or by its bare name.
fn read_volume_source(sources: &Sources, node: &Node, report: &mut Report) -> Option<Spanned<String>> {
    shape::string(node, "`source`", report)?;
    let text = placeholder::text(sources, node, placeholder::Mode::Strict, report);
    match text.pieces.as_slice() {
        [placeholder::Piece::Plain(path)] if path.contains(['/', '\\']) || path == "." => {
            let message = format!("`source` must name a resource of the workload, `{path}` is a path");
            let help = "declare a resource of `type: volume`, and write `source: ${resources.NAME}`";
            let _ = report.error(Problem::new("volume-source", message).at(node.span).help(help));
            return None;
        }
        [placeholder::Piece::Plain(name)] => return Some(Spanned::new(name.clone(), node.span)),
        [placeholder::Piece::Placeholder(Reference::Resource { name, path }, span)] if path.is_empty() => {
            return Some(Spanned::new(name.clone(), *span));
        }
        // What is left of the text after a reported placeholder needs no second report.
        [] => return None,
        _ => {}
    }
    let problem = Problem::new("volume-source", "`source` must name one resource of the workload, and nothing else");
    let named = text.references().find_map(|(reference, _)| match reference {
        Reference::Resource { name, .. } => Some(name.as_str()),
        Reference::Metadata(_) => None,
    });
    let mut help = format!("write `source: ${{resources.{}}}`", named.unwrap_or("NAME"));
    // A path behind the volume is the way into it.
    if let [placeholder::Piece::Placeholder(Reference::Resource { path, .. }, _), placeholder::Piece::Plain(rest)] =
        text.pieces.as_slice()
        && let Some(inner) = rest.strip_prefix('/').filter(|inner| path.is_empty() && !inner.is_empty())
    {
        help = format!("{help}, and `path: {inner}` below it");
    }
    let _ = report.error(problem.at(node.span).help(help));
    None
}

fn read_before(sources: &Sources, node: &Node, report: &mut Report) -> Vec<Before> {
    let mut list = Vec::new();
    if let Kind::List(items) = &node.kind {
        let name = items.first().and_then(Node::as_str).filter(|name| is_name(name));
        let help = format!("write `{}: {{ready: started}}` below it, not as a list", name.unwrap_or("NAME"));
        shape::wrong_type_with(node, "`before`", "a mapping", &help, report);
        return list;
    }
    if let Some(name) = node.as_str().filter(|name| is_name(name)) {
        let help = format!("write it one line below, as `{name}: {{ready: started}}`");
        shape::wrong_type_with(node, "`before`", "a mapping", &help, report);
        return list;
    }
    for (container, node) in shape::named_entries(node, "`before`", report) {
        let what = format!("`before.{}`", container.value);
        let key = Some(container.span);
        let Some(mut fields) = shape::fields_of(sources, key, node, &what, "ready", report) else { continue };
        let ready = fields.required_as("ready", "started", report).and_then(|node| read_ready(node, report));
        fields.finish_renaming(foreign::in_before, foreign::means_in_before, report);
        if let Some(ready) = ready {
            list.push(Before { container, ready, span: node.span });
        }
    }
    list
}

fn read_ready(node: &Node, report: &mut Report) -> Option<Ready> {
    if let Some((given, meant)) = node.as_str().and_then(|given| Some((given, foreign::ready(given)?))) {
        let problem = Problem::new("unknown-value", format!("`ready` cannot be `{given}`")).at(node.span);
        // A container that is `ready` may be healthy or only started.
        let better = Some(meant).filter(|_| given != "ready");
        let _ = report.error(problem.help(format!("write `{meant}`")).respell(node.span, given, better));
        return None;
    }
    let choices = [("started", Ready::Started), ("healthy", Ready::Healthy), ("complete", Ready::Complete)];
    shape::word(node, "`ready`", &choices, report)
}
