"""WebFinger, host-meta and NodeInfo as served."""

from urllib.parse import quote

from coopfed.features.profiles.actions import delete_actor
from tests.support.nodes import a_served_node, an_actor
from tests.support.peers import Answer, a_peer
from tests.support.scene import Scene


async def ask(scene: Scene, resource: str | None) -> Answer:
    """WebFinger's answer for a resource."""
    query = "" if resource is None else f"?resource={quote(resource, safe='')}"
    return await scene.peer.send("GET", f"{scene.node.urls.base}/.well-known/webfinger{query}", {})


async def test_every_form_of_a_resource_leads_to_one_subject(scene: Scene) -> None:
    """s2s 2.5; RFC 7033 4.2: acct, without scheme, with an @, in capitals, percent-encoded, actor id, profile."""
    host = scene.node.config.authority
    forms = (
        f"acct:member@{host}",
        f"member@{host}",
        f"@member@{host}",
        f"acct:MEMBER@{host.upper()}",
        f"acct:%6Dember@{host}",
        scene.member.uri,
        f"{scene.node.urls.base}/@member",
    )
    for form in forms:
        answer = await ask(scene, form)

        assert answer.status == 200, form
        assert answer.headers["Content-Type"] == "application/jrd+json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.json["subject"] == f"acct:member@{host}"
        (link,) = [link for link in answer.json["links"] if link["rel"] == "self"]
        assert (link["type"], link["href"]) == ("application/activity+json", scene.member.uri)


async def test_address_of_the_node_leads_to_the_node_actor(scene: Scene) -> None:
    """FEP-2677: the host URL is the instance actor."""
    for form in (scene.node.urls.base, f"{scene.node.urls.base}/", f"acct:node@{scene.node.config.authority}"):
        answer = await ask(scene, form)

        assert scene.node.urls.node_actor in [link.get("href") for link in answer.json["links"]]


async def test_what_is_not_here_is_404_and_what_is_no_resource_400(scene: Scene) -> None:
    """s2s 2.5: 400 without or with a bad one, 404 for unknown names, other hosts, remote actors."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    host = scene.node.config.authority
    unknown = (f"acct:nobody@{host}", "acct:member@other.example", scene.alice.uri, f"{scene.node.urls.base}/@nobody")

    assert [(await ask(scene, form)).status for form in unknown] == [404] * 4
    bad = (None, "", "member", "mailto:x@y.example", "acct:", "acct:@", f"acct:a b@{host}", "x" * 5000, "https://[::1")
    for form in bad:
        assert (await ask(scene, form)).status in (400, 404), form
    assert (await ask(scene, None)).status == 400
    many = "&".join(f"rel={number}" for number in range(200))
    url = f"{scene.node.urls.base}/.well-known/webfinger?resource=acct:member@{host}&{many}"
    assert (await scene.peer.send("GET", url, {})).status in (200, 400)


async def test_deleted_actor_is_410(scene: Scene) -> None:
    """s2s 2.5: a handle is never given away again."""
    await delete_actor(scene.node, scene.member)

    for form in (f"acct:member@{scene.node.config.authority}", scene.member.uri):
        assert (await ask(scene, form)).status == 410


async def test_account_domain_is_the_subject_and_both_domains_are_asked(database_url: str) -> None:
    """s2s 2.5: `subject` is always the canonical handle, whatever alias was asked (fedify-dev/fedify#920)."""
    async with a_served_node(database_url, account_domain="coop.example") as node, a_peer() as peer:
        member = await an_actor(node)
        for host in ("coop.example", node.config.authority):
            url = f"{node.urls.base}/.well-known/webfinger?resource=acct:member@{host}"

            answer = await peer.send("GET", url, {})

            assert answer.json["subject"] == "acct:member@coop.example"
        assert (await peer.get(node, member.uri)).json["webfinger"] == "member@coop.example"


async def test_host_meta_names_webfinger_in_xml_and_json(scene: Scene) -> None:
    """RFC 6415 2, 3."""
    url = f"{scene.node.urls.base}/.well-known/host-meta"
    template = f"{scene.node.urls.base}/.well-known/webfinger?resource={{uri}}"

    xml = await scene.peer.send("GET", url, {})
    json = await scene.peer.send("GET", url, {"Accept": "application/json"})

    assert xml.headers["Content-Type"].startswith("application/xrd+xml")
    assert template.encode() in xml.body
    assert json.json["links"][0]["template"] == template


async def test_nodeinfo_is_found_and_read(scene: Scene) -> None:
    """NodeInfo 2.0, 2.1; FEP-2677: an array of links, the schema in the content type, the instance actor."""
    links = (await scene.peer.send("GET", f"{scene.node.urls.base}/.well-known/nodeinfo", {})).json["links"]

    assert "https://www.w3.org/ns/activitystreams#Application" in [link["rel"] for link in links]
    for link in links[:2]:
        version = link["rel"].rpartition("/")[2]
        answer = await scene.peer.send("GET", link["href"], {})
        assert f"schema/{version}#" in answer.headers["Content-Type"]
        assert (answer.json["version"], answer.json["protocols"]) == (version, ["activitypub"])
        assert answer.json["software"]["name"] == "coopfed"
