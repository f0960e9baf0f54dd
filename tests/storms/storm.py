"""What a storm showed: figures for people, and everything that is not as it must be."""

from dataclasses import dataclass, field

from tests.storms.witness import PATIENCE, Witness


@dataclass(slots=True)
class Storm:
    """A storm that is over: its name, what the healthy peer noticed, its own figures, and what went wrong."""

    name: str
    witness: Witness
    figures: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def rows(self) -> list[tuple[str, str]]:
        """What stands in the table."""
        return [*self.figures, *self.witness.told(self.name)]


def check(storm: Storm, *claims: tuple[str, bool], growth: float, patience: float = PATIENCE) -> Storm:
    """The storm with the claims that do not hold; `growth` bounds the server's memory in MiB, `patience` each wait in seconds."""
    witness = storm.witness
    claims = (
        *claims,
        (f"memory grows by at most {growth} MiB (it grew by {witness.growth:.0f})", witness.growth <= growth),
        ("the healthy peer loses nothing", witness.unserved == 0),
        (f"it waits at most {patience} s (it waited {witness.longest:.2f})", witness.longest <= patience),
    )
    storm.wrong += [claim for claim, holds in claims if not holds]
    return storm
