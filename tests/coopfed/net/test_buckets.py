"""Files in an S3 bucket, over real HTTP: what an app uploads, what readers get, what goes."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from pydantic import ValidationError

from coopfed import limits
from coopfed.errors import StorageError, Unavailable
from coopfed.features.accounts.store import give_role
from coopfed.features.media.actions import new_name, process, sweep, take
from coopfed.features.media.rules import Kind
from coopfed.net.storage import Folder, Storage, folder_of, open_storage
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_media import a_picture, fetched, upload
from tests.coopfed.api.test_profiles import save
from tests.coopfed.features.test_copies import posted
from tests.support.buckets import KEYS, NAME, a_service
from tests.support.commands import ran
from tests.support.nodes import a_config, a_folder, opened
from tests.support.pages import a_site
from tests.support.scene import a_scene

FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 8


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """An S3 service with a bucket."""
    with a_service() as address:
        yield address


@pytest.fixture
def settings(service: str) -> dict[str, str]:
    """Of a node whose files lie in the bucket, below a prefix of its own."""
    return {**KEYS, "media_url": f"s3://{NAME}/{uuid4().hex}", "s3_endpoint": service}


@pytest.fixture
def data(database_url: str, tmp_path: Path) -> Path:
    """A data folder with a node."""
    folder = tmp_path / "data" if database_url.startswith("postgresql://") else Path(database_url).parent
    folder.mkdir(exist_ok=True)
    return folder


async def keys(storage: Storage) -> list[str]:
    """What lies there."""
    return sorted([key async for key in storage.every()])


async def body(storage: Storage, key: str, size: int) -> bytes:
    """A file."""
    return b"".join([part async for part in storage.read(key, 0, size)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"media_url": "https://bucket.example"},
        {"media_url": "s3://"},
        {"media_url": "s3://user@bucket"},
        {"media_url": "s3://bucket", "s3_endpoint": "bucket.example"},
    ],
)
def test_address_that_is_no_bucket_is_refused(database_url: str, wrong: dict[str, str]) -> None:
    """Settings say what is wrong at the start."""
    with pytest.raises(ValidationError, match=r"MEDIA_URL must be|S3_ENDPOINT must be"):
        a_config(database_url, **wrong)


async def test_folder_and_bucket_are_one_interface(database_url: str, settings: dict[str, str], tmp_path: Path) -> None:
    """design 3, row 6: the same code on both."""
    bucket = open_storage(a_config(database_url, **settings))
    for storage in (Folder(tmp_path / "media"), bucket):
        assert await storage.size("ab/x.mp4") is None
        await storage.delete(["ab/x.mp4"])
        made = tmp_path / "made"
        made.write_bytes(FILM)

        assert await storage.put("ab/x.mp4", made, "video/mp4") == len(FILM)

        assert (made.exists(), await storage.size("ab/x.mp4")) == (False, len(FILM))
        assert await body(storage, "ab/x.mp4", len(FILM)) == FILM
        assert b"".join([part async for part in storage.read("ab/x.mp4", 4, 12)]) == b"ftypmp42"
        assert await keys(storage) == ["ab/x.mp4"]
        await storage.delete(["ab/x.mp4", "ab/y.mp4"])
        assert await keys(storage) == []


async def test_bucket_that_is_away_is_a_storage_error(
    database_url: str, settings: dict[str, str], tmp_path: Path
) -> None:
    """An app is told 503 and tries again; nothing is lost on the way."""
    made = tmp_path / "made"
    made.write_bytes(FILM)
    storage = open_storage(a_config(database_url, **(settings | {"media_url": "s3://none"})))
    with pytest.raises(StorageError, match="does not answer"):
        await storage.put("ab/x.mp4", made, "video/mp4")
    assert made.read_bytes() == FILM


async def test_files_of_a_node_lie_in_the_bucket(database_url: str, settings: dict[str, str], tmp_path: Path) -> None:
    """Uploads, profile pictures and copies: put, served in parts, swept; nothing stays on the node's disk."""
    async with a_scene(database_url, **settings) as scene, a_site() as site:
        object.__setattr__(scene.node.config, "data_dir", tmp_path)
        client = await a_client(scene)
        picture = (await upload(client, a_picture())).json
        film = (await upload(client, FILM)).json
        avatar = (await save(client, {"avatar": a_picture()})).json["avatar"]
        site.answers["/a.png"] = a_picture("PNG")
        copy = await posted(scene, f"{site.base}/a.png", small=True)

        for address in (picture["url"], picture["preview_url"], film["url"], avatar, copy):
            assert (await fetched(scene, address)).status == 200, address
        part = await fetched(scene, film["url"], Range="bytes=4-11")
        beyond = await fetched(scene, film["url"], Range=f"bytes={len(FILM)}-")
        known = await fetched(scene, film["url"], If_None_Match=part.headers["ETag"])

        assert (part.status, part.body, beyond.status, known.status) == (206, b"ftypmp42", 416, 304)
        assert part.headers["Content-Range"] == f"bytes 4-11/{len(FILM)}"
        assert "sandbox" in part.headers["Content-Security-Policy"]
        assert len(await keys(scene.node.storage)) == 7
        assert [path for path in folder_of(scene.node.config).rglob("*") if path.is_file()] == []
        scene.clock.pass_(3 * 24 * 3600)
        await sweep(scene.node, "")
        assert len(await keys(scene.node.storage)) == 4
        assert (await fetched(scene, film["url"])).status == 404


