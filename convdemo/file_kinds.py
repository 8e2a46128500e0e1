"""What kind of file begins like this, as people call it."""

# (offset, bytes, what people call it), from https://en.wikipedia.org/wiki/List_of_file_signatures
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
    (0, b"\x1f\x8b", "gzip"),
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
# ISO/IEC 23008-12; phones write "heic" or "mif1".
_BRANDS = {
    **dict.fromkeys(
        (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "HEIC"
    ),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
# Those of them that are pictures, of a kind that is not read here.
PICTURE_KINDS = ("HEIC", "AVIF", "RAW", "JPEG XL", "JPEG 2000", "Photoshop", "SVG")


def file_kind(head: bytes) -> str | None:
    """The name of the kind of file with these first bytes, None if it is not a well-known one."""
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return _BRANDS[head[8:12]]
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return None  # a picture, that neither sounds nor needs another program
    for offset, signature, name in _SIGNATURES:
        if head[offset:].startswith(signature):
            return name
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"svg" in start:
        return "SVG"
    return "HTML" if start.startswith((b"<!doctype html", b"<html")) else None
