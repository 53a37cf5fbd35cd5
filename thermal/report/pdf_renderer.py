"""Draws matplotlib figures onto a reportlab page: vectors, text in the page's own fonts, unsampled rasters.

matplotlib's own PDF backend would bring a second set of fonts with every figure, and merging its pages takes
longer than drawing them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Affine2DBase, Transform
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from thermal.report import pdf_fonts

ASCENT, DESCENT = 0.76, 0.236
"""Of the typeface, over its size."""

CAPS = {"butt": 0, "round": 1, "projecting": 2}
JOINS = {"miter": 0, "round": 1, "bevel": 2}


def draw_figure(figure: Figure, canvas: Canvas) -> None:
    """Draw a figure with its lower-left corner at the canvas's origin, in its own size."""
    figure.set_dpi(72.0)
    width, height = figure.get_size_inches() * 72.0
    figure.draw(CanvasRenderer(canvas, float(width), float(height)))


class CanvasRenderer(RendererBase):
    """matplotlib's drawing operations in points on a reportlab canvas.

    Parameters
    ----------
    canvas
        Where to draw; its graphics state is left as it was.
    width, height
        Of the figure in points.
    """

    def __init__(self, canvas: Canvas, width: float, height: float) -> None:
        super().__init__()
        self.canvas, self.width, self.height = canvas, width, height

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Size in points."""
        return self.width, self.height

    def flipy(self) -> bool:
        """Whether y runs down; it runs up."""
        return False

    def points_to_pixels(self, points: ArrayLike) -> ArrayLike:
        """A pixel is a point."""
        return points

    def option_image_nocomposite(self) -> bool:
        """Images are placed one by one."""
        return True

    def option_scale_image(self) -> bool:
        """Images are handed over as they are, with a transform."""
        return True

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: ColorType | None = None,
    ) -> None:
        """Fill and stroke a path."""
        face = None if rgbFace is None else np.asarray(rgbFace, float)
        if face is not None and face.size == 4 and face[3] == 0.0:
            face = None
        edge = np.asarray(gc.get_rgb(), float)
        stroke = gc.get_linewidth() > 0.0 and edge[3] > 0.0
        if face is None and not stroke:
            return
        canvas = self.canvas
        canvas.saveState()
        self._clip(gc)
        if face is not None:
            canvas.addLiteral(f"{_numbers(face[:3])} rg")
            opacity = gc.get_alpha() if gc.get_forced_alpha() else (face[3] if face.size == 4 else 1.0)
            if opacity < 1.0:
                canvas.setFillAlpha(float(opacity))
        if stroke:
            self._pen(gc, edge)
        canvas.addLiteral(_operators(path, transform))
        canvas.addLiteral("S" if face is None else "B" if stroke else "f")
        canvas.restoreState()

    def _pen(self, gc: GraphicsContextBase, edge: np.ndarray) -> None:
        red, green, blue, alpha = edge.tolist()
        canvas = self.canvas
        cap, join = CAPS[str(gc.get_capstyle())], JOINS[str(gc.get_joinstyle())]
        literal = f"{_numbers((red, green, blue))} RG {gc.get_linewidth():.3f} w {cap} J {join} j"
        offset, dashes = gc.get_dashes()
        if dashes is not None:
            literal += f" [{_numbers(dashes)}] {offset or 0:.2f} d"
        canvas.addLiteral(literal)
        if alpha < 1.0:
            canvas.setStrokeAlpha(alpha)

    def _clip(self, gc: GraphicsContextBase) -> None:
        box = gc.get_clip_rectangle()
        if box is not None:
            self.canvas.addLiteral(f"{_numbers(box.bounds)} re W n")
        path, transform = gc.get_clip_path()
        if path is not None and transform is not None:
            self.canvas.addLiteral(f"{_operators(path, transform)} W n")

    def draw_image(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        im: ArrayLike,
        transform: Affine2DBase | None = None,
    ) -> None:
        """Place a raster, row 0 lowest."""
        pixels = np.asarray(im)
        high, wide = pixels.shape[:2]
        move = transform if transform is not None else Affine2D().scale(float(wide), float(high))
        canvas = self.canvas
        canvas.saveState()
        self._clip(gc)
        canvas.transform(1.0, 0.0, 0.0, 1.0, float(x), float(y))
        (a, c, e), (b, d, f), _ = move.get_matrix().tolist()
        canvas.transform(a, b, c, d, e, f)
        canvas.drawImage(ImageReader(_opaque(pixels)), 0, 0, 1, 1)
        canvas.restoreState()

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: bool | str = False,  # noqa: ARG002  matplotlib's signature
        mtext: Text | None = None,  # noqa: ARG002
    ) -> None:
        """Write a line of text from its lower-left corner on."""
        canvas = self.canvas
        canvas.saveState()
        self._clip(gc)
        canvas.setFillColorRGB(*gc.get_rgb()[:3])
        canvas.setFont(pdf_fonts.face(prop), prop.get_size_in_points())
        canvas.translate(float(x), float(y))
        if angle:
            canvas.rotate(float(angle))
        canvas.drawString(0, 0, pdf_fonts.shown(s))
        canvas.restoreState()

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: bool | str,  # noqa: ARG002
    ) -> tuple[float, float, float]:
        """Width, height and descent of a line of text in points."""
        size = prop.get_size_in_points()
        width = pdf_fonts.width(pdf_fonts.shown(s), pdf_fonts.face(prop), size)
        return width, (ASCENT + DESCENT) * size, DESCENT * size


def _opaque(pixels: np.ndarray) -> Image.Image:
    """An image on white, its first row at the top."""
    colours = pixels[::-1, :, :3]
    if pixels.shape[2] == 4:
        alpha = pixels[::-1, :, 3:].astype(np.uint16)
        if alpha.min() < 255:
            colours = ((colours * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(colours))


def _numbers(values: ArrayLike) -> str:
    return " ".join(f"{v:.3f}" for v in np.asarray(values, float).ravel())


def _operators(path: Any, transform: Transform) -> str:
    """A path in the language of PDF, to a hundredth of a point."""
    found: Path = path.cleaned(transform=transform, remove_nans=True, curves=True)
    out: list[str] = []
    x0 = y0 = 0.0
    points: list[list[float]] = np.asarray(found.vertices).tolist()
    codes: list[int] = [] if found.codes is None else np.asarray(found.codes).tolist()
    i = 0
    while i < len(codes):
        code, (x, y) = codes[i], points[i]
        if code == Path.MOVETO:
            out.append(f"{x:.2f} {y:.2f} m")
        elif code == Path.LINETO:
            out.append(f"{x:.2f} {y:.2f} l")
        elif code == Path.CURVE4:
            (x2, y2), end = points[i + 1], points[i + 2]
            out.append(f"{x:.2f} {y:.2f} {x2:.2f} {y2:.2f} {end[0]:.2f} {end[1]:.2f} c")
            (x, y), i = end, i + 2
        elif code == Path.CURVE3:
            # A quadratic curve is a cubic one with controls two thirds of the way to its own.
            end = points[i + 1]
            a, b = x0 + (x - x0) / 1.5, y0 + (y - y0) / 1.5
            c, d = end[0] + (x - end[0]) / 1.5, end[1] + (y - end[1]) / 1.5
            out.append(f"{a:.2f} {b:.2f} {c:.2f} {d:.2f} {end[0]:.2f} {end[1]:.2f} c")
            (x, y), i = end, i + 1
        elif code == Path.CLOSEPOLY:
            out.append("h")
        x0, y0 = x, y
        i += 1
    return "\n".join(out)
