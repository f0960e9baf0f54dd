"""A served node with people who may sign in, and their mails."""

import email
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from actors.lookup import ActorRow
from coopfed.db import jobs
from coopfed.features.accounts import recovery
from coopfed.features.accounts.letters import SEND_LETTER
from coopfed.features.accounts.store import give_role
from coopfed.node import Node
from coopfed.worker import JOBS
from tests.support.browser import Browser
from tests.support.nodes import FakeClock, a_served_node, an_actor

PASSWORD = "four fishes and a boat"
MEMBER = "member@mail.example"


@dataclass(slots=True)
class House:
    """A node, its cooperative, a person who may speak as it, and where its mails lie."""

    node: Node
    clock: FakeClock
    cooperative: ActorRow
    person: ActorRow
    mails: Path

    def browser(self) -> Browser:
        """A new browser."""
        return Browser(self.node.urls.base)

    async def member(self, address: str = MEMBER, role: str = "editor", *, operator: bool = False) -> str:
        """Somebody with a password, who may speak as the cooperative and as the person. The address."""
        await give_role(self.node, address, self.cooperative, role, operator=operator)
        await give_role(self.node, address, self.person, "editor")
        await recovery.choose_password(self.node, address, PASSWORD)
        return address

    async def post(self) -> list[Message]:
        """Sends the mails that wait; all that were ever written, the oldest first."""
        now = self.node.clock.now()
        for job in await self.node.db.claim(jobs.claim, now, now + 60_000, 100):
            if job.kind == SEND_LETTER:
                await JOBS[SEND_LETTER](self.node, job.key)
        written = sorted(self.mails.glob("*.eml"), key=lambda path: int(path.stem))
        return [email.message_from_bytes(path.read_bytes()) for path in written]


@asynccontextmanager
async def a_house(
    database_url: str, folder: Path, *, work: bool = False, real_time: bool = False, **settings: Any
) -> AsyncIterator[House]:
    """See House; `settings` of the node. With `work` its loops run, with `real_time` its clock is that of the machine."""
    clock = FakeClock()
    settings.setdefault("data_dir", folder)
    async with a_served_node(database_url, clock=None if real_time else clock, work=work, **settings) as node:
        cooperative = await an_actor(node, "fishers", name="Fishers")
        person = await an_actor(node, "person", type="person", name="Member")
        yield House(node, clock, cooperative, person, node.config.data_dir / "mail")


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A node to which nobody comes but by invitation."""
    async with a_house(database_url, tmp_path) as found:
        yield found


@pytest.fixture
def a_house_with(database_url: str, tmp_path: Path) -> Callable[..., Any]:
    """The same with settings."""
    return lambda **settings: a_house(database_url, tmp_path, **settings)


def link_in(mail: Message) -> str:
    """The address in a mail that stands on a line of its own."""
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    return next(line for line in body.decode().splitlines() if line.startswith("http"))
