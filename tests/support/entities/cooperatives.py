"""What this node says of cooperatives, by its own API. Source: API contract 2 and 3."""

from typing import Any, Literal, TypedDict

from tests.support.entities.kinds import Moment
from tests.support.entities.people import Account


class CodeTable(TypedDict):
    table: str
    size: int
    updated_at: Moment


class Code(TypedDict):
    code: str
    labels: dict[str, str]
    parent: str | None
    data: dict[str, Any]


class Identifier(TypedDict):
    scheme: str
    value: str
    public: bool


class Warning(TypedDict):
    field: str
    code: str
    description: str


class Settings(TypedDict):
    match_digest: str
    auto_acknowledge: bool
    requires_approval: bool


class Within(TypedDict):
    umbrella: Account | None
    umbrella_code: str | None
    kind: str
    state: str


class CooperativeProfile(TypedDict):
    account: Account
    legal_name: str | None
    names: dict[str, str]
    descriptions: dict[str, str]
    cooperative_type: str | None
    registry_category: str | None
    identifiers: list[Identifier]
    sectors: list[str]
    regions: list[str]
    languages: list[str]
    size_class: str | None
    members_count: int | None
    workers_count: int | None
    offers: list[str]
    needs: list[str]
    sdgs: list[int]
    ica_principles: list[int]
    discoverable: bool
    aggregation_consent: bool
    memberships: list[Within]
    origin: str
    updated_at: Moment
    settings: Settings | None
    warnings: list[Warning]


class Membership(TypedDict):
    id: str
    member: Account
    umbrella: Account | None
    umbrella_code: str | None
    kind: str
    status: str
    state: str
    claimed_by: str | None
    started_on: str
    ended_on: str | None
    member_uri: str | None
    umbrella_uri: str | None
    level: str | None
    problems: list[str]
    checked_at: Moment | None
    url: str
    updated_at: Moment
    allowed: list[str]


class MemberError(TypedDict):
    """A row of a file that could not be done: its place in the file, and why."""

    row: int
    error: str


class MembersImport(TypedDict):
    """A file of members, and how far it is."""

    id: str
    state: Literal["running", "done"]
    rows: int
    invited: int
    errors: list[MemberError]
