"""Names of files: of a zip and of a disk, with a coding and without."""

import os
import struct
import zipfile
import zlib

import pytest

from convdemo.data.image_folders.file_names import decoded, names_in, on_disk, tidy


def entry(name: str | bytes, extra: bytes = b"") -> zipfile.ZipInfo:
    """An entry as zipfile reads it: bytes without a coding are taken for those of DOS."""
    info = zipfile.ZipInfo(name if isinstance(name, str) else name.decode("cp437"))
    info.flag_bits = 0x800 if isinstance(name, str) else 0
    info.extra = extra
    return info


def unicode_path(name: str, raw: bytes) -> bytes:
    """Info-ZIP's field with the name in UTF-8, for the name that stands in the entry."""
    field = struct.pack("<BI", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(field)) + field


def test_a_coding_that_is_told_is_taken():
    assert names_in([entry("고양이/1.jpg"), entry("a/b.jpg")]) == ["고양이/1.jpg", "a/b.jpg"]


def test_info_zips_field_says_more_than_the_name():
    raw = "고양이/1.jpg".encode("cp949")
    other = struct.pack("<HH", 0x5455, 2) + b"ab"
    told = other + unicode_path("고양이/1.jpg", raw)
    assert names_in([entry(raw, told)]) == ["고양이/1.jpg"]
    stale = unicode_path("old name", b"what the entry was called before")
    assert names_in([entry(raw, stale)]) == ["고양이/1.jpg"]
    assert names_in([entry(raw, b"\x75\x70\xff\xff")]) == ["고양이/1.jpg"]  # cut off


# What short names do not tell alone, those of one zip tell together.
@pytest.mark.parametrize(
    ("coding", "names"),
    [
        ("cp949", ["고양이/고양이 (1).jpg", "강아지/개.jpg"]),
        ("cp949", ["훈련/소/1.jpg", "검증/말/2.jpg"]),
        ("cp949", ["꽃·나무/「새」.jpg"]),
        ("cp949", ["정상/1.jpg", "불량/1.jpg"]),
        ("cp932", ["表/1.jpg", "能力/ソ連.jpg"]),
        ("cp932", ["りんご（赤）/1.jpg", "バナナ・梨/1.jpg"]),
        ("gb18030", ["苹果/1.jpg", "香蕉、梨/1.jpg"]),
        ("gb18030", ["男/1.jpg", "女/1.jpg"]),
        ("big5", ["蘋果/1.jpg", "香蕉/1.jpg"]),
        ("cp437", ["Äpfel/1.jpg", "Käse/2.jpg"]),
        ("cp850", ["Éléphant/1.jpg", "chèvre/1.jpg"]),
        ("cp1252", ["Éléphant/1.jpg", "chèvre/1.jpg"]),
        ("cp1252", ["élève/1.jpg", "forêt/1.jpg"]),
        ("cp866", ["кошка/1.jpg", "собака/1.jpg"]),
        ("cp1251", ["кошка/1.jpg", "собака/1.jpg"]),
        ("cp852", ["jabłko/1.jpg", "gruszka/1.jpg"]),
        ("cp1250", ["žába/1.jpg", "kůň/1.jpg"]),
        ("cp1253", ["γάτα/1.jpg", "σκύλος/1.jpg"]),
        ("cp1255", ["חתול/1.jpg", "כלב/1.jpg"]),
        ("cp1256", ["قطة/1.jpg", "كلب/1.jpg"]),
        ("cp874", ["แมว/1.jpg", "สุนัข/1.jpg"]),
        ("utf-8", ["고양이/1.jpg", "ねこ/1.jpg", "café/1.jpg"]),
        ("ascii", ["cat/1.jpg", "dog/1.jpg"]),
    ],
)
def test_the_coding_is_found_by_all_names_together(coding, names):
    raw = [name.encode(coding) for name in names]
    assert decoded(raw) == dict(zip(raw, names, strict=True))
    assert names_in(map(entry, raw)) == names


def test_names_of_a_disk_that_python_cannot_say_are_decoded():
    old = os.fsdecode("고양이/새.jpg".encode("cp949"))
    assert on_disk([old, "개/1.jpg"]) == {old: "고양이/새.jpg", "개/1.jpg": "개/1.jpg"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (" cat ", "cat"),
        ("caf\u0065\u0301", "caf\u00e9"),
        ("\u1100\u1161", "가"),
        ("a\tb\r", "a b"),
        ("\u202eevil", "evil"),
        (" ", "_"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_names_are_composed_printable_and_trimmed(name, expected):
    assert tidy(name) == expected
