//! The tokens of an action, read one after the other.

use crate::TemplateError;
use crate::lex::{Token, TokenKind};
use crate::tree::Span;

/// The tokens of one action, read from front to back.
pub(super) struct Tokens<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    pub action: Span,
    /// The keyword of the block, for the message when the block is not closed.
    pub opening: &'static str,
}

impl<'t> Tokens<'t> {
    pub fn new(tokens: Vec<Token<'t>>, action: Span) -> Tokens<'t> {
        Tokens {
            tokens,
            at: 0,
            action,
            opening: "define",
        }
    }

    pub fn rest(&self) -> Tokens<'t> {
        Tokens {
            tokens: self.tokens[self.at..].to_vec(),
            at: 0,
            action: self.action,
            opening: self.opening,
        }
    }

    pub fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at)
    }

    pub fn kind(&self, ahead: usize) -> Option<&TokenKind<'t>> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }

    pub fn next(&mut self) {
        self.at += 1;
    }

    pub fn is_empty(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub fn is_spaced(&self) -> bool {
        self.peek().is_some_and(|token| token.spaced)
    }

    pub fn word(&self) -> Option<&'t str> {
        match self.kind(0) {
            Some(TokenKind::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub fn take_word(&mut self, word: &str) -> bool {
        let matches = self.word() == Some(word);
        self.at += usize::from(matches);
        matches
    }

    pub fn take(&mut self, kind: &TokenKind<'_>) -> bool {
        let matches = self.kind(0) == Some(kind);
        self.at += usize::from(matches);
        matches
    }

    /// The place of the next token, or of the whole action when there is none.
    pub fn here(&self) -> Span {
        self.peek().map_or(self.action, |token| token.span)
    }

    /// The end of the last token that was read.
    pub fn before(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(self.action.start, |token| token.span.end)
    }

    pub fn template_name(&mut self, word: &str) -> Result<(String, Span), TemplateError> {
        let span = self.here();
        match self.kind(0).cloned() {
            Some(TokenKind::Text(name)) => {
                self.next();
                Ok((name.into_owned(), span))
            }
            _ => Err(self.error_here(format!("`{word}` needs a quoted name"))),
        }
    }

    pub fn finish(&mut self, what: &str) -> Result<(), TemplateError> {
        if self.is_empty() {
            return Ok(());
        }
        let message = match self.kind(0) {
            Some(TokenKind::Close) => "unexpected `)`".to_owned(),
            _ if what == "action" => "unexpected token in an action".to_owned(),
            _ => format!("unexpected token after `{what}`"),
        };
        Err(self.error_here(message))
    }

    pub fn error(&self, message: impl Into<String>) -> TemplateError {
        TemplateError::new(self.action.start, self.action.end, message)
    }

    pub fn error_here(&self, message: impl Into<String>) -> TemplateError {
        let span = self.here();
        TemplateError::new(span.start, span.end, message)
    }

    pub fn error_at(&self, ahead: usize, message: impl Into<String>) -> TemplateError {
        let span = self
            .tokens
            .get(self.at + ahead)
            .map_or(self.action, |token| token.span);
        TemplateError::new(span.start, span.end, message)
    }
}
