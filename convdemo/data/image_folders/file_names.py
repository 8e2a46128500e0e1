"""Names of files as they were written: the coding is guessed where a zip or a disk does not say."""

from __future__ import annotations

import os
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable

# What systems have written names in: the code pages of Windows and of DOS, and EUC-JP.
CODINGS = (
    *("cp949", "cp932", "gb18030", "big5", "euc-jp"),
    *("cp437", "cp737", "cp850", "cp852", "cp857", "cp862", "cp866", "cp874"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256"),
)
# Of names that are Hangul throughout in one coding and Chinese in another, the first is likelier
# than the detector says: Chinese names hardly ever decode to syllables alone.
HANGUL = 2.5
# And names of Western Europe are commoner than those of its neighbours, few letters apart.
WESTERN: dict[str, float] = {"cp437": 1.4, "cp850": 1.4, "cp1252": 1.4}
_UTF_8 = 0x800  # the flag of a zip's entry
_UNICODE_PATH = 0x7075  # Info-ZIP's field: version, checksum of the plain name, name in UTF-8
_ALPHABETS = {"LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "THAI"}


def tidy(name: str) -> str:
    """A part of a path as it is shown and compared: composed, printable, trimmed."""
    composed = unicodedata.normalize("NFC", name)
    return "".join(c if c.isprintable() or c == "\u200d" else " " for c in composed).strip() or "_"


def names_in(infos: Iterable[zipfile.ZipInfo]) -> list[str]:
    """The path of every entry of a zip, with the separators that it was written with."""
    names = [_said(info) for info in infos]
    plain = decoded([name for name in names if isinstance(name, bytes)])
    return [(plain[name] if isinstance(name, bytes) else name).split("\0")[0] for name in names]


def on_disk(names: Iterable[str]) -> dict[str, str]:
    """What paths of a disk are to be read as: those that are not in the disk's coding as well."""
    raw = {name: os.fsencode(name) for name in names}
    odd = decoded([data for name, data in raw.items() if not _encodable(name)])
    return {name: odd.get(data, name) for name, data in raw.items()}


def decoded(names: list[bytes]) -> dict[bytes, str]:
    """Names of one origin and unknown coding; they are short, so they are looked at together."""
    parts = {part for name in names for part in name.split(b"/")}  # a backslash may end a letter
    coding = _coding(b"\n".join(sorted(part for part in parts if not part.isascii())))
    return {name: name.decode(coding, "replace") for name in names}


def _said(info: zipfile.ZipInfo) -> str | bytes:
    """The name of an entry, its bytes where the zip does not say what they mean."""
    if info.flag_bits & _UTF_8 or info.orig_filename.isascii():
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")  # which zipfile takes them for
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and field[1:5] == struct.pack("<I", zlib.crc32(raw)):
            return field[5:].decode("utf-8", "replace")
    return raw


def _coding(text: bytes) -> str:
    """The coding in which a text of names, a line each, makes most sense."""
    try:
        text.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    import chardet

    said = chardet.detect_all(
        text, ignore_threshold=True, include_encodings=CODINGS, compat_names=False
    )
    likely: dict[str, float] = {}
    for one in said:
        coding = one["encoding"] or "cp437"
        lines = text.decode(coding, "replace").split("\n")
        if all(map(_sensible, lines)):
            hangul = coding == "cp949" and all(map(_hangul, lines))
            likely[coding] = one["confidence"] * (HANGUL if hangul else WESTERN.get(coding, 1))
    return max(likely, key=lambda coding: likely[coding], default=said[0]["encoding"] or "cp437")


def _sensible(name: str) -> bool:
    """Whether a name is of letters of one alphabet, as people write them."""
    odd = [c for c in name if not c.isascii() or c.isalpha()]
    marks = {c for c in odd if unicodedata.category(c)[0] not in "LM"}
    scripts = {unicodedata.name(c, "?").split()[0] for c in odd if c not in marks}
    alphabets = scripts & _ALPHABETS
    foreign = alphabets - {"LATIN"}
    return (
        all(c == "·" or (c >= "■" and c.isprintable()) for c in marks)  # no lines of DOS
        and "HALFWIDTH" not in scripts
        and len(alphabets) < 2
        and not (foreign and scripts - alphabets)
        and not any(_clash(*pair) for pair in zip(name, name[1:], strict=False))
    )


def _clash(a: str, b: str) -> bool:
    """Whether nobody writes one after the other: "aÉ", or a small letter beside a wide one."""
    wide = [unicodedata.east_asian_width(c) in "WF" for c in (a, b)]
    small = [c.isascii() and c.islower() for c in (a, b)]
    return (a.islower() and b.isupper() and not b.isascii()) or (any(wide) and any(small))


def _hangul(name: str) -> bool:
    return all(not c.isalpha() or c.isascii() or "가" <= c <= "힣" for c in name)


def _encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # Python keeps bytes that mean nothing as lone surrogates
        return False
    return True
