//! Classes of characters in brackets.

use super::Translator;

const NAMES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

impl Translator<'_> {
    /// What stands behind the opening bracket.
    pub(super) fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.take_if("^") {
            self.out.push('^');
        }
        // A bracket that comes first stands for itself.
        let mut is_first = true;
        while is_first || !self.take_if("]") {
            is_first = false;
            self.class_item()?;
        }
        self.out.push(']');
        Some(())
    }

    fn class_item(&mut self) -> Option<()> {
        if let Some((name, after)) = self
            .rest
            .strip_prefix("[:")
            .and_then(|rest| rest.split_once(":]"))
        {
            self.rest = after;
            self.out.push_str(&format!("[:{name}:]"));
            let plain = name.strip_prefix('^').unwrap_or(name);
            return NAMES.contains(&plain).then_some(());
        }
        if let Some(escaped) = self.rest.strip_prefix('\\') {
            let before = std::mem::replace(&mut self.rest, escaped);
            if let Some(class) = self.escaped_class()? {
                self.out.push_str(&class);
                return Some(());
            }
            self.rest = before;
        }
        let low = self.class_character()?;
        let is_range =
            self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1;
        let high = if is_range {
            self.take();
            self.class_character()?
        } else {
            low
        };
        let code = u32::from;
        self.out
            .push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", code(low), code(high)));
        (low <= high).then_some(())
    }

    fn class_character(&mut self) -> Option<char> {
        match self.take()? {
            '\\' => self.escaped_character(),
            character => Some(character),
        }
    }
}
