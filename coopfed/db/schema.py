"""Which schema this program was written for, and whether a database has it. Light: the server does not import alembic."""

from sqlalchemy import text

from coopfed.db.tx import Tx
from coopfed.errors import SchemaMismatch

HEAD = "2026_12_15_request_files"
HISTORY = (
    "2026_11_24_ground",
    "2026_11_24_breadth",
    "2026_11_25_polls",
    "2026_11_25_quotes",
    "2026_11_25_relations",
    "2026_11_25_groups",
    "2026_11_25_threads",
    "2026_11_25_relays",
    "2026_11_25_hashtags",
    "2026_11_26_jobs",
    "2026_11_26_moderation",
    "2026_11_26_previews",
    "2026_11_26_joins",
    "2026_11_26_consents",
    "2026_11_26_defaults",
    "2026_11_30_sign_in",
    "2026_11_30_personal",
    "2026_11_30_media",
    "2026_11_30_search",
    "2026_11_30_posting",
    "2026_11_30_waiting",
    "2026_11_30_work",
    "2026_12_01_push",
    "2026_12_02_profiles",
    "2026_12_03_discovery",
    "2026_12_04_portability",
    "2026_12_05_passkeys",
    "2026_12_06_copies",
    "2026_12_07_cooperatives",
    "2026_12_08_roles",
    "2026_12_09_memberships",
    "2026_12_10_requests",
    "2026_12_11_comment_answers",
    "2026_12_12_agreements",
    "2026_12_13_matches",
    "2026_12_14_acknowledgements",
    HEAD,
)
"""All revisions, the oldest first."""

_TABLES = {
    "sqlite": text("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"),
    "postgresql": text("SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version'"),
}
_VERSION = text("SELECT version_num FROM alembic_version")


def revision(tx: Tx) -> str | None:
    """The revision of the database, or None when it is empty."""
    if not tx.execute(_TABLES["postgresql" if tx.on_postgres else "sqlite"]).scalar_one():
        return None
    version: str | None = tx.execute(_VERSION).scalar_one_or_none()
    return version


def require_head(tx: Tx) -> None:
    """SchemaMismatch, with what to do, unless the database has exactly this program's schema."""
    found = revision(tx)
    if found == HEAD:
        return
    if found is None:
        raise SchemaMismatch("the database is empty; run: coopfed init")
    if found in HISTORY:
        raise SchemaMismatch(f"the database has the older schema {found}; run: coopfed db upgrade")
    raise SchemaMismatch(
        f"the database has the schema {found}, newer than this program's {HEAD}; install the newer CoopFed again"
    )
