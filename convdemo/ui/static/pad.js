// The drawing pad. Strokes are kept as lines in a square of side 1, so that they can be undone, drawn
// sharply on any screen, and sent small: cropped to the ink, its longer side 112 pixels.
(() => {
  const SENT_SIDE = 112;
  const MARGIN = 2; // pixels of empty paper around what is sent
  const EXAMPLE_SIDE = 280;

  convdemo.pad = (canvas, { onChange, onDown, onUp }) => {
    const screen = canvas.getContext("2d");
    const scratch = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    let items = []; // {points: [[x, y], ...], width} or {image, box}
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
      pointer = event.pointerId;
      onDown();
      if (items.some((item) => item.image)) items = []; // an example makes room for a drawing
      stroke = { points: [place(event)], width };
      items.push(stroke);
      changed();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      const moves = event.getCoalescedEvents?.() ?? [];
      stroke.points.push(...(moves.length ? moves : [event]).map(place));
      changed();
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => {
        if (event.pointerId !== pointer) return;
        pointer = null;
        stroke = null;
        onUp();
      });
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

    // Every item in that colour, the square's side being `scale` pixels, its corner at (left, top).
    function paint(context, colour, scale, left, top) {
      context.save();
      context.strokeStyle = context.fillStyle = colour;
      context.lineCap = context.lineJoin = "round";
      for (const item of items) {
        if (item.image) {
          context.drawImage(tinted(item.image, colour), left, top, scale, scale);
          continue;
        }
        const at = ([x, y]) => [left + x * scale, top + y * scale];
        context.lineWidth = item.width * scale;
        context.beginPath();
        context.moveTo(...at(item.points[0]));
        for (let i = 1; i < item.points.length - 1; i++) {
          const [x, y] = item.points[i];
          const [nextX, nextY] = item.points[i + 1];
          context.quadraticCurveTo(...at([x, y]), ...at([(x + nextX) / 2, (y + nextY) / 2]));
        }
        context.lineTo(...at(item.points.at(-1)));
        context.stroke();
      }
      context.restore();
    }

    function tinted(image, colour) {
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      context.globalCompositeOperation = "source-in";
      context.fillStyle = colour;
      context.fillRect(0, 0, image.width, image.height);
      return canvas;
    }

    // [left, top, right, bottom] of the ink, null without any.
    function inkBox() {
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      const include = (x, y, reach) => {
        box[0] = Math.min(box[0], x - reach);
        box[1] = Math.min(box[1], y - reach);
        box[2] = Math.max(box[2], x + reach);
        box[3] = Math.max(box[3], y + reach);
      };
      for (const item of items) {
        if (item.image) {
          include(item.box[0], item.box[1], 0);
          include(item.box[2], item.box[3], 0);
        } else {
          for (const [x, y] of item.points) include(x, y, item.width / 2);
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

    // Put an example there instead: dark ink on white paper, its darkness taken as ink.
    async function load(url) {
      const picture = new Image();
      picture.src = url;
      await picture.decode();
      const side = EXAMPLE_SIDE;
      const image = new OffscreenCanvas(side, side);
      const context = image.getContext("2d");
      context.fillStyle = "#fff";
      context.fillRect(0, 0, side, side);
      const fit = side / Math.max(picture.width, picture.height);
      const [wide, high] = [picture.width * fit, picture.height * fit];
      context.drawImage(picture, (side - wide) / 2, (side - high) / 2, wide, high);
      const data = context.getImageData(0, 0, side, side);
      const box = [1, 1, 0, 0];
      for (let i = 0; i < data.data.length; i += 4) {
        const darkness = 255 - Math.round((data.data[i] + data.data[i + 1] + data.data[i + 2]) / 3);
        data.data[i] = data.data[i + 1] = data.data[i + 2] = 0;
        data.data[i + 3] = darkness;
        if (darkness < 8) continue;
        const [x, y] = [(i / 4) % side, Math.floor(i / 4 / side)];
        box[0] = Math.min(box[0], x / side);
        box[1] = Math.min(box[1], y / side);
        box[2] = Math.max(box[2], (x + 1) / side);
        box[3] = Math.max(box[3], (y + 1) / side);
      }
      context.putImageData(data, 0, 0);
      items = [{ image, box }];
      changed();
    }

    new ResizeObserver(look).observe(canvas);
    new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });

    return {
      ink, toBlob, load,
      undo() {
        items.pop();
        changed();
      },
      clear() {
        items = [];
        changed();
      },
      setWidth: (value) => (width = value),
      get drawing() { return pointer !== null; },
      get empty() { return items.length === 0; },
    };
  };
})();
