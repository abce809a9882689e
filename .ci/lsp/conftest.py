"""A project with real files, and a server for it: `examples/shop`, for the environment `staging`."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

BINARY = os.environ["SCORE_RS"]
EXAMPLE = Path(__file__).parents[2] / "examples" / "shop"


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    directory = tmp_path_factory.mktemp("shop")
    for name in ["apps", "environments", "score-rs.lock"]:
        source = EXAMPLE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, directory / name)
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    return directory


def make_client():
    """A client that keeps the last diagnostics of each file, with their version."""
    client = pytest_lsp.make_test_lsp_client()
    client.published = {}
    del client.protocol.fm.features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS]

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def publish(params: types.PublishDiagnosticsParams):
        client.published[params.uri] = (params.version, params.diagnostics)

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams):
        return None

    return client


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[BINARY, "lsp"], client_factory=make_client), params=["neovim", "visual_studio_code"], scope="module")
async def client(request, lsp_client: LanguageClient, project):
    folder = types.WorkspaceFolder(uri=project.as_uri(), name="shop")
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities(request.param),
            workspace_folders=[folder],
            initialization_options={"environment": "staging"},
        )
    )
    yield lsp_client
    await lsp_client.shutdown_session()


class File:
    """A file that is open, with a text that may not be saved."""

    version = 0

    def __init__(self, client, path):
        self.client, self.path, self.uri = client, path, path.as_uri()
        self.text = path.read_text()

    async def open(self):
        File.version += 1
        item = types.TextDocumentItem(uri=self.uri, language_id="yaml", version=File.version, text=self.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
        return await self.diagnostics()

    async def set(self, text):
        """Changes the text, in the editor only."""
        File.version += 1
        self.text = text
        document = types.VersionedTextDocumentIdentifier(uri=self.uri, version=File.version)
        change = types.TextDocumentContentChangeWholeDocument(text=text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(text_document=document, content_changes=[change]))
        return await self.diagnostics()

    async def replace(self, old, new):
        assert old in self.text, old
        return await self.set(self.text.replace(old, new, 1))

    async def diagnostics(self):
        """Those of the version that was sent last."""
        return await published(self.client, self.uri, File.version)

    def close(self):
        identifier = types.TextDocumentIdentifier(uri=self.uri)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=identifier))

    @property
    def identifier(self):
        return types.TextDocumentIdentifier(uri=self.uri)

    def after(self, text):
        """The position behind the first time that a text occurs."""
        offset = self.text.index(text) + len(text)
        line = self.text.count("\n", 0, offset)
        start = self.text.rfind("\n", 0, offset) + 1
        return types.Position(line=line, character=offset - start)

    async def complete(self, text):
        """The labels and items of what can be written behind a text."""
        params = types.CompletionParams(text_document=self.identifier, position=self.after(text))
        found = await self.client.text_document_completion_async(params)
        items = found.items if hasattr(found, "items") else found
        return {item.label: item for item in items or []}

    async def hover(self, text):
        params = types.HoverParams(text_document=self.identifier, position=self.after(text))
        found = await self.client.text_document_hover_async(params)
        return found.contents.value if found else None

    async def definition(self, text):
        params = types.DefinitionParams(text_document=self.identifier, position=self.after(text))
        return await self.client.text_document_definition_async(params) or []

    async def references(self, text):
        context = types.ReferenceContext(include_declaration=True)
        params = types.ReferenceParams(text_document=self.identifier, position=self.after(text), context=context)
        return await self.client.text_document_references_async(params) or []

    async def actions(self, text):
        position = self.after(text)
        params = types.CodeActionParams(
            text_document=self.identifier,
            range=types.Range(start=position, end=position),
            context=types.CodeActionContext(diagnostics=[]),
        )
        return {action.title: action for action in await self.client.text_document_code_action_async(params) or []}

    def apply(self, action):
        """The text after an action, which changes only this file."""
        edits = []
        for change in action.edit.document_changes:
            assert change.text_document.uri == self.uri
            edits += change.edits
        lines = self.text.splitlines(keepends=True)
        offset = lambda position: sum(map(len, lines[: position.line])) + position.character
        text = self.text
        for edit in sorted(edits, key=lambda edit: offset(edit.range.start), reverse=True):
            text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
        return text


async def published(client, uri, version):
    """The diagnostics of a file for a version of its text; `None` when it is closed."""
    for _ in range(5000):
        last = client.published.get(uri)
        if last and last[0] == version:
            return last[1]
        await asyncio.sleep(0.002)
    raise TimeoutError(uri)


@pytest.fixture
def open_file(client, project):
    """Opens a file of the project."""
    opened = []

    async def open_file(path):
        file = File(client, project / path)
        file.first = await file.open()
        opened.append(file)
        return file

    yield open_file
    for file in opened:
        file.close()


def codes(diagnostics):
    return sorted(diagnostic.code for diagnostic in diagnostics)
