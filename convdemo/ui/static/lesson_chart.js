// A chart of a few lines over numbers, with either axis logarithmic, and a point on one of them.
(() => {
  const { make, tell } = convdemo;
  const HEIGHT = 220;
  const EDGE = { left: 56, right: 16, top: 12, bottom: 40 };

  convdemo.lessonChart = (root, { alt, across, height = HEIGHT }) => {
    const plot = make("svg", { class: "cd-lesson-chart", role: "img", "data-say-label": alt, height });
    const legend = make("p", { class: "cd-legend cd-quiet" });
    root.append(make("figure", { class: "cd-curves" }, legend, plot));
    let shown = null;
    let width = 0;

    const along = ([low, high], log, value) => (log
      ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
      : (value - low) / (high - low));

    function draw() {
      if (!width || !shown) return;
      const { lines, x, y, logX, logY, ticksX, ticksY, point } = shown;
      const left = (value) => EDGE.left + along(x, logX, value) * (width - EDGE.left - EDGE.right);
      const top = (value) => {
        const share = Math.min(1.02, Math.max(-0.02, along(y, logY, value)));
        return height - EDGE.bottom - share * (height - EDGE.top - EDGE.bottom);
      };
      plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
      plot.replaceChildren(
        ...ticksY.flatMap(([value, text]) => [
          make("line", { class: "cd-grid", x1: EDGE.left, x2: width - EDGE.right, y1: top(value), y2: top(value) }),
          make("text", { x: EDGE.left - 6, y: top(value) + 4, "text-anchor": "end" }, text),
        ]),
        ...ticksX.map(([value, text]) => make("text", { x: left(value), y: height - 22, "text-anchor": "middle" }, text)),
        make("text", { x: (EDGE.left + width - EDGE.right) / 2, y: height - 5, "text-anchor": "middle", "data-say": across }),
        ...lines.map(({ points }, place) => make("path", {
          class: `cd-lesson-line cd-lesson-line-${place}`,
          d: `M${points.map(([h, v]) => `${left(h).toFixed(1)},${top(v).toFixed(1)}`).join("L")}`,
        })),
        ...lines.flatMap(({ points, dots }, place) => (dots ? points.map(([h, v]) =>
          make("circle", { class: `cd-lesson-dot cd-lesson-line-${place}`, cx: left(h), cy: top(v), r: 3.5 })) : [])),
        ...(point ? [
          make("line", { class: "cd-now", x1: left(point[0]), x2: left(point[0]), y1: EDGE.top, y2: height - EDGE.bottom }),
          make("circle", { class: "cd-lesson-dot cd-lesson-line-0", cx: left(point[0]), cy: top(point[1]), r: 5 }),
        ] : []));
    }

    function show(next) {
      if (shown?.lines.map(({ key }) => key).join() !== next.lines.map(({ key }) => key).join()) {
        legend.replaceChildren(...next.lines.map(({ key }, place) => {
          const name = make("span", { class: `cd-lesson-key cd-lesson-line-${place}` });
          tell(name, key);
          return name;
        }));
      }
      shown = next;
      draw();
    }

    new ResizeObserver(([{ contentRect }]) => {
      width = Math.round(contentRect.width);
      draw();
    }).observe(plot);
    return { show };
  };

  // Round numbers over a span, three to six of them, as [value, text].
  convdemo.lessonTicks = (low, high) => {
    const rough = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    const found = [];
    for (let place = Math.ceil(low / step - 1e-9); place * step <= high + step * 1e-9; place++) {
      const value = place * step;
      found.push([value, String(Number(value.toPrecision(6))).replace("-", "−")]);
    }
    return found;
  };
})();
