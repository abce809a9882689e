//! What the terminal can show.

/// The width in characters: from the variable `COLUMNS`, else of the terminal; `None` without
/// either.
pub(crate) fn terminal_width() -> Option<usize> {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}

/// Whether to write colours: to a terminal that shows them, and where `CLICOLOR_FORCE` asks for
/// them; never where `NO_COLOR` is set.
pub(crate) fn wants_colour(to_terminal: bool) -> bool {
    let forced = is_set("CLICOLOR_FORCE")
        && std::env::var_os("CLICOLOR_FORCE").is_none_or(|value| value != "0");
    !is_set("NO_COLOR")
        && (forced || to_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"))
}

/// Whether the terminal is known to show links (OSC 8). Others show the escape sequence as text.
/// `FORCE_HYPERLINK`, which other programs have too, overrides this: `0` is never.
pub(crate) fn wants_links(to_terminal: bool) -> bool {
    let text = |name: &str| std::env::var(name).unwrap_or_default();
    let term = text("TERM");
    if !to_terminal || term == "dumb" {
        return false;
    }
    if is_set("FORCE_HYPERLINK") {
        return text("FORCE_HYPERLINK") != "0";
    }
    let known_program =
        ["iTerm.app", "WezTerm", "vscode", "ghostty"].contains(&text("TERM_PROGRAM").as_str());
    let known_term = [
        "xterm-kitty",
        "xterm-ghostty",
        "alacritty",
        "wezterm",
        "foot",
    ]
    .contains(&term.as_str());
    // Multiplexers pass links on or not, depending on their configuration.
    let multiplexed = is_set("TMUX") || term.starts_with("screen") || term.starts_with("tmux");
    let vte = text("VTE_VERSION")
        .parse::<u32>()
        .is_ok_and(|version| version >= 5000);
    !multiplexed
        && (known_program || known_term || vte || is_set("WT_SESSION") || is_set("KONSOLE_VERSION"))
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
