// Numbers as squares, or a signal as bars: slices and channels side by side on one canvas. It is one stop
// of the Tab key; a click or the arrows choose a cell.
(() => {
  const [LARGEST, GAP, CAPTION, BARS, ROOM] = [44, 12, 20, 164, 420];

  // How large a cell may be, and how many tiles stand in a row.
  function layout(width, tiles, [, rows, columns], caption, bars) {
    let best = { cell: 0, across: 1 };
    // Side by side where that does not make them much smaller.
    for (let across = tiles; across >= 1; across--) {
      const down = Math.ceil(tiles / across);
      const wide = (width - (across - 1) * GAP) / (across * columns);
      const tall = bars ? LARGEST : (ROOM - down * caption - (down - 1) * GAP) / (down * rows);
      const cell = Math.floor(Math.min(LARGEST, wide, Math.max(tall, 7)));
      if (cell > 1.3 * best.cell) best = { cell, across };
    }
    const cell = Math.max(3, best.cell);
    return { cell, across: best.across, height: bars ? BARS : cell, caption };
  }

  // `onPick(plane, place)` and `onKey(event)` hear of the visitor; `onDraw(plane, place, share)` of bars that are
  // drawn, share -1..1 of the height.
  convdemo.benchGrid = (canvas, { onPick = () => {}, onKey = () => {}, onDraw = null } = {}) => {
    const screen = canvas.getContext("2d");
    let view = null;
    let marks = {};
    let plan = null;
    let colours = {};

    function look() {
      if (!view || !canvas.parentElement.clientWidth) return;
      const style = getComputedStyle(canvas);
      colours = Object.fromEntries(["accent", "line", "sunken", "surface", "text", "quiet", "other"].map((name) => [name, style.getPropertyValue(`--cd-${name}`)]));
      colours.font = style.fontFamily;
      const tiles = view.planes * view.shape[0];
      plan = layout(canvas.parentElement.clientWidth - 2, tiles, view.shape, tiles > 1 ? CAPTION : 0, view.bars);
      const across = Math.min(plan.across, tiles);
      const width = across * view.shape[2] * plan.cell + (across - 1) * GAP + 2;
      const down = Math.ceil(tiles / across);
      const height = down * (view.shape[1] * plan.height + plan.caption) + (down - 1) * GAP + 2;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
      paint();
    }

    const corner = (plane, slice) => {
      const tile = plane * view.shape[0] + slice;
      return [
        1 + (tile % plan.across) * (view.shape[2] * plan.cell + GAP),
        1 + Math.floor(tile / plan.across) * (view.shape[1] * plan.height + plan.caption + GAP) + plan.caption,
      ];
    };

    const box = (plane, [slice, row, column]) => {
      const [left, top] = corner(plane, slice);
      return [left + column * plan.cell, top + row * plan.height, plan.cell, plan.height];
    };

    function paint() {
      if (!plan) return;
      screen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      screen.clearRect(0, 0, canvas.width, canvas.height);
      screen.textBaseline = "middle";
      for (let plane = 0; plane < view.planes; plane++) {
        for (let slice = 0; slice < view.shape[0]; slice++) paintTile(plane, slice);
      }
      for (const mark of marks.cells ?? []) outline(mark);
    }

    function paintTile(plane, slice) {
      const [left, top] = corner(plane, slice);
      if (plan.caption) {
        screen.font = `12px ${colours.font}`;
        screen.textAlign = "left";
        screen.fillStyle = colours.quiet;
        screen.fillText(view.caption(plane, slice), left, top - CAPTION / 2);
      }
      for (let row = 0; row < view.shape[1]; row++) {
        for (let column = 0; column < view.shape[2]; column++) paintCell(plane, [slice, row, column]);
      }
    }

    function paintCell(plane, place) {
      const [left, top, width, height] = box(plane, place);
      const value = view.value(plane, place);
      const kind = view.kind?.(plane, place) ?? "";
      const blank = value === null || value === undefined || !Number.isFinite(value);
      screen.globalAlpha = 1;
      screen.fillStyle = blank || view.bars ? colours.sunken : view.scale.css(value);
      const faded = kind === "pad" && !blank && !view.bars ? half(view.scale.colour(value)) : null;
      if (faded) screen.fillStyle = `rgb(${faded.join(" ")})`;
      screen.fillRect(left + 0.5, top + 0.5, width - 1, height - 1);
      if (view.bars && !blank) paintBar(left, top, width, value, kind);
      if (kind) hatch(left, top, width, height, kind);
      if (value !== undefined) write(left, top, width, height, value, blank || view.bars ? colours.text : faded ? convdemo.inkOn(faded) : view.scale.ink(value));
    }

    // A colour half faded into what lies below the grid.
    const half = (colour) => colours.sunken.match(/\w\w/g).map((part, place) => Math.round((parseInt(part, 16) + colour[place]) / 2));

    // Zero lies in the middle, so that every bar can go below it.
    function paintBar(left, top, width, value, kind) {
      const middle = top + (BARS - 20) / 2;
      const tall = (value / view.scale.end) * ((BARS - 24) / 2);
      screen.globalAlpha = kind === "pad" ? 0.5 : 1;
      screen.fillStyle = view.scale.css(value);
      screen.fillRect(left + 3, middle - Math.max(tall, 0), width - 6, Math.abs(tall));
      screen.globalAlpha = 1;
      screen.fillStyle = colours.quiet;
      screen.fillRect(left, middle, width, 1);
    }

    // The padding is crossed by thin lines, what is never read by thick ones.
    function hatch(left, top, width, height, kind) {
      screen.save();
      screen.beginPath();
      screen.rect(left + 0.5, top + 0.5, width - 1, height - 1);
      screen.clip();
      screen.strokeStyle = kind === "pad" ? colours.line : colours.other;
      screen.lineWidth = kind === "pad" ? 1 : 2;
      const step = kind === "pad" ? 6 : 9;
      screen.beginPath();
      for (let at = -height; at < width; at += step) {
        screen.moveTo(left + at, top + height);
        screen.lineTo(left + at + height, top);
      }
      screen.stroke();
      screen.restore();
    }

    function write(left, top, width, height, value, ink) {
      if (plan.cell < 22) return;
      screen.font = `${plan.cell < 32 ? 10 : 12}px ${colours.font}`;
      screen.textAlign = "center";
      screen.fillStyle = ink;
      for (const digits of [3, 2, 1]) {
        const text = convdemo.benchFigure(value, digits);
        if (screen.measureText(text).width > width - 2) continue;
        screen.fillText(text, left + width / 2, view.bars ? top + BARS - 9 : top + height / 2 + 1);
        return;
      }
    }

    const LINES = { window: ["accent", 2], winner: ["other", 4], chosen: ["text", 2] };

    // A line in the page's colour beside it keeps every outline visible on every ground.
    // `to` is the last cell of a mark that frames several.
    function outline({ plane, place, to = place, kind }) {
      const [left, top] = box(plane, place);
      const [lastLeft, lastTop, cellWidth, cellHeight] = box(plane, to);
      const [width, height] = [lastLeft + cellWidth - left, lastTop + cellHeight - top];
      const [name, line] = LINES[kind];
      const thick = to === place ? line : line + 1;
      for (const [colour, drawn, inset] of [[colours.surface, thick + 2, (thick + 2) / 2], [colours[name], thick, thick / 2]]) {
        screen.strokeStyle = colour;
        screen.lineWidth = drawn;
        screen.strokeRect(left + inset, top + inset, width - 2 * inset, height - 2 * inset);
      }
    }

    function cellAt(event) {
      const bounds = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
      for (let plane = 0; plane < view.planes; plane++) {
        for (let slice = 0; slice < view.shape[0]; slice++) {
          const [left, top] = corner(plane, slice);
          const [row, column] = [Math.floor((y - top) / plan.height), Math.floor((x - left) / plan.cell)];
          if (row >= 0 && row < view.shape[1] && column >= 0 && column < view.shape[2]) {
            const share = 1 - 2 * ((y - top) / (BARS - 20));
            return { plane, place: [slice, row, column], share: Math.min(1, Math.max(-1, share)) };
          }
        }
      }
      return null;
    }

    let drawing = false;

    function drawn(event) {
      const found = cellAt(event);
      if (found) onDraw(found.plane, found.place, found.share);
    }

    canvas.addEventListener("pointerdown", (event) => {
      if (!view || event.button !== 0) return;
      const found = cellAt(event);
      if (!found) return;
      onPick(found.plane, found.place);
      if (!view.bars || !onDraw) return;
      drawing = true;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => drawing && drawn(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (drawing = false));
    canvas.addEventListener("keydown", onKey);
    new ResizeObserver(look).observe(canvas.parentElement);
    new MutationObserver(look).observe(document.body, { attributeFilter: ["class", "lang"] });

    return {
      // {planes, shape: [slices, rows, columns], value(plane, place), kind(plane, place), scale, caption(plane, slice), bars}
      show: (next) => {
        view = next;
        canvas.style.touchAction = view.bars && onDraw ? "none" : "manipulation";
        look();
      },
      mark: (next) => {
        marks = next;
        paint();
      },
      box: (plane, place) => plan && box(plane, place),
    };
  };

  // The next flat place for an arrow key in a grid of [slices, rows, columns], null for any other key.
  convdemo.benchArrow = ({ key, ctrlKey, metaKey, altKey }, at, [slices, rows, columns]) => {
    if (ctrlKey || metaKey || altKey) return null;
    const last = slices * rows * columns - 1;
    const way = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -rows * columns, PageDown: rows * columns, Home: -at, End: last - at,
    }[key];
    if (way === undefined) return null;
    return at + way < 0 || at + way > last ? at : at + way;
  };
})();
