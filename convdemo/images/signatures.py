"""What kind of file begins like this, as people call it."""

import re
import zlib

HEAD = 1_000_000  # bytes by which a file is told: a drawing may begin with pages of comments

# What stands in a sentence for each kind.
KINDS: dict[str, str] = {
    "PDF": "a PDF file",
    "Photoshop": "a Photoshop file",
    "JPEG XL": "a JPEG XL file",
    "JPEG 2000": "a JPEG 2000 file",
    "ZIP": "a ZIP file",
    "7z": "a 7z file",
    "RAR": "a RAR file",
    "gzip": "a gzip file",
    "bzip2": "a bzip2 file",
    "xz": "an xz file",
    "tar": "a tar file",
    "RAW": "a RAW file",
    "video": "a video file",
    "audio or video": "an audio or video file",
    "HEIC": "a HEIC file",
    "AVIF": "an AVIF file",
    "SVG": "an SVG file",
    "HTML": "an HTML file",
}

# (offset, bytes, kind), from https://en.wikipedia.org/wiki/List_of_file_signatures
_SIGNATURES = (
    (0, b"%PDF", "PDF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "RAR"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (257, b"ustar", "tar"),
    (8, b"CR\x02", "RAW"),  # Canon's, Fujifilm's, Olympus', Panasonic's
    (4, b"ftypcrx ", "RAW"),
    (0, b"FUJIFILMCCD-RAW", "RAW"),
    (0, b"IIRO", "RAW"),
    (0, b"IIRS", "RAW"),
    (0, b"IIU\x00", "RAW"),
    (0, b"\x1a\x45\xdf\xa3", "video"),
    (0, b"RIFF", "audio or video"),
    (4, b"ftyp", "video"),
)
_GZIP = b"\x1f\x8b\x08"
# ISO/IEC 23008-12; phones write "heic" or "mif1".
_BRANDS = {
    **dict.fromkeys(
        (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "HEIC"
    ),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
# Those of them that are pictures, of a kind that is not read here.
PICTURE_KINDS = ("HEIC", "AVIF", "RAW", "JPEG XL", "JPEG 2000", "Photoshop", "SVG")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"")  # of UTF-8, -16 and -32 without zeros
# What may stand before the first element; the groups are atomic, so that no text takes long.
_BEFORE = re.compile(
    r"""(?>(?>\s+|<\?.*?\?>|<!--.*?-->|<!doctype\s+(?!html\b)(?>[^>\["']|"[^"]*"|'[^']*'
    |\[(?>[^]"'<]|"[^"]*"|'[^']*'|<!--.*?-->|<)*\])*>)*)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
# The tags by which browsers know a page, https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
_FIRST = re.compile(
    r"<(?:(?P<SVG>(?:[\w.-]+:)?svg(?=[\s/>]))|(?P<HTML>!doctype\s+html\b|(?:html|head|script|"
    r"iframe|h1|div|font|table|a|style|title|b|body|br|p)(?=[\s/>])))",
    re.IGNORECASE,
)


def file_kind(head: bytes) -> str | None:
    """The kind of file with these first bytes, a key of KINDS; None if it is not a well-known one.

    Texts need up to HEAD bytes, all others 16.
    """
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return _BRANDS[head[8:12]]
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return None  # a picture, that neither sounds nor needs another program
    for offset, signature, name in _SIGNATURES:
        if head[offset:].startswith(signature):
            return name
    if head.startswith(_GZIP):  # an SVG often is, as .svgz
        return _markup(_unzipped(head)) or "gzip"
    return _markup(head)


def _markup(head: bytes) -> str | None:
    plain = head.translate(None, b"\0")  # of what matters UTF-16 and UTF-32 are ASCII with zeros
    mark = next(mark for mark in _MARKS if plain.startswith(mark))
    text = plain[len(mark) :].decode("latin-1")
    before = _BEFORE.match(text)
    first = _FIRST.match(text, before.end() if before else 0)
    return first.lastgroup if first else None


def _unzipped(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""
