"""base58btc, as far as Multikey and proof values need it. Quadratic in the length: callers bound the length first."""

from coopfed.errors import BadMessage

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


def encode(data: bytes) -> str:
    """The multibase text of the bytes: `z` and base58btc. Source: draft-multiformats-multibase."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\x00"))
    return "z" + "1" * zeros + "".join(reversed(digits))


def decode(text: str, max_length: int) -> bytes:
    """The bytes of a multibase text of at most `max_length` characters; BadMessage when it is none."""
    if not text.startswith("z") or len(text) > max_length:
        raise BadMessage("not a base58btc multibase text of bearable length", reason="multibase")
    number = 0
    try:
        for character in text[1:]:
            number = number * 58 + _VALUES[character]
    except KeyError as error:
        raise BadMessage(f"{error.args[0]!r} is not a base58btc digit", reason="multibase") from None
    zeros = len(text) - 1 - len(text[1:].lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
