// The chart of a sweep: the probability of the class that should be read, over the strength of a
// technique, and below it a strip of what is read.
(() => {
  const { make, tell, named, readAs } = convdemo;
  const HEIGHT = 172;
  const EDGE = { left: 44, right: 14, top: 20, bottom: 8 };
  const STEPS = { degrees: [15, 30, 45, 90, 180], share: [0.1, 0.25, 0.5], factor: [0.5, 1], pixels: [1, 2, 4] };
  const TICK = 50; // pixels that a number on the axis needs

  const short = (number) => String(Number(number.toFixed(2))).replace("-", "−");
  const UNITS = {
    degrees: (value) => `${short(value)}°`,
    share: (value) => `${String(Number((value * 100).toFixed(1))).replace("-", "−")}%`,
    factor: (value) => `×${short(value)}`,
    pixels: (value) => `${short(value)} px`,
  };

  // A strength as it is written on the page.
  convdemo.strengthText = (unit, value) => UNITS[unit](value);

  // The place of the strength that changes nothing.
  convdemo.unchangedPoint = ({ points, neutral }) => points.reduce((best, { value }, place) =>
    (Math.abs(value - neutral) < Math.abs(points[best].value - neutral) ? place : best), 0);

  // Neighbouring points that are read alike, with the shares of the width at which each run begins and ends.
  function runs({ points, label }) {
    const [low, high] = [points[0].value, points.at(-1).value];
    const at = (place) => {
      if (place === 0) return 0;
      if (place === points.length) return 1;
      return ((points[place - 1].value + points[place].value) / 2 - low) / (high - low);
    };
    const starts = points.map((_, place) => place).filter((place) => place === 0
      || points[place].label !== points[place - 1].label || points[place].notice !== points[place - 1].notice);
    return starts.map((start, i) => ({
      point: points[start], kept: points[start].label === label, begin: at(start), end: at(starts[i + 1] ?? points.length),
    }));
  }

  // The curve and its strip; `onPoint` gets the place that is pointed at, null for none, and whether by key.
  convdemo.sweepChart = (root, { onPoint }) => {
    const plot = make("svg", { class: "cd-sweep-plot", role: "img", tabindex: "0" });
    const strip = make("ol", { class: "cd-sweep-strip", role: "list", "data-say-label": "augment.sweep.strip" });
    const ticks = make("svg", { class: "cd-sweep-ticks", "aria-hidden": "true" });
    const along = make("p", { class: "cd-quiet cd-sweep-along" });
    root.append(plot, strip, ticks, along);
    let reply = null;
    let at = null;
    let width = 0;

    const span = () => width - EDGE.left - EDGE.right;
    const y = (share) => EDGE.top + (1 - share) * (HEIGHT - EDGE.top - EDGE.bottom);
    function x(value) {
      const { points } = reply;
      return EDGE.left + ((value - points[0].value) / (points.at(-1).value - points[0].value)) * span();
    }

    function draw() {
      if (!reply || !width) return;
      const { points, neutral } = reply;
      const [left, right] = [EDGE.left, width - EDGE.right];
      const path = points.map(({ value, probability }) => `${x(value).toFixed(1)},${y(probability).toFixed(1)}`);
      const middle = x(neutral);
      plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      plot.replaceChildren(
        ...[0, 0.5, 1].flatMap((share) => [
          make("line", { class: "cd-grid", x1: left, x2: right, y1: y(share), y2: y(share) }),
          make("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, `${share * 100}%`),
        ]),
        make("line", { class: "cd-sweep-neutral", x1: middle, x2: middle, y1: y(1) - 4, y2: y(0) }),
        make("text", {
          x: middle, y: 11, "text-anchor": middle - left < 40 ? "start" : "middle", "data-say": "augment.sweep.unchanged",
        }),
        make("path", { class: "cd-line", d: `M${path.join("L")}` }),
        ...cursor(),
      );
      drawTicks();
    }

    function cursor() {
      if (at === null) return [];
      const { value, probability } = reply.points[at];
      return [
        make("line", { class: "cd-sweep-cursor", x1: x(value), x2: x(value), y1: y(1), y2: HEIGHT }),
        make("circle", { class: "cd-sweep-dot", cx: x(value), cy: y(probability), r: 4 }),
      ];
    }

    function drawTicks() {
      const { points, unit } = reply;
      const [low, high] = [points[0].value, points.at(-1).value];
      const fits = (step) => ((high - low) / step) * TICK <= span();
      const step = STEPS[unit].find(fits) ?? STEPS[unit].at(-1);
      const first = Math.ceil(low / step - 1e-9);
      const count = Math.floor(high / step + 1e-9) - first + 1;
      ticks.setAttribute("viewBox", `0 0 ${width} 18`);
      ticks.replaceChildren(...[...Array(count).keys()].map((place) => {
        const value = (first + place) * step;
        return make("text", { x: x(value), y: 13, "text-anchor": "middle" }, UNITS[unit](value));
      }));
    }

    function show(shown) {
      reply = shown;
      at = null;
      strip.replaceChildren(...runs(reply).map(({ point, kept, begin, end }) => {
        const name = make("span");
        const node = make("li", { style: `left: ${(100 * begin).toFixed(2)}%; width: ${(100 * (end - begin)).toFixed(2)}%` }, name);
        if (kept) node.className = "cd-kept";
        else if (point.label === null) node.className = "cd-unread";
        if (point.label === null) tell(name, ...readAs(point, "augment.sweep.strip"));
        else tell(name, `class.${point.label}|${point.label}`);
        const [key, values] = readAs(point, "augment.still");
        tell(node, key, values, "sayTip");
        return node;
      }));
      tell(along, `augment.sweep.along.${reply.axis}`);
      tell(plot, "augment.sweep.plot", { label: named(reply.label) }, "sayLabel");
      draw();
    }

    function point(place, byKey = false) {
      at = place;
      draw();
      onPoint(place, byKey);
    }

    function follow(event) {
      if (!reply) return;
      const share = (event.clientX - plot.getBoundingClientRect().left - EDGE.left) / span();
      point(Math.round(Math.min(1, Math.max(0, share)) * (reply.points.length - 1)));
    }

    plot.addEventListener("pointerdown", follow);
    plot.addEventListener("pointermove", follow);
    // A finger that lifts leaves its mark, so that it does not hide what it points at.
    plot.addEventListener("pointerleave", (event) => reply && event.pointerType === "mouse" && point(null));
    plot.addEventListener("blur", () => reply && point(null));
    plot.addEventListener("keydown", (event) => {
      if (!reply) return;
      const end = reply.points.length - 1;
      const from = at ?? convdemo.unchangedPoint(reply);
      const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: end }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      point(Math.min(end, Math.max(0, to)), true);
    });
    new ResizeObserver(([{ contentRect }]) => {
      width = Math.round(contentRect.width);
      draw();
    }).observe(plot);
    return { show };
  };
})();
