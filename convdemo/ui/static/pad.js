// The drawing pad. Strokes are kept as lines in a square of side 1, so that they can be undone, drawn
// sharply on any screen, and sent small: cropped to the ink, its longer side 112 pixels.
(() => {
  const SENT_SIDE = 112;
  const MARGIN = 2; // pixels of empty paper around what is sent
  // A 3 that stands there when the page opens, until somebody draws.
  const FIRST = [
    [0.289, 0.274], [0.364, 0.208], [0.474, 0.185], [0.583, 0.212], [0.655, 0.28], [0.667, 0.368],
    [0.615, 0.447], [0.52, 0.486], [0.623, 0.533], [0.682, 0.613], [0.682, 0.707], [0.623, 0.787],
    [0.52, 0.834], [0.4, 0.834], [0.297, 0.787], [0.261, 0.75],
  ];

  convdemo.pad = (canvas, { onChange, onDown, onUp }) => {
    const screen = canvas.getContext("2d");
    const scratch = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    let strokes = []; // {points: [[x, y], ...], width}
    let stroke = null;
    let pointer = null;
    let width = 1 / 14;
    // Known in advance: asking for them while somebody draws would make the browser lay the page out.
    let side = 0;
    let colour = "";

    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };

    canvas.addEventListener("pointerdown", (event) => {
      if (pointer !== null || event.button !== 0) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      if (stroke) lift();
      pointer = event.pointerId;
      lower(place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      const moves = event.getCoalescedEvents?.() ?? [];
      extend((moves.length ? moves : [event]).map(place));
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => {
        if (event.pointerId !== pointer) return;
        pointer = null;
        lift();
      });
    }

    function lower(point) {
      strokes = strokes.filter(({ points }) => points !== FIRST);
      onDown();
      stroke = { points: [point], width };
      strokes.push(stroke);
      changed();
    }

    // Nothing where the stroke was undone while it was drawn.
    function extend(points) {
      stroke?.points.push(...points);
      if (stroke) changed();
    }

    function lift() {
      stroke = null;
      onUp();
    }

    function changed() {
      redraw();
      onChange();
    }

    function look() {
      side = Math.round(canvas.clientWidth * devicePixelRatio);
      colour = getComputedStyle(canvas).color;
      canvas.width = canvas.height = side;
      redraw();
    }

    function redraw() {
      screen.clearRect(0, 0, side, side);
      paint(screen, colour, side, 0, 0);
    }

    // Every stroke in that colour, the square's side being `scale` pixels, its corner at (left, top).
    function paint(context, colour, scale, left, top) {
      context.save();
      context.strokeStyle = context.fillStyle = colour;
      context.lineCap = context.lineJoin = "round";
      for (const { points, width } of strokes) {
        const at = ([x, y]) => [left + x * scale, top + y * scale];
        context.lineWidth = width * scale;
        context.beginPath();
        context.moveTo(...at(points[0]));
        for (let i = 1; i < points.length - 1; i++) {
          const [x, y] = points[i];
          const [nextX, nextY] = points[i + 1];
          context.quadraticCurveTo(...at([x, y]), ...at([(x + nextX) / 2, (y + nextY) / 2]));
        }
        context.lineTo(...at(points.at(-1)));
        context.stroke();
      }
      context.restore();
    }

    // [left, top, right, bottom] of the ink, null without any.
    function inkBox() {
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      for (const { points, width } of strokes) {
        for (const [x, y] of points) {
          box[0] = Math.min(box[0], x - width / 2);
          box[1] = Math.min(box[1], y - width / 2);
          box[2] = Math.max(box[2], x + width / 2);
          box[3] = Math.max(box[3], y + width / 2);
        }
      }
      if (box[0] === Infinity) return null;
      return box.map((edge) => Math.min(1, Math.max(0, edge)));
    }

    // {width, height, bytes}: base64 of the ink, 255 where it is full; an empty square if there is none.
    function ink() {
      const box = inkBox() ?? [0, 0, 1, 1];
      const longest = Math.max(box[2] - box[0], box[3] - box[1], 1e-3);
      const scale = (SENT_SIDE - 2 * MARGIN) / longest;
      const width = Math.ceil((box[2] - box[0]) * scale) + 2 * MARGIN;
      const height = Math.ceil((box[3] - box[1]) * scale) + 2 * MARGIN;
      scratch.canvas.width = width;
      scratch.canvas.height = height;
      paint(scratch, "#000", scale, MARGIN - box[0] * scale, MARGIN - box[1] * scale);
      const colours = scratch.getImageData(0, 0, width, height).data;
      let text = "";
      for (let i = 3; i < colours.length; i += 4) text += String.fromCharCode(colours[i]);
      return { width, height, bytes: btoa(text) };
    }

    // The drawing as a PNG file: black on white, 448 pixels square.
    function toBlob() {
      const sheet = new OffscreenCanvas(448, 448);
      const context = sheet.getContext("2d");
      context.fillStyle = "#fff";
      context.fillRect(0, 0, 448, 448);
      paint(context, "#000", 448, 0, 0);
      return sheet.convertToBlob({ type: "image/png" });
    }

    new ResizeObserver(look).observe(canvas);
    new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });

    return {
      ink, toBlob, lower, extend, lift,
      begin() {
        strokes = [{ points: FIRST, width }];
        changed();
      },
      restore(kept) {
        stroke = null;
        strokes = [...kept];
        changed();
      },
      clear() {
        this.restore([]);
      },
      get strokes() { return [...strokes]; },
      setWidth: (value) => (width = value),
      get drawing() { return stroke !== null; },
      get pointing() { return pointer !== null; },
      get empty() { return strokes.length === 0; },
    };
  };
})();
