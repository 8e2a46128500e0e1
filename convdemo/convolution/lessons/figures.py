"""How the numbers of a lesson are written: as many places as a formula needs, a real minus sign."""

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def figure(value: float, places: int = 3) -> str:
    """A number with so many places; with a power of ten what would be all zeros or too long."""
    size = abs(value)
    if size >= 1e6 or 0 < size < 0.5 * 10**-places:
        digits, power = f"{value:.1e}".split("e")
        return f"{digits}×10{str(int(power)).translate(_RAISED)}".replace("-", "−")
    return f"{value:.{0 if size >= 1000 else places}f}".replace("-", "−")


def bracketed(value: float, places: int = 3) -> str:
    """The same in brackets below zero, for the middle of a formula."""
    return f"({figure(value, places)})" if value < 0 else figure(value, places)


def named(name: str) -> str:
    """w1 as it is printed in books: w₁."""
    return name.translate(_LOWERED)
