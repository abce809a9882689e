"""Every feature of `score-rs lsp`, on real files with texts that are not saved."""

from pathlib import Path

from conftest import codes, published
from lsprotocol import types

CART = "apps/cart/score.yaml"
ORDERS = "apps/orders/score.yaml"
STAGING = "environments/staging/environment.yaml"
POSTGRES = "environments/staging/postgres.provisioners.yaml"


async def test_diagnostics(open_file):
    cart = await open_file(CART)
    assert codes(cart.first) == []
    [wrong] = await cart.replace(".url}", ".ulr}")
    assert wrong.code == "unknown-output" and wrong.source == "score-rs"
    assert wrong.severity == types.DiagnosticSeverity.Error
    assert "help: did you mean `url`?" in wrong.message
    page = Path(wrong.code_description.href.removeprefix("file://"))
    assert page.read_text().startswith("# unknown-output")
    assert codes(await cart.replace(".ulr}", ".url}")) == []


async def test_diagnostics_of_text_that_is_no_yaml(open_file):
    cart = await open_file(CART)
    assert "yaml-syntax" in codes(await cart.replace("metadata:", "metadata: ["))
    assert codes(await cart.replace("metadata: [", "metadata:")) == []


async def test_diagnostics_of_files_that_depend_on_another(open_file, client, project):
    catalog = await open_file("apps/catalog/score.yaml")
    definitions = await open_file(POSTGRES)
    assert codes(definitions.first) == []
    await definitions.replace("expected_outputs: [host,", "expected_outputs: [")
    await definitions.replace("    url: {{", "    uri: {{")
    assert codes(client.published[definitions.uri][1]) == ["missing-output"]
    await definitions.replace("password, url]", "password, uri]")
    assert codes(client.published[catalog.uri][1]) == ["unknown-output"]
    environment = await open_file(STAGING)
    assert "unknown-key" in codes(await environment.replace("namespace:", "namspace:"))


async def test_closing_clears(open_file, client):
    cart = await open_file(CART)
    assert codes(await cart.replace("type: redis", "type: rediss")) == ["no-provisioner"]
    cart.close()
    assert codes(await published(client, cart.uri, None)) == []


async def test_completion_of_keys_and_values(open_file):
    cart = await open_file(CART)
    await cart.replace("    readinessProbe:\n", "    \n    readinessProbe:\n")
    keys = await cart.complete("url}\n    ")
    assert "livenessProbe" in keys and "readinessProbe" not in keys
    assert "must be restarted" in keys["livenessProbe"].documentation.value
    await cart.replace("    type: redis", "    ")
    assert set(await cart.complete("cache:\n    ")) == {"type", "class", "id", "metadata", "params"}
    await cart.set(cart.text + "  x: {type: ")
    types_ = await cart.complete("x: {type: ")
    assert "that the operator of the platform runs" in types_["postgres"].documentation.value
    assert {"redis", "route", "service"} <= set(types_)


async def test_completion_of_placeholders(open_file):
    cart = await open_file(CART)
    await cart.replace("REDIS_URL:", "X: ${\n      REDIS_URL:")
    assert set(await cart.complete("X: ${")) == {"metadata", "resources"}
    await cart.replace("X: ${", "X: ${resources.")
    assert set(await cart.complete("X: ${resources.")) == {"cache"}
    await cart.replace("X: ${resources.", "X: ${resources.cache.h")
    outputs = await cart.complete("X: ${resources.cache.h")
    assert {"host", "port", "password"} <= set(outputs)
    assert outputs["host"].text_edit.new_text == "host}"
    await cart.replace("X: ${resources.cache.h", "X: ${metadata.")
    assert set(await cart.complete("X: ${metadata.")) == {"name"}


async def test_completion_of_names(open_file):
    cart = await open_file(CART)
    await cart.set(cart.text + "  pay:\n    type: service-port\n    params:\n      workload: \n")
    assert {"orders", "payments", "cart"} <= set(await cart.complete("workload: "))
    await cart.replace("workload: \n", "workload: orders\n      port: \n")
    assert set(await cart.complete("workload: orders\n      port: ")) == {"http"}
    await cart.replace("      port: \n", "      \n")
    assert set(await cart.complete("workload: orders\n      ")) == {"port"}
    await cart.replace("  name: cart\n", "  name: cart\n  annotations:\n    \n")
    annotations = await cart.complete("annotations:\n    ")
    assert {"k8s.score.dev/kind", "k8s.score.dev/service-name"} <= set(annotations)
    await cart.replace("    image: .\n", "    image: .  # score-rs: allow \n")
    assert "unused-resource" in await cart.complete("# score-rs: allow ")


async def test_completion_in_other_files(open_file):
    environment = await open_file(STAGING)
    await environment.set(environment.text + "secr")
    assert {"secrets", "extends"} <= set(await environment.complete("root.\npodSecurity: restricted\nsecr"))
    prod = await open_file("environments/prod/environment.yaml")
    assert {"staging", "local", "kubernetes"} <= set(await prod.complete("extends: "))
    definitions = await open_file(POSTGRES)
    await definitions.replace("name: pg-{{ .Id", "name: pg-{{ .")
    assert {"Params", "Guid", "Environment"} <= set(await definitions.complete("name: pg-{{ ."))
    functions = await definitions.complete("{{ . | ")
    assert functions["replace"].detail == "replace string string string"
    assert functions["encodeSecretRef"].detail == "encodeSecretRef NAME KEY"
    assert set(await definitions.complete("(printf \"%s-app\" .Init.")) == {"name"}
    assert {"type", "class", "outputs"} <= set(await definitions.complete("- uri: template://shop/postgres\n  t"))


