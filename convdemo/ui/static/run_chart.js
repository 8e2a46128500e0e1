// Two charts of a training, loss and accuracy over the epochs. Their legends read out an epoch: the last
// one, or the one pointed at.
(() => {
  const { make, tell } = convdemo;
  const HEIGHT = 190;
  const EDGE = { left: 46, right: 12, top: 8, bottom: 38 };
  const FIELDS = {
    loss: { training: "loss", validation: "val_loss", text: (value) => value.toFixed(value < 0.1 ? 4 : 3) },
    accuracy: { training: "accuracy", validation: "val_accuracy", text: (value) => `${(value * 100).toFixed(2)}%` },
  };

  // 1, 2 or 5 times a power of ten, so that a span has three or four of it.
  function niceStep(span) {
    const rough = span / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  }

  // A running curve's axis grows by leaps: two hundred empty epochs would press the first to the edge.
  const AXES = [5, 10, 20, 50, 100, 200];
  function reach({ records, epoch, epochs, running }) {
    if (running) return Math.min(epochs, AXES.find((end) => end > epoch) ?? epochs);
    return Math.max(1, epoch, ...records.slice(-1).map(along));
  }

  const SHORT = 2; // epochs

  // Where a record stands, in epochs.
  function along(record) {
    return whole(record) ? record.epoch : (record.step * record.epochs) / record.steps;
  }

  const whole = (record) => record.val_loss !== null; // the end of an epoch, or before the first

  // The lines of a chart: {key, values, more, colour, points: [[epoch, value]], best} and the faint one.
  function linesOf(curves, field) {
    const points = (records, name) => records
      .filter((record) => Number.isFinite(record[name]))
      .map((record) => [along(record), record[name]]);
    const [{ records }] = curves;
    const best = records.findLast((record) => record.best);
    return [
      { colour: "faint", points: points(records, field.training) },
      { key: "train.training_line", colour: "training", points: points(records.filter(whole), field.training) },
      { key: "train.validation_line", colour: "validation", points: points(records.filter(whole), field.validation), best: best?.epoch },
    ];
  }

  // From zero for a loss, up to one for an accuracy. What lies before the end of the first epoch is
  // far off and would press all the rest into one line: it is cut off. In a run of an epoch or two
  // that is nearly everything there is, and only its first steps are.
  function heights(lines, name, least) {
    const reached = Math.max(0, ...lines.flatMap(({ points }) => points.map(([epoch]) => epoch)));
    const long = reached > SHORT;
    const settled = lines.filter(({ colour }) => colour !== "faint" || !long)
      .flatMap(({ points }) => points.filter(([epoch]) => epoch >= (long ? 1 : 0.15 * reached) && epoch > 0));
    const values = (settled.length ? settled : lines.flatMap(({ points }) => points)).map(([, value]) => value);
    if (name === "loss") {
      const most = Math.max(1e-4, ...(values.length ? values : [2]));
      const step = niceStep(most * 1.1);
      return { low: 0, high: Math.ceil((most * 1.02) / step) * step, step };
    }
    const span = 1 - Math.min(1 - least, ...(values.length ? values : [0]));
    const step = niceStep(span * 1.1);
    return { low: Math.max(0, 1 - Math.ceil((span * 1.05) / step) * step), high: 1, step };
  }

  // `least` is the smallest part of the accuracies that a chart shows.
  convdemo.runCharts = (root, { least = 0.001 } = {}) => {
    const charts = Object.keys(FIELDS).map(chart);
    root.append(...charts.map(({ node }) => node));
    let curves = [];
    let at = null; // the epoch that is read out; null for the last

    function last() {
      return Math.max(0, ...curves.flatMap(({ records }) => records.filter(whole).map(({ epoch }) => epoch)));
    }

    function point(epoch) {
      at = epoch === null ? null : Math.min(last(), Math.max(0, Math.round(epoch)));
      draw();
    }

    function draw() {
      if (curves.length) for (const one of charts) one.draw();
    }

    function chart(name) {
      const title = make("h3", { "data-say": `train.chart_${name}` });
      const epoch = make("span", { class: "cd-read-epoch" });
      const keys = make("span", { class: "cd-read-keys" });
      const bestKey = make("span", { class: "cd-read-best" });
      const reading = make("p", { class: "cd-legend cd-quiet cd-reading" }, epoch, keys, bestKey);
      const plot = make("svg", { class: "cd-run-chart", role: "img", tabindex: "0", "data-say-label": `train.chart_${name}_alt` });
      const spoken = make("p", { class: "cd-aside", role: "status" });
      const node = make("figure", { class: "cd-curves" }, title, reading, plot, spoken);
      let width = 0;
      let end = 1;
      let legend = [];

      const place = (share) => EDGE.left + share * (width - EDGE.left - EDGE.right);
      const x = (value) => place(value / end);

      function drawChart() {
        if (!width) return;
        const lines = linesOf(curves, FIELDS[name]);
        const { low, high, step } = heights(lines, name, least);
        end = Math.max(1, ...curves.map(reach));
        const y = (value) => EDGE.top + ((high - value) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
        const best = lines.find((line) => line.best)?.best;
        plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
        plot.replaceChildren(...axes(y, { low, high, step }),
          ...(best ? [make("line", { class: "cd-best-epoch", x1: x(best), x2: x(best), y1: y(low), y2: y(high) })] : []),
          ...(at === null ? [] : [make("line", { class: "cd-now", x1: x(at), x2: x(at), y1: y(low), y2: y(high) })]),
          // An <svg> in an <svg> cuts off what is outside of it.
          make("svg", { x: 0, y: y(high) - 3, width, height: y(low) - y(high) + 6 },
            make("g", { transform: `translate(0 ${3 - y(high)})` }, ...lines.flatMap((line) => drawLine(line, y)))));
        read(lines);
      }

      function axes(y, { low, high, step }) {
        const digits = Math.max(0, -Math.floor(Math.log10(name === "loss" ? step : step * 100) + 1e-9));
        const text = (value) => (name === "loss" ? value.toFixed(digits) : `${(value * 100).toFixed(digits)}%`);
        const rows = [...Array(Math.round((high - low) / step) + 1).keys()].map((row) => low + row * step);
        const stride = Math.max(1, niceStep(end));
        const columns = [...Array(Math.floor(end / stride) + 1).keys()].map((column) => column * stride);
        return [
          ...rows.flatMap((value) => [
            make("line", { class: "cd-grid", x1: x(0), x2: x(end), y1: y(value), y2: y(value) }),
            make("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, text(value)),
          ]),
          ...columns.map((value) => make("text", { x: x(value), y: HEIGHT - 22, "text-anchor": "middle" }, String(value))),
          make("text", { x: place(0.5), y: HEIGHT - 4, "text-anchor": "middle", "data-say": "train.axis" }),
        ];
      }

      function drawLine({ points, colour, best }, y) {
        if (!points.length) return [];
        const now = at ?? points.at(-1)[0];
        const path = points.map(([epoch, value]) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`).join("L");
        const dots = points.filter(([epoch]) => colour !== "faint" && (epoch === best || epoch === now || points.length === 1));
        return [
          make("path", { class: `cd-run-line cd-${colour}`, d: `M${path}` }),
          ...dots.map(([epoch, value]) =>
            make("circle", { class: `cd-dot-${epoch === best ? "best" : "now"} cd-${colour}`, cx: x(epoch), cy: y(value), r: epoch === best ? 5 : 3.5 })),
        ];
      }

      function read(lines) {
        const keyed = lines.filter(({ colour }) => colour !== "faint");
        const wanted = JSON.stringify(keyed.map(({ key, colour }) => [key, colour]));
        if (keys.dataset.lines !== wanted) {
          keys.dataset.lines = wanted;
          legend = keyed.map(({ key, colour }) => {
            const label = make("span");
            tell(label, key);
            const value = make("span", { class: "cd-read" });
            return { value, node: make("span", { class: `cd-key cd-${colour}` }, label, " ", value) };
          });
          keys.replaceChildren(...legend.map(({ node: one }) => one));
        }
        convdemo.retell(epoch, "train.at_epoch", { epoch: at ?? last() });
        const best = keyed.find((line) => line.best)?.best;
        convdemo.retell(bestKey, best ? "train.best_at" : "", best && { epoch: best });
        keyed.forEach(({ points }, i) => {
          const found = at === null ? points.at(-1) : points.find(([one]) => one === at);
          legend[i].value.textContent = found ? FIELDS[name].text(found[1]) : "–";
        });
      }

      plot.addEventListener("pointermove", (event) => {
        const box = plot.getBoundingClientRect();
        point(((event.clientX - box.left - EDGE.left) / (box.width - EDGE.left - EDGE.right)) * end);
      });
      plot.addEventListener("pointerleave", () => point(null));
      plot.addEventListener("blur", () => {
        spoken.textContent = "";
        point(null);
      });
      plot.addEventListener("keydown", (event) => {
        const from = at ?? last();
        const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last() }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        point(to);
        spoken.textContent = reading.innerText.replace(/\s+/g, " "); // only what was asked for is read aloud
      });
      new ResizeObserver(([{ contentRect }]) => {
        width = Math.round(contentRect.width);
        drawChart();
      }).observe(plot);
      return { node, draw: drawChart };
    }

    // One curve {records, running, epoch, epochs}, in a list.
    function show(shown) {
      curves = shown;
      draw();
    }

    return { show };
  };
})();
