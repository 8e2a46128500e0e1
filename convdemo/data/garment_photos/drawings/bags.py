"""Bags drawn at random: handbags, backpacks, travel bags, shoulder bags."""

from __future__ import annotations

import numpy as np

from convdemo.data.garment_photos.drawings.canvas import Sheet, arc, material_colour, rounded


def draw_handbag(sheet: Sheet) -> None:
    """Handbags and totes: a body wider at the bottom or not, one or two handles, perhaps a flap."""
    rng, body = sheet.rng, material_colour(sheet.rng)
    trim = body * rng.uniform(0.4, 0.9) if rng.random() < 0.6 else material_colour(rng)
    half, top = rng.uniform(0.2, 0.36), rng.uniform(0.38, 0.52)
    bottom = top + rng.uniform(0.28, 0.45)
    taper = rng.uniform(-0.15, 0.35)
    reach, rise, width = (
        rng.uniform(0.25, 0.75) * half,
        rng.uniform(0.1, 0.36),
        rng.uniform(0.01, 0.035),
    )
    bow = rng.uniform(1.8, 5)
    for place in range(rng.integers(1, 3)):
        shift = place * rng.uniform(-0.05, 0.05)
        handle = arc(
            0.5 - reach + shift, 0.5 + reach + shift, top + 0.03, rise * (1 - 0.2 * place), bow
        )
        sheet.line(handle, trim * (1 - 0.3 * place), width)
    if rng.random() < 0.4:  # a side panel, seen from an angle
        panel = rounded(0.5, top + 0.03, 0.5 + half * 1.25, bottom - 0.02, power=8, taper=taper)
        sheet.fill(panel, body * 0.6)
    sheet.fill(
        rounded(0.5 - half, top, 0.5 + half, bottom, power=rng.uniform(3, 14), taper=taper), body
    )
    if rng.random() < 0.5:
        flap = top + (bottom - top) * rng.uniform(0.3, 0.7)
        sheet.line(arc(0.5 - half, 0.5 + half, top, top - flap), body * 0.45, 0.012, inside=True)
        sheet.fill(rounded(0.47, flap - 0.03, 0.53, flap + 0.02), trim)
    if rng.random() < 0.5:
        for way in (-1, 1):
            seam = [[0.5 + way * reach, top], [0.5 + way * reach, bottom]]
            sheet.line(seam, trim, width, inside=True)


def draw_backpack(sheet: Sheet) -> None:
    """A tall round body, a loop on top, straps at the sides, pockets and zips."""
    rng, body = sheet.rng, material_colour(sheet.rng)
    other = material_colour(rng) if rng.random() < 0.5 else body * rng.uniform(0.5, 1.3)
    other = np.clip(other, 0, 255)
    half, top = rng.uniform(0.18, 0.27), rng.uniform(0.2, 0.28)
    bottom = top + rng.uniform(0.5, 0.62)
    if rng.random() < 0.7:
        for way in (-1, 1):
            strap = arc(
                0.5 + way * half * 0.5, 0.5 + way * half * rng.uniform(1.2, 1.6), 0.72, 0.5, 4
            )
            sheet.line(strap, other * 0.6, rng.uniform(0.02, 0.045))
    sheet.line(arc(0.45, 0.55, top + 0.02, rng.uniform(0.04, 0.09)), body * 0.5, 0.02)
    for way in (-1, 1):
        if rng.random() < 0.5:
            edge = 0.5 + way * half
            sheet.fill(rounded(edge - 0.05, bottom - 0.26, edge + 0.05, bottom - 0.03), other * 0.7)
    taper = rng.uniform(0, 0.25)
    sheet.fill(
        rounded(0.5 - half, top, 0.5 + half, bottom, power=rng.uniform(2.5, 5), taper=taper), body
    )
    if rng.random() < 0.5:  # panels of another colour along the sides
        for way in (-1, 1):
            edge = 0.5 + way * half * rng.uniform(0.7, 0.9)
            panel = arc(edge, edge + way * 0.02, bottom, bottom - top - 0.05, 3)
            sheet.line(panel, other, rng.uniform(0.04, 0.08), inside=True)
    zip_top = top + rng.uniform(0.06, 0.14)
    sheet.line(
        arc(0.5 - half * 0.9, 0.5 + half * 0.9, top + 0.3, 0.3 - zip_top + top), body * 0.4, 0.01
    )
    pocket = bottom - rng.uniform(0.2, 0.32)
    sheet.fill(rounded(0.5 - half * 0.8, pocket, 0.5 + half * 0.8, bottom - 0.03, power=4), other)
    seam = [[0.5 - half * 0.75, pocket + 0.06], [0.5 + half * 0.75, pocket + 0.06]]
    sheet.line(seam, other * 0.4, 0.01)
    if rng.random() < 0.3:  # a cord laced over the front
        cord, downs = (
            material_colour(rng),
            np.linspace(zip_top + 0.12, bottom - 0.08, rng.integers(4, 7)),
        )
        ways = np.where(np.arange(len(downs)) % 2, -1, 1)
        for way in (ways, -ways):
            sheet.line(np.stack((0.5 + way * half * 0.5, downs), axis=1), cord, 0.01)


