// Probabilities along a way from nothing to all: lines over one axis, read out where the visitor points.
(() => {
  const { make, tell, retell, percent } = convdemo;
  const HEIGHT = 190;
  const EDGE = { left: 44, right: 22, top: 8, bottom: 38 };

  // `told` gives the sentence for a place, null for none; `ticks` are [share of the way, text]. With `stays`
  // the place that was pointed at last stays, as that of a slider; `onPoint` gets it.
  convdemo.explainChart = (root, { title, alt, axis, told, ticks, stays = false, onPoint = () => {} }) => {
    const where = make("span", { class: "cd-read-at" });
    const keys = make("span", { class: "cd-read-keys" });
    const reading = make("p", { class: "cd-legend cd-quiet cd-explain-reading" }, where, keys);
    const plot = make("svg", { class: "cd-run-chart cd-explain-plot", role: "img", tabindex: "0" });
    const spoken = make("p", { class: "cd-aside", role: "status" });
    root.append(make("figure", { class: "cd-curves" }, ...(title ? [make("h3", { "data-say": title })] : []), reading, plot, spoken));
    let lines = []; // {key, values, style, points, said}
    let legend = [];
    let at = null;
    let width = 0;

    const last = () => (lines[0]?.points.length ?? 1) - 1;
    const x = (share) => EDGE.left + share * (width - EDGE.left - EDGE.right);
    const y = (share) => EDGE.top + (1 - share) * (HEIGHT - EDGE.top - EDGE.bottom);

    function draw() {
      if (!width) return;
      plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      plot.replaceChildren(
        ...[0, 0.5, 1].flatMap((share) => [
          make("line", { class: "cd-grid", x1: x(0), x2: x(1), y1: y(share), y2: y(share) }),
          make("text", { x: EDGE.left - 6, y: y(share) + 4, "text-anchor": "end" }, `${share * 100}%`),
        ]),
        ...ticks.map(([share, text]) => make("text", { x: x(share), y: HEIGHT - 22, "text-anchor": "middle" }, text)),
        make("text", { x: x(0.5), y: HEIGHT - 4, "text-anchor": "middle", "data-say": axis }),
        ...(at === null ? [] : [make("line", { class: "cd-now", x1: x(at / last()), x2: x(at / last()), y1: y(1), y2: y(0) })]),
        ...lines.flatMap(drawLine));
      retell(where, ...told(at));
      lines.forEach(({ points, said }, place) => {
        if (at === null) tell(legend[place], ...said);
        else tell(legend[place], `|${percent(points[at])}`);
      });
    }

    function drawLine({ points, style }) {
      const path = points.map((share, place) => `${x(place / last()).toFixed(1)},${y(share).toFixed(1)}`).join("L");
      const dot = at !== null && make("circle", { class: `cd-explain-dot cd-line-${style}`, cx: x(at / last()), cy: y(points[at]), r: 4 });
      return [make("path", { class: `cd-explain-line cd-line-${style}`, d: `M${path}` }), ...(dot ? [dot] : [])];
    }

    function show(shown) {
      lines = shown;
      if (!stays || at > last()) at = null;
      legend = lines.map(() => make("span", { class: "cd-read" }));
      keys.replaceChildren(...lines.map(({ key, values, style }, place) => {
        const name = make("span");
        tell(name, key, values);
        return make("span", { class: `cd-key cd-line-${style}` }, name, " ", legend[place]);
      }));
      tell(plot, alt, lines[0]?.values, "sayLabel");
      draw();
    }

    function mark(place) {
      at = place;
      draw();
    }

    function point(place) {
      if (!lines.length || place === at) return;
      mark(place);
      onPoint(place);
    }

    function follow({ clientX }) {
      const box = plot.getBoundingClientRect();
      const share = (clientX - box.left - EDGE.left) / (box.width - EDGE.left - EDGE.right);
      point(Math.round(Math.min(1, Math.max(0, share)) * last()));
    }

    plot.addEventListener("pointerdown", follow);
    plot.addEventListener("pointermove", (event) => (!stays || event.buttons) && follow(event));
    plot.addEventListener("pointerleave", ({ pointerType }) => !stays && pointerType === "mouse" && point(null));
    plot.addEventListener("blur", () => {
      spoken.textContent = "";
      if (!stays) point(null);
    });
    plot.addEventListener("keydown", (event) => {
      const from = at ?? -1;
      const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last() }[event.key];
      if (to === undefined || !lines.length) return;
      event.preventDefault();
      point(Math.min(last(), Math.max(0, to)));
      spoken.textContent = reading.innerText.replace(/\s+/g, " "); // only what was asked for is read aloud
    });
    new ResizeObserver(([{ contentRect }]) => {
      width = Math.round(contentRect.width);
      draw();
    }).observe(plot);
    return { show, mark };
  };
})();
