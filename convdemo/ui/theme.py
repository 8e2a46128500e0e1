"""The look of Gradio's own controls and of our displays: colours, type and corners."""

from gradio.themes import Base

# (light, dark); `page.css` has the same ones for what is not Gradio's yet.
PAGE = ("#fafaf8", "#131417")
SURFACE = ("#ffffff", "#1b1d21")
SUNKEN = ("#f1f1ee", "#23252b")
LINE = ("#dedcd6", "#363942")
TEXT = ("#1c1d21", "#ececee")
QUIET = ("#5f6169", "#a3a6b0")
ACCENT = ("#2f5bea", "#8aa7ff")
ON_ACCENT = ("#ffffff", "#10131c")
TINT = ("#e6ecfd", "#26304d")

_COLOURS = {
    "body_background_fill": PAGE,
    "body_text_color": TEXT,
    "body_text_color_subdued": QUIET,
    "background_fill_primary": SURFACE,
    "background_fill_secondary": SUNKEN,
    "block_background_fill": SURFACE,
    "block_border_color": LINE,
    "block_info_text_color": QUIET,
    "block_label_background_fill": SURFACE,
    "block_label_text_color": QUIET,
    "block_title_text_color": QUIET,
    "border_color_primary": LINE,
    "border_color_accent": ACCENT,
    "color_accent_soft": TINT,
    "code_background_fill": SUNKEN,
    "input_background_fill": SURFACE,
    "input_border_color": LINE,
    "input_border_color_focus": ACCENT,
    "input_placeholder_color": QUIET,
    "link_text_color": ACCENT,
    "button_primary_background_fill": ACCENT,
    "button_primary_background_fill_hover": ACCENT,
    "button_primary_text_color": ON_ACCENT,
    "button_secondary_background_fill": SURFACE,
    "button_secondary_background_fill_hover": SUNKEN,
    "button_secondary_border_color": LINE,
    "button_secondary_text_color": TEXT,
    "slider_color": ACCENT,
    "table_border_color": LINE,
    "table_even_background_fill": SURFACE,
    "table_odd_background_fill": SURFACE,
}


def theme() -> Base:
    """Gradio's plainest theme in our colours and the visitor's own fonts: nothing is loaded."""
    made = Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    colours = {name: light for name, (light, _) in _COLOURS.items()}
    dark = {f"{name}_dark": dark for name, (_, dark) in _COLOURS.items()}
    return made.set(
        **colours,
        **dark,
        color_accent=ACCENT[0],
        button_border_width="1px",
        button_large_radius="8px",
        button_large_text_size="14px",
        button_large_text_weight="500",
        block_radius="12px",
        block_shadow="none",
        input_radius="8px",
        input_border_width="1px",
        block_label_text_size="13px",
        block_title_text_size="13px",
    )