async def test_hover(open_file):
    cart = await open_file(CART)
    text = await cart.hover("type: red")
    assert "`redis.default#cart.cache`" in text and "outputs:" in text and "`staging`" in text
    await cart.replace("REDIS_URL:", "PORT: ${resources.cache.port}\n      PASS: ${resources.cache.password}\n      REDIS_URL:")
    assert "`6379`" in await cart.hover("${resources.cache.po")
    secret = await cart.hover("${resources.cache.pass")
    assert "an output of `redis`" in secret
    assert not any(line.startswith("`") for line in secret.splitlines()[1:]), secret
    assert "**Image**" in await cart.hover("    imag")
    definitions = await open_file(POSTGRES)
    assert "encodeSecretRef NAME KEY" in await definitions.hover("password: {{ encodeSec")
    assert "the section `init`" in await definitions.hover("(printf \"%s-app\" .In")


async def test_definition(open_file, project):
    orders = await open_file(ORDERS)
    line = lambda location: Path(location.uri.removeprefix("file://")).read_text().splitlines()[location.range.start.line]
    [resource] = await orders.definition("${resources.d")
    assert resource.uri == orders.uri and line(resource) == "  db:"
    [output] = await orders.definition("${resources.db.u")
    assert output.uri.endswith("postgres.provisioners.yaml") and line(output).startswith("    url: {{")
    [kind] = await orders.definition("  db:\n    type: post")
    assert line(kind) == "- uri: template://shop/postgres"
    cart = await open_file(CART)
    [built_in] = await cart.definition("type: red")
    assert built_in.uri.endswith("redis.provisioners.yaml") and "uri: template://" in line(built_in)
    environment = await open_file("environments/prod/environment.yaml")
    [extended] = await environment.definition("extends: stag")
    assert extended.uri == (project / STAGING).as_uri()
    [workload] = await environment.definition("- workload: store")
    assert workload.uri == (project / "apps/storefront/score.yaml").as_uri()
    override = await open_file("environments/prod/storefront.yaml")
    [changed] = [one for one in await override.definition("  autosca") if "storefront" in one.uri]
    assert line(changed).strip() == "autoscaler:"


async def test_references(open_file):
    orders = await open_file(ORDERS)
    found = await orders.references("resources:\n  d")
    assert len(found) == 2 and {one.uri for one in found} == {orders.uri}
    everywhere = await orders.references("name: ord")
    assert len(everywhere) >= 2
    assert len({one.uri for one in everywhere}) >= 2


async def test_code_actions(open_file):
    cart = await open_file(CART)
    await cart.replace("image:", "imgae:")
    actions = await cart.actions("    imga")
    assert "    image: ." in cart.apply(actions["Replace with `image`"])
    assert "    image: ." in cart.apply(actions["Fix all that is unambiguous"])
    await cart.replace("imgae:", "image:")
    await cart.replace("cache.url}", "cache.hst}")
    fix = (await cart.actions("${resources.cache.hs"))["Replace with `host`"]
    assert codes(await cart.set(cart.apply(fix))) == []
    await cart.replace("  name: cart\n", "  name: cart\n  annotations:\n    k8s.score.dev/kin: Job\n")
    assert codes(await cart.set(cart.text)) == ["unused-annotation"]
    actions = await cart.actions("k8s.score.dev/k")
    assert "k8s.score.dev/kind: Job" in cart.apply(actions["Replace with `k8s.score.dev/kind`"])
    assert codes(await cart.set(cart.apply(actions["Allow `unused-annotation` here"]))) == []


async def test_outline(open_file, client):
    cart = await open_file(CART)
    params = types.DocumentSymbolParams(text_document=cart.identifier)
    [workload] = await client.text_document_document_symbol_async(params)
    assert workload.name == "cart"
    assert [child.name for child in workload.children] == ["apiVersion", "metadata", "service", "containers", "resources"]
    params = types.FoldingRangeParams(text_document=cart.identifier)
    folds = await client.text_document_folding_range_async(params)
    lines = cart.text.splitlines()
    assert "resources:" in [lines[fold.start_line] for fold in folds]
    environment = await open_file("environments/prod/environment.yaml")
    params = types.DocumentLinkParams(text_document=environment.identifier)
    [link] = await client.text_document_document_link_async(params)
    assert link.target.endswith("/prod/storefront.yaml")


async def test_semantic_tokens(open_file, client):
    cart = await open_file(CART)
    params = types.SemanticTokensParams(text_document=cart.identifier)
    data = (await client.text_document_semantic_tokens_full_async(params)).data
    # `${`, `resources`, `cache`, `url`, `}`
    assert [data[index + 2] for index in range(0, len(data), 5)] == [2, 9, 5, 3, 1]
    assert [data[index + 3] for index in range(0, len(data), 5)] == [0, 1, 2, 3, 0]


async def test_validate_workspace(open_file, client):
    cart = await open_file(CART)
    await cart.replace("image:", "imgae:")
    params = types.ExecuteCommandParams(command="score-rs.validateWorkspace")
    counts = await client.workspace_execute_command_async(params)
    assert counts.get("errors") if isinstance(counts, dict) else counts.errors