def draw_travel_bag(sheet: Sheet) -> None:
    """Duffels, satchels and messenger bags: wide, handles on top, a long strap, a flap."""
    rng, body = sheet.rng, material_colour(sheet.rng)
    trim = material_colour(rng) if rng.random() < 0.5 else body * rng.uniform(0.3, 0.8)
    half, top = rng.uniform(0.32, 0.42), rng.uniform(0.4, 0.5)
    bottom = top + rng.uniform(0.22, 0.36)
    if rng.random() < 0.7:
        over = arc(0.5 - half * 0.95, 0.5 + half * 0.95, top + 0.06, rng.uniform(0.08, 0.34), 2)
        sheet.line(over, trim, rng.uniform(0.01, 0.035))
    power = rng.uniform(2.5, 12)
    sheet.fill(
        rounded(0.5 - half, top, 0.5 + half, bottom, power=power, taper=rng.uniform(-0.1, 0.15)),
        body,
    )
    if rng.random() < 0.5:
        reach = half * rng.uniform(0.3, 0.5)
        sheet.line(arc(0.5 - reach, 0.5 + reach, top + 0.1, rng.uniform(0.14, 0.28)), trim, 0.025)
        for way in (-1, 1):
            belt = [[0.5 + way * reach, top], [0.5 + way * reach, bottom]]
            sheet.line(belt, trim, 0.03, inside=True)
    else:
        flap = top + (bottom - top) * rng.uniform(0.45, 0.8)
        sheet.fill(
            rounded(0.5 - half, top, 0.5 + half, flap, power=power), np.clip(body * 1.15, 0, 255)
        )
        sheet.line([[0.5 - half, flap], [0.5 + half, flap]], body * 0.4, 0.012, inside=True)
        for way in (-1, 1):
            place = 0.5 + way * half * 0.5
            sheet.fill(rounded(place - 0.025, flap - 0.08, place + 0.025, flap + 0.04), trim)
    if rng.random() < 0.4:
        sheet.line(arc(0.3, 0.7, bottom + 0.04, -0.1, 2), trim * 0.8, 0.02)


def draw_hobo(sheet: Sheet) -> None:
    """A soft shoulder bag that hangs from its strap."""
    rng, body = sheet.rng, material_colour(sheet.rng)
    half, top = rng.uniform(0.2, 0.3), rng.uniform(0.5, 0.58)
    strap = arc(0.5 - half, 0.5 + half, top + 0.05, rng.uniform(0.2, 0.44), rng.uniform(1.5, 3))
    sheet.line(strap, body * rng.uniform(0.5, 1), rng.uniform(0.015, 0.05))
    bottom = top + rng.uniform(0.22, 0.34)
    outline = rounded(0.5 - half, top, 0.5 + half, bottom, power=rng.uniform(2.2, 4), taper=-0.1)
    sheet.fill(outline, body)
    dip = arc(0.5 - half, 0.5 + half, top, -rng.uniform(0.02, 0.1), 2)
    sheet.line(dip, body * 0.4, 0.012, inside=True)


BAGS = (draw_handbag,) * 3 + (draw_backpack,) * 4 + (draw_travel_bag,) * 3 + (draw_hobo,)
