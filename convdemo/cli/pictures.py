"""Pictures of one's own classes that a command is given: read, and told before it trains."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from convdemo.data.image_folders.findings import NAMED, Finding, PhotoSetError
from convdemo.data.image_folders.photo_set import PhotoSet, Use
from convdemo.data.image_folders.reader import read_photos


def read_and_tell(path: Path, use: Use, *, as_json: bool, quiet: bool = False) -> PhotoSet:
    """The pictures in a folder or a zip of class folders. Says how many each class has, and what is
    left out; as JSON, which goes where records do not, only the latter.
    """
    try:
        photos = read_photos(path, use=use)
    except PhotoSetError as error:
        if not quiet:
            _tell(error.findings, sys.stderr, as_json=as_json)
        raise
    if quiet:
        return photos
    if not as_json:
        print(", ".join(f"{name}: {count} photos" for name, count in photos.counts().items()))
    _tell(photos.findings, sys.stderr if as_json else sys.stdout, as_json=as_json)
    return photos


def _tell(findings: Iterable[Finding], where: TextIO, *, as_json: bool) -> None:
    rows = [row_of(finding) for finding in findings]
    if as_json and rows:
        print(json.dumps(rows, ensure_ascii=False), file=where, flush=True)
    elif not as_json:
        for finding in findings:
            print(f"  {finding}", file=where, flush=True)


def row_of(finding: Finding) -> dict[str, Any]:
    """A finding as JSON; "kind" is that of the files."""
    row = {"finding": finding.kind, "count": finding.count, "names": list(finding.names[:NAMED])}
    return {**row, "kind": finding.of} if finding.of else row
