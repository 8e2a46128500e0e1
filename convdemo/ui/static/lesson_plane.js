// The loss over two weights as bands of colour, and the way that a descent takes over it.
(() => {
  const { make, tell } = convdemo;
  const { figure } = convdemo.lessonText;
  const BANDS = 14;
  const PIXELS = 205; // five for each cell
  const VIEW = 320; // units of the drawing over the bands
  const EDGE = 34;

  const POWER = 0.35; // of a height's share of the span: small losses matter most

  // The heights between the cells, as bands.
  function banded({ cells, heights }) {
    const [low, high] = [Math.min(...heights), Math.max(...heights)];
    const values = new Float32Array(PIXELS * PIXELS);
    for (let row = 0; row < PIXELS; row++) {
      const down = (row / (PIXELS - 1)) * (cells - 1);
      const top = Math.min(cells - 2, Math.floor(down));
      for (let column = 0; column < PIXELS; column++) {
        const across = (column / (PIXELS - 1)) * (cells - 1);
        const left = Math.min(cells - 2, Math.floor(across));
        const [u, v, at] = [across - left, down - top, top * cells + left];
        const height = (heights[at] * (1 - u) + heights[at + 1] * u) * (1 - v) + (heights[at + cells] * (1 - u) + heights[at + cells + 1] * u) * v;
        const share = (Math.max(0, height - low) / (high - low || 1)) ** POWER;
        values[row * PIXELS + column] = Math.min(BANDS - 1, Math.floor(share * BANDS)) / (BANDS - 1);
      }
    }
    return { values, low, high };
  }

  convdemo.lessonPlane = (root, { alt, axes, onPick }) => {
    const canvas = make("canvas", { width: PIXELS, height: PIXELS, "aria-hidden": "true" });
    const over = make("svg", { viewBox: `0 0 ${VIEW + EDGE} ${VIEW + EDGE}`, role: "img", "data-say-label": alt });
    const strip = make("canvas", { width: 140, height: 1, "aria-hidden": "true" });
    const ends = ["low", "middle", "high"].map(() => make("span"));
    root.append(make("div", { class: "cd-plane" }, canvas, over),
      make("div", { class: "cd-plane-legend cd-quiet" }, make("span", { "data-say": "lessons.loss" }), make("div", {}, strip, make("div", { class: "cd-plane-ends" }, ...ends))));
    let corners = null;
    let painted = "";

    const scale = Float32Array.from({ length: BANDS }, (_, band) => band / (BANDS - 1));
    const stripes = Float32Array.from({ length: 140 }, (_, place) => scale[Math.floor((place / 140) * BANDS)]);
    strip.getContext("2d").drawImage(convdemo.heat.paint({ height: 1, width: 140, peak: 1, values: stripes }, false, [1, 140]), 0, 0);

    const x = (weight) => EDGE + ((weight - corners.low[0]) / (corners.high[0] - corners.low[0])) * VIEW;
    const y = (weight) => ((corners.high[1] - weight) / (corners.high[1] - corners.low[1])) * VIEW;

    function paint(plane) {
      const about = JSON.stringify(plane);
      if (about === painted) return;
      painted = about;
      const { values, low, high } = banded(plane);
      canvas.getContext("2d").drawImage(convdemo.heat.paint({ height: PIXELS, width: PIXELS, peak: 1, values }, false, [PIXELS, PIXELS]), 0, 0);
      [low, low + (high - low) * 0.5 ** (1 / POWER), high].forEach((value, place) => (ends[place].textContent = convdemo.figure(value)));
    }

    function ticks() {
      const told = [0, 1].map((axis) => convdemo.lessonTicks(corners.low[axis], corners.high[axis]));
      return [
        ...told[0].map(([value, text]) => make("text", { x: x(value), y: VIEW + 16, "text-anchor": "middle" }, text)),
        ...told[1].map(([value, text]) => make("text", { x: EDGE - 5, y: Math.max(11, y(value) + 4), "text-anchor": "end" }, text)),
        make("text", { x: EDGE + VIEW / 2, y: VIEW + 31, "text-anchor": "middle" }, axes[0]),
        make("text", { x: 3, y: VIEW / 2 + 18 }, axes[1]),
      ];
    }

    // `path` are the weights step by step, `best` those with the smallest loss.
    function show({ plane, path, best }) {
      corners = plane;
      paint(plane);
      const inside = path.map(([one, other]) => [Math.min(1e5, Math.max(-1e5, x(one))), Math.min(1e5, Math.max(-1e5, y(other)))]);
      const line = `M${inside.map((pair) => pair.map((one) => one.toFixed(1)).join(",")).join("L")}`;
      const clip = make("svg", { x: EDGE, y: 0, width: VIEW, height: VIEW, viewBox: `${EDGE} 0 ${VIEW} ${VIEW}` },
        make("path", { class: "cd-way-under", d: line }), make("path", { class: "cd-way", d: line }),
        ...inside.map(([left, top], place) => make("circle", {
          class: place === inside.length - 1 ? "cd-way-dot cd-way-now" : "cd-way-dot", cx: left, cy: top, r: place === inside.length - 1 ? 6 : 3,
        })),
        make("path", { class: "cd-way-best", d: `M${x(best[0]) - 6},${y(best[1])}h12m-6,-6v12` }));
      over.replaceChildren(...ticks(), clip);
    }

    if (onPick) {
      over.classList.add("cd-plane-pick");
      over.addEventListener("click", ({ clientX, clientY }) => {
        if (!corners) return;
        const box = over.getBoundingClientRect();
        const unit = (VIEW + EDGE) / box.width;
        const [left, top] = [(clientX - box.left) * unit - EDGE, (clientY - box.top) * unit];
        if (left < 0 || left > VIEW || top > VIEW) return;
        onPick([
          corners.low[0] + (left / VIEW) * (corners.high[0] - corners.low[0]),
          corners.high[1] - (top / VIEW) * (corners.high[1] - corners.low[1]),
        ].map((weight) => Number(weight.toFixed(1)) + 0));
      });
    }

    return { show };
  };
})();
