"""Displays that change under the eye, for anybody's Gradio app.

Each is a folder: a class, the value that it draws, `template.html`, `style.css`, `script.js`, its
own words in English and Korean, and `demo.py`, which shows it alone. `display.py` is what they
share in Python, `shared.js` in the browser. A control is Gradio's own, and no component knows
another, a network or this page.
"""

from convdemo.ui.components.chain_editor import ChainEditor, Setting
from convdemo.ui.components.computation_graph import ComputationGraph, GraphNode, NodeGraph
from convdemo.ui.components.confusion_matrix import Confusion, ConfusionMatrix
from convdemo.ui.components.convolution_bench import Bench, ConvolutionBench
from convdemo.ui.components.curves import Chart, Curves, Line, Span
from convdemo.ui.components.digit_pad import Brought, DigitPad, Reading
from convdemo.ui.components.display import Display
from convdemo.ui.components.feature_maps import (
    Cell,
    FeatureMaps,
    Network,
    OpenedMap,
    OpenedStage,
    Stage,
)
from convdemo.ui.components.heatmaps import Heat, Heatmaps
from convdemo.ui.components.layer_line import LayerLine, LayerRow, LayerTable
from convdemo.ui.components.photo_album import PhotoAlbum, PhotoClass, Photos
from convdemo.ui.components.picture_groups import Captioned, PictureGroup, PictureGroups
from convdemo.ui.components.pixel_pad import PixelPad
from convdemo.ui.components.plane import Plane, Surface, Way
from convdemo.ui.components.probability_bars import Answer, ProbabilityBars
from convdemo.ui.components.report import Figure, Report, State
from convdemo.ui.components.rule_table import Rule, Rules, RuleTable
from convdemo.ui.components.scatter import Points, Scatter
from convdemo.ui.components.step_strip import Preparation, Step, StepStrip
from convdemo.ui.components.tiles import Done, Grid, Tile, Tiles
from convdemo.ui.components.two_networks import Compared, TwoNetworks
from convdemo.ui.components.work_line import Progress, WorkLine
from convdemo.ui.components.worked import Example, Numbers, Table, Words, Worked