async def test_upload_waits_for_the_machine_that_took_it(
    database_url: str, settings: dict[str, str], tmp_path: Path
) -> None:
    """design 3, row 6: several machines, one bucket; the job of one finds nothing of what another took, and refuses it only in the end."""
    async with a_scene(database_url, **settings) as scene:
        object.__setattr__(scene.node.config, "data_dir", tmp_path)
        who = await give_role(scene.node, "photo@mail.example", scene.member, "editor")
        row = await take(scene.node, scene.member, who, new_name(), Kind("image", "image/jpeg"), "", None)
        client = await a_client(scene)
        with pytest.raises(Unavailable, match="on the machine that took it"):
            await process(scene.node, str(row.id))
        assert (await client.get(f"/media/{row.id}")).status == 206

        scene.clock.pass_(limits.UPLOAD_ELSEWHERE_SECONDS)
        await process(scene.node, str(row.id))

        assert (await client.get(f"/media/{row.id}")).status == 422


@pytest.mark.slow
async def test_files_move_from_the_folder_into_the_bucket(
    database_url: str, settings: dict[str, str], data: Path
) -> None:
    """`coopfed media move`: a node that has outgrown its disk; safe to repeat, and `coopfed doctor` says where files lie."""
    server = a_folder(database_url, data)
    async with opened(server) as node:
        made = folder_of(node.config) / "coming" / "made"
        made.parent.mkdir(parents=True)
        made.write_bytes(FILM)
        await node.storage.put("ab/x.mp4", made, "video/mp4")
    variables = {f"COOPFED_{name.upper()}": value for name, value in settings.items()}

    moved = (await ran(data, "media", "move", "--json", **variables)).json
    again = (await ran(data, "media", "move", "--json", **variables)).json
    doctor = await ran(data, "doctor", "--offline", "--json", **variables)

    assert (moved, again["files"]) == ({"files": 1, "bytes": len(FILM)}, 0)
    storage = open_storage(a_config(database_url, **settings))
    assert await keys(storage) == ["ab/x.mp4"]
    files = next(check for check in orjson.loads(doctor.out) if check["check"] == "files")
    assert files["ok"] is True
    assert settings["media_url"] in files["detail"]


async def test_doctor_says_that_the_bucket_cannot_be_reached(database_url: str, service: str, data: Path) -> None:
    """A wrong key or name is found before an app finds it."""
    server = a_folder(database_url, data)
    async with opened(server):
        pass
    variables = {"COOPFED_MEDIA_URL": "s3://none", "COOPFED_S3_ENDPOINT": service, "COOPFED_S3_ACCESS_KEY": "x"}

    doctor = await ran(data, "doctor", "--offline", "--json", **variables, COOPFED_S3_SECRET_KEY="quite-secret")

    files = next(check for check in orjson.loads(doctor.out) if check["check"] == "files")
    assert files["ok"] is False
    assert "MEDIA_URL" in files["detail"]
    assert "quite-secret" not in doctor.out


async def test_extra_is_asked_for_only_where_there_is_a_bucket() -> None:
    """A node in a folder starts without `coopfed[s3]`; one with a bucket says what to install."""
    program = """
import sys
sys.modules["obstore"] = None
from pathlib import Path
import coopfed.app
from coopfed.config import load
from coopfed.errors import ConfigError
from coopfed.net.storage import open_storage
open_storage(load({"COOPFED_DOMAIN": "coop.example"}))
try:
    open_storage(load({"COOPFED_DOMAIN": "coop.example", "COOPFED_MEDIA_URL": "s3://x"}))
except ConfigError as error:
    print(error)
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()

    assert process.returncode == 0
    assert "coopfed[s3]" in said.decode()
