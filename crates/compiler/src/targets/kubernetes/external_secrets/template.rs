//! The contents of Secrets as templates of the External Secrets Operator.

use indexmap::IndexMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::provision::stored::Piece;
use crate::provision::{StoredSecret, StoredSecrets};
use diagnostics::value::Value;

/// The variables of the templates of one Secret, each for a secret of the store.
#[derive(Default)]
pub(super) struct Variables<'a>(IndexMap<String, &'a StoredSecret>);

impl<'a> Variables<'a> {
    /// The variable for a secret, which is called like its property where no other one is.
    fn name(&mut self, secret: &'a StoredSecret) -> String {
        let mut name = secret.property.clone();
        let mut number = 1;
        while self.0.get(&name).is_some_and(|other| *other != secret) {
            number += 1;
            name = format!("{}_{number}", secret.property);
        }
        self.0.insert(name.clone(), secret);
        name
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the values of the variables are in the store.
    pub(super) fn references(&self) -> impl Iterator<Item = Value> {
        self.0.iter().map(|(name, secret)| reference(name, secret))
    }
}

/// The template that renders to a content, with a variable for each secret of the store.
pub(super) fn template<'a>(
    content: &[u8],
    stored: &'a StoredSecrets,
    variables: &mut Variables<'a>,
) -> String {
    let Ok(text) = std::str::from_utf8(content) else {
        return format!("{{{{ \"{}\" | b64dec }}}}", STANDARD.encode(content));
    };
    let mut template = String::new();
    let mut pieces = stored.split(text).into_iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Secret(secret) => {
                template.push_str(&format!("{{{{ .{} }}}}", variables.name(secret)));
            }
            Piece::Text(text) => escape(text, pieces.peek().is_some(), &mut template),
        }
    }
    template
}

/// Adds text that is no template. A single brace before an action would become part of it.
fn escape(text: &str, is_before_action: bool, template: &mut String) {
    let text = text.replace("{{", "{{\"{{\"}}");
    match text.strip_suffix('{').filter(|_| is_before_action) {
        Some(before) => {
            template.push_str(before);
            template.push_str("{{\"{\"}}");
        }
        None => template.push_str(&text),
    }
}

/// The reference to a secret of the store, under the name of a variable.
fn reference(variable: &str, secret: &StoredSecret) -> Value {
    let remote = Value::from([
        ("key", secret.key.as_str().into()),
        ("property", secret.property.as_str().into()),
    ]);
    Value::from([("secretKey", variable.into()), ("remoteRef", remote)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use go_template::{Data, Limits, RandomSource, Template, Tools};
    use proptest::prelude::*;

    /// What the template of a content renders to when each secret of the store has this value.
    fn round_trip(content: &[u8], values: &[(&str, &str)]) -> Vec<u8> {
        let secret = |(text, _): &(&str, &str)| {
            let secret = StoredSecret {
                key: "a".to_owned(),
                property: format!("p_{text}"),
            };
            ((*text).to_owned(), secret)
        };
        let stored = StoredSecrets::new(values.iter().map(secret));
        let mut variables = Variables::default();
        let template = template(content, &stored, &mut variables);
        let data = values
            .iter()
            .map(|(text, value)| (format!("p_{text}"), Data::text(*value)));
        let random = |_: u32| -> Result<Box<dyn RandomSource>, String> { Err(String::new()) };
        let tools = Tools {
            random: &random,
            functions: &[],
            limits: Limits::default(),
        };
        let parsed = Template::parse(&template, &[]).unwrap();
        let rendered = parsed.render(&Data::map(data), &tools).unwrap();
        rendered.text.into_bytes()
    }

    const VALUES: [(&str, &str); 2] = [("standin1", "p{{q}}"), ("standin2", "")];

    proptest! {
        #[test]
        fn templates_render_to_the_content(
            parts in proptest::collection::vec(
                prop_oneof!["standin[12]", "[{}]{1,4}", "[-a\"`/* .$\n]{0,3}", "\\PC{0,3}"],
                0..9,
            )
        ) {
            let content = parts.concat();
            // What a template gives is not looked at again.
            let expected: Vec<&str> = parts.iter().map(|part| match part.as_str() {
                "standin1" => VALUES[0].1,
                "standin2" => VALUES[1].1,
                other => other,
            }).collect();
            let rendered = round_trip(content.as_bytes(), &VALUES);
            prop_assert_eq!(String::from_utf8(rendered).unwrap(), expected.concat());
        }
    }

    #[test]
    fn names_of_variables_are_those_of_properties_unless_taken() {
        let secret = |key: &str| StoredSecret {
            key: key.to_owned(),
            property: "password".to_owned(),
        };
        let texts = [("standin1", secret("a")), ("standin2", secret("b"))];
        let stored = StoredSecrets::new(texts.map(|(text, secret)| (text.to_owned(), secret)));
        let mut variables = Variables::default();
        let text = template(b"{standin1 standin2 standin1", &stored, &mut variables);
        assert_eq!(
            text,
            "{{\"{\"}}{{ .password }} {{ .password_2 }} {{ .password }}"
        );
        let keys = variables.references();
        let keys = keys.map(|one| one.get("remoteRef").unwrap().get("key").cloned().unwrap());
        assert_eq!(
            keys.collect::<Vec<_>>(),
            [Value::from("a"), Value::from("b")]
        );
        let bytes = template(b"\xff\x00", &stored, &mut variables);
        assert_eq!(bytes, "{{ \"/wA=\" | b64dec }}");
    }
}
