//! Each request to what answers it.

use std::cell::OnceCell;

use lsp_server::{ErrorCode, Request};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentLinkRequest, DocumentSymbolRequest, ExecuteCommand,
    FoldingRangeRequest, GotoDefinition, HoverRequest, References, Request as _,
    SemanticTokensFullRequest,
};
use lsp_types::{
    CodeActionParams, SemanticTokens, TextDocumentIdentifier, TextDocumentPositionParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::actions::actions;
use super::capabilities::VALIDATE;
use super::completion::{complete, labels};
use super::documents::Document;
use super::hover::{Outputs, hover};
use super::navigation::{definition, references};
use super::query::Query;
use super::session::Session;
use super::symbols::{folding, links, symbols};
use super::tokens::tokens;
use crate::system::os::Os;
use crate::system::overlay::OverlayHost;

impl Session {
    /// Answers a request.
    pub(super) fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let answer = match method.as_str() {
            Completion::METHOD => self.at(&params, |query, _| json!(complete(query))),
            HoverRequest::METHOD => self.at(&params, |query, outputs| json!(hover(query, outputs))),
            GotoDefinition::METHOD => self.at(&params, |query, _| json!(definition(query))),
            References::METHOD => {
                let with_declaration = params["context"]["includeDeclaration"] != false;
                self.at(&params, |query, _| {
                    json!(references(query, with_declaration))
                })
            }
            CodeActionRequest::METHOD => self.code_actions(params),
            DocumentSymbolRequest::METHOD => self.of(&params, |document| json!(symbols(document))),
            FoldingRangeRequest::METHOD => self.of(&params, |document| json!(folding(document))),
            DocumentLinkRequest::METHOD => self.of(&params, |document| json!(links(document))),
            SemanticTokensFullRequest::METHOD => self.of(&params, |document| {
                json!(SemanticTokens {
                    result_id: None,
                    data: tokens(document),
                })
            }),
            ExecuteCommand::METHOD if params["command"] == VALIDATE => Some(self.validate_all()),
            _ => {
                let reason = "this server cannot do that";
                return self.client.refuse(id, ErrorCode::MethodNotFound, reason);
            }
        };
        // About a file that is not open, nothing is known.
        self.client.answer(id, answer.unwrap_or_default());
    }

    /// The answer about an open file; `None` when it is not open.
    fn of(&self, params: &Value, answer: impl FnOnce(&Document) -> Value) -> Option<Value> {
        let uri: TextDocumentIdentifier = read(&params["textDocument"])?;
        self.documents.of(&uri.uri).map(answer)
    }

    /// The answer about a place in an open file; `None` when it is not open.
    fn at(
        &mut self,
        params: &Value,
        answer: impl FnOnce(&Query<'_>, &Outputs<'_>) -> Value,
    ) -> Option<Value> {
        let TextDocumentPositionParams {
            text_document,
            position,
        } = read(params)?;
        self.query(&text_document, |query, session| {
            query.offset = query.document.lines.offset(&query.document.text, position);
            let outputs = |resource: &str, name: &str| session.output(query, resource, name);
            answer(query, &outputs)
        })
    }

    /// Gives what is known of an open file and its project.
    fn query<T>(
        &mut self,
        identifier: &TextDocumentIdentifier,
        answer: impl FnOnce(&mut Query<'_>, &Session) -> T,
    ) -> Option<T> {
        let root = self.documents.of(&identifier.uri)?.project.clone();
        self.enter(&root);
        self.knowledge.entry(root.clone()).or_default();
        let knowledge = self.knowledge.get(&root)?;
        let platform = knowledge.platform(&self.documents, &self.main, &self.context);
        let mut query = Query {
            context: &self.context,
            document: self.documents.of(&identifier.uri)?,
            offset: 0,
            platform: platform.as_deref(),
            read_files: &|| knowledge.files(&root, &self.documents, self.context.encoding),
            files: OnceCell::new(),
        };
        Some(answer(&mut query, self))
    }

    /// An output of a resource of the workload at the place, when it is known and no secret.
    fn output(
        &self,
        query: &Query<'_>,
        resource: &str,
        name: &str,
    ) -> Option<diagnostics::value::Value> {
        let environment = &query.platform?.environment;
        let workload = query.score()?.workload()?.to_owned();
        let os = Os::for_validation();
        let host = OverlayHost::new(&os, self.documents.texts());
        let path = &query.document.path;
        let file = path.strip_prefix(&query.document.project).unwrap_or(path);
        let outputs = self
            .context
            .compiler
            .outputs(environment, file, &host)
            .ok()?;
        outputs
            .get(&(workload, resource.to_owned()))?
            .get(name)
            .cloned()
    }

    fn code_actions(&mut self, params: Value) -> Option<Value> {
        let params: CodeActionParams = serde_json::from_value(params).ok()?;
        // The text may have changed since it was validated.
        self.check_changed();
        self.query(&params.text_document, |query, session| {
            let document = query.document;
            let project = session.projects.get(&document.project)?;
            let findings = project.findings(&document.path);
            let at = |offset: usize| {
                labels(&Query {
                    offset,
                    files: OnceCell::new(),
                    ..*query
                })
            };
            Some(json!(actions(document, params.range, &findings, &at)))
        })?
    }

    /// Validates all projects with an open file; answers how many problems each kind has.
    fn validate_all(&mut self) -> Value {
        self.outdate();
        for root in self.projects.keys().cloned().collect::<Vec<_>>() {
            self.enter(&root);
            self.check_whole(&root);
        }
        let counts = self.projects.values().map(|project| project.counts());
        let (errors, warnings) =
            counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        json!({ "errors": errors, "warnings": warnings })
    }
}

fn read<T: DeserializeOwned>(params: &Value) -> Option<T> {
    T::deserialize(params).ok()
}
