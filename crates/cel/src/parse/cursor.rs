//! The tokens that are left, and how deep the tree is.

use super::MAX_DEPTH;
use crate::Error;
use crate::lex::{Lexeme, Token};
use crate::tree::Literal;

pub(super) struct Parser<'t> {
    pub tokens: Vec<Lexeme<'t>>,
    pub position: usize,
    pub depth: usize,
}

impl<'t> Parser<'t> {
    pub fn peek(&self) -> &Token<'t> {
        &self.tokens[self.position].token
    }

    pub fn lexeme(&self) -> &Lexeme<'t> {
        &self.tokens[self.position]
    }

    /// The byte after the last token that was taken.
    pub fn last_end(&self) -> usize {
        self.tokens[self.position.saturating_sub(1)].end
    }

    pub fn advance(&mut self) -> Lexeme<'t> {
        let lexeme = self.lexeme().clone();
        // The end stays.
        self.position = (self.position + 1).min(self.tokens.len() - 1);
        lexeme
    }

    pub fn take(&mut self, sign: &str) -> Option<(usize, usize)> {
        let lexeme = self.lexeme();
        let place = (lexeme.start, lexeme.end);
        matches!(lexeme.token, Token::Sign(found) if found == sign).then(|| {
            self.advance();
            place
        })
    }

    pub fn expect(&mut self, sign: &str) -> Result<(usize, usize), Error> {
        self.take(sign)
            .ok_or_else(|| self.unexpected(&format!("`{sign}`")))
    }

    pub fn unexpected(&self, wanted: &str) -> Error {
        let lexeme = self.lexeme();
        let found = match &lexeme.token {
            Token::End => "the end".to_owned(),
            Token::Word(word) | Token::Quoted(word) => format!("`{word}`"),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::Literal(Literal::Text(_) | Literal::Bytes(_)) => "a string".to_owned(),
            Token::Literal(_) | Token::LargeInt(_) => "a value".to_owned(),
        };
        let message = format!("expected {wanted}, found {found}");
        Error::new(lexeme.start, lexeme.end, message)
    }

    /// Checks that the tree may become deeper.
    pub fn deeper(&mut self, levels: usize) -> Result<(), Error> {
        self.depth += levels;
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let lexeme = self.lexeme();
        let message = format!("the expression nests deeper than {MAX_DEPTH} levels");
        Err(Error::new(lexeme.start, lexeme.end, message))
    }
}
