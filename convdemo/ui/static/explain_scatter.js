// Pictures as points on a plane, coloured by class, and the visitor's own among them.
(() => {
  const { make, tell, named } = convdemo;
  const COLOURS = 10;
  const SIDE = 400;
  const EDGE = 26; // of the plane, for the sentences along it

  const place = (index) => [index % COLOURS, (index + Math.floor(index / COLOURS)) % 2]; // its colour and its shape

  // One path for all points of a class: circles for every other class, squares for the rest.
  const dot = (round) => ([x, y]) => (round
    ? `M${(x - 2.6).toFixed(1)} ${y.toFixed(1)}a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0`
    : `M${(x - 2.3).toFixed(1)} ${(y - 2.3).toFixed(1)}h4.6v4.6h-4.6z`);

  convdemo.explainScatter = (root) => {
    const plot = make("svg", { class: "cd-scatter-plot", viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img" });
    const legend = make("div", { class: "cd-scatter-legend", role: "group", "data-say-label": "explain.crowd.legend" });
    root.append(plot, make("div", {}, legend, make("p", { class: "cd-quiet", "data-say": "explain.crowd.legend_why" })));
    let single = null; // the class that is singled out
    let classes = [];

    function mark() {
      for (const path of plot.querySelectorAll("[data-class]")) {
        path.classList.toggle("cd-scatter-faint", single !== null && path.dataset.class !== single);
      }
      for (const button of legend.children) button.setAttribute("aria-pressed", button.value === single);
    }

    function choose(label) {
      single = single === label ? null : label;
      mark();
    }

    function build(labels) {
      classes = labels;
      single = null;
      legend.replaceChildren(...classes.map((label, index) => {
        const [colour, square] = place(index);
        const name = make("span");
        tell(name, `class.${label}|${label}`);
        return make("button", { type: "button", class: `cd-scatter-key cd-class-${colour}`, value: label, onclick: () => choose(label) },
          make("i", { class: square ? "cd-square" : "" }), name);
      }));
    }

    function show({ classes: labels, points, own, explained, label }) {
      if (labels.join("\n") !== classes.join("\n")) build(labels);
      const all = [...points, own];
      const [low, high] = [0, 1].map((axis) => all.map((point) => point[axis]))
        .map((values) => [Math.min(...values), Math.max(...values)]).reduce(([a, b], [c, d]) => [[a, c], [b, d]]);
      // As wide as high: a distance means the same both ways.
      const span = Math.max(high[0] - low[0], high[1] - low[1], 1e-9);
      const room = SIDE - EDGE - 16;
      const at = ([x, y]) => [
        EDGE + 8 + room / 2 + ((x - (low[0] + high[0]) / 2) / span) * room,
        8 + room / 2 - ((y - (low[1] + high[1]) / 2) / span) * room,
      ];
      const [x, y] = at(own);
      const axis = (number, attributes) => {
        const text = make("text", { "text-anchor": "middle", ...attributes });
        tell(text, "explain.crowd.axis", { number: number + 1, percent: `${(explained[number] * 100).toFixed(0)}%` });
        return text;
      };
      const middle = EDGE + 8 + room / 2;
      plot.replaceChildren(
        make("rect", { class: "cd-scatter-frame", x: EDGE, y: 0.5, width: SIDE - EDGE - 0.5, height: SIDE - EDGE, rx: 8 }),
        ...classes.map((one, index) => {
          const [colour, square] = place(index);
          const found = points.filter(([, , of]) => of === one).map(at);
          return make("path", { class: `cd-scatter-points cd-class-${colour}`, "data-class": one, d: found.map(dot(!square)).join("") });
        }),
        axis(0, { x: middle, y: SIDE - 6 }),
        axis(1, { x: 14, y: middle - EDGE, transform: `rotate(-90 14 ${middle - EDGE})` }),
        make("g", { class: "cd-scatter-own" }, make("circle", { cx: x, cy: y, r: 8 }), make("circle", { cx: x, cy: y, r: 2.5 }),
          ownText(x, y)));
      tell(plot, "explain.crowd.plane_alt", { count: points.length, label: named(label) }, "sayLabel");
      mark();
    }

    function ownText(x, y) {
      const text = make("text", { x: x > SIDE - 80 ? x - 13 : x + 13, y: y + 4, "text-anchor": x > SIDE - 80 ? "end" : "start" });
      tell(text, "explain.crowd.own");
      return text;
    }

    return { show };
  };
})();
