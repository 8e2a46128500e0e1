"""What is said of pictures of one's own classes: why they make no set, what to know of one."""

from __future__ import annotations

from dataclasses import dataclass

from convdemo.errors import Problem

PROBLEMS = {
    "photos_none": "There is no picture here that can be read.",
    "photos_kind": "None of the {files} files here is a picture that can be read ({count} {of}); "
    "JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF are.",
    "photos_no_folders": "The {pictures} pictures here lie in no class folder: put each class "
    "into its own.",
    "photos_one_class": "There are only pictures of {name}: a second class is needed to tell "
    "apart.",
    "photos_classes": "There are {classes} class folders; at most {limit} are taken.",
    "photos_few": "The class {name} has {photos} pictures that can be used; it needs at least "
    "{least}.",
    "photos_validation": "The class {name} has no picture to {part} with.",
    "photos_large": "These pictures take more than {limit} MB of memory; use fewer.",
    "photos_stopped": "The pictures were not read to their end.",
    "photos_missing": "There is no file or folder {path} that can be opened.",
    "zip_not": "This is not a whole zip file.",
    "zip_kind": "This is no zip, but: {of}.",
    "zip_password": "This zip is locked with a password.",
    "zip_paths": "This zip has paths that lead out of it ({path}): it is not read.",
    "zip_many": "This zip holds {files} files; at most {limit} are taken.",
    "zip_large": "Unpacked, this zip would take {megabytes} MB; at most {limit} MB are taken.",
}
# What one should know of a set. The first five are about what lies beside the pictures.
FINDINGS = {
    "kind": "Files left out, not pictures that can be read: {count} {of} ({names}).",
    "link": "Links, or what else cannot be opened, left out: {count} ({names}).",
    "hidden": "Hidden and system files left out: {count} ({names}).",
    "loose": "Pictures left out, in no class folder: {count} ({names}).",
    "without": "Folders without a picture that can be read: {count} ({names}).",
    "unreadable": "Damaged pictures left out: {count} ({names}).",
    "repeated": "Pictures that came again and count once: {count}.",
    "in_two_classes": "Pictures in two classes, in use in neither: {count}. Remove each from the "
    "class where it is wrong.",
    "alike": "{count} pictures look alike, as from one burst. They stay together in training or in "
    "validation; pictures of other moments teach more.",
    "both_sides": "{count} pictures look alike and lie on both sides of the split ({names}): "
    "new pictures may be read less well than those that validate.",
    "small": "Fewer than 20 pictures: {names}. More of them make the result better, and surer.",
    "uneven": "{first} has {count} times as many pictures as {second}; add some there, or the "
    "network leans to {first}.",
}
NAMED = 5  # names of a finding that are said


@dataclass(frozen=True)
class Finding:
    """Something that one should know of a set: a key of FINDINGS and its numbers."""

    kind: str
    count: int
    names: tuple[str, ...] = ()  # of photos, of folders, or of the classes it is about
    of: str = ""  # the kind of file

    def __str__(self) -> str:
        names = ", ".join(self.names[:NAMED]) + " and others" * (len(self.names) > NAMED)
        first, second = (*self.names, "", "")[:2]
        return FINDINGS[self.kind].format(
            count=self.count, names=names, of=self.of, first=first, second=second
        )


class PhotoSetError(Problem):
    """Pictures that make no set; `problem` is a key of PROBLEMS, `findings` are what was found."""

    sentences = PROBLEMS

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(problem, **values)
        self.findings: tuple[Finding, ...] = ()
