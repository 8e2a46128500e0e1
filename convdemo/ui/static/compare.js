// One digit, two networks: sliders that move the digit, what both say, and a curve over one slider.
(() => {
  const { make, tell, say, percent } = convdemo;
  const WIDTH = 360;
  const HEIGHT = 220;
  const EDGE = { left: 44, right: 10, top: 10, bottom: 40 };

  convdemo.compare = (root, { sliders, compared, compute }) => {
    const settings = Object.fromEntries(sliders.map(({ name, neutral }) => [name, neutral]));
    let slider = sliders[0];
    let input = null;
    let models = [];
    let ownDigit = null; // chosen by the visitor; otherwise the answer above counts
    let answer = null;

    const fields = new Map(sliders.map((one) => [one.name, sliderField(one)]));
    const digit = make("select", { class: "cd-select", onchange: () => {
      ownDigit = digit.value;
      refresh();
    } });
    const moved = convdemo.pixels("compare.moved");
    const panels = ["first", "second"].map(panel);
    const chart = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "cd-chart" });
    const legend = make("p", { class: "cd-legend cd-quiet" });
    const words = make("p", { class: "cd-words", role: "status" });
    root.append(
      make("div", { class: "cd-compare-controls" },
        ...[...fields.values()].map(({ field }) => field),
        make("div", { class: "cd-toolbar" },
          make("label", { class: "cd-field" }, make("span", { "data-say": "compare.digit" }), digit),
          make("button", { type: "button", class: "cd-button", "data-say": "compare.reset", onclick: reset }))),
      make("div", { class: "cd-compare-networks" },
        make("figure", { class: "cd-moved" }, moved.canvas, make("figcaption", { "data-say": "compare.moved" })),
        ...panels.map(({ box }) => box)),
      make("div", { class: "cd-compare-curve" }, words, legend, chart),
    );

    function sliderField(one) {
      const range = make("input", { type: "range", min: one.low, max: one.high, step: one.step, value: one.neutral });
      const value = make("output");
      const field = make("label", { class: "cd-slider" },
        make("span", { "data-say": `slider.${one.name}` }), value, range);
      const choose = () => {
        slider = one;
        refresh();
      };
      range.addEventListener("input", () => set(one, Number(range.value)));
      range.addEventListener("focus", choose);
      return { field, range, value };
    }

    function set(one, value) {
      settings[one.name] = value;
      slider = one;
      showSettings();
      refresh();
    }

    function showSettings() {
      for (const one of sliders) {
        const { field, range, value } = fields.get(one.name);
        range.value = settings[one.name];
        tell(value, "compare.value", { value: settings[one.name], unit: `@unit.${one.name}` });
        field.classList.toggle("cd-chosen", one === slider);
      }
    }

    function reset() {
      for (const one of sliders) settings[one.name] = one.neutral;
      ownDigit = null;
      showSettings();
      refresh();
    }

    function panel(order) {
      const picker = make("select", { class: "cd-select", onchange: () => refresh() });
      const reads = make("p", { class: "cd-reads" });
      const holder = make("div");
      const box = make("section", { class: `cd-network cd-${order}` },
        make("label", { class: "cd-field" }, make("span", { "data-say": `compare.${order}` }), picker),
        reads, holder);
      return { order, picker, reads, box, bars: convdemo.bars(holder, { small: true }) };
    }

    function setModels(entries) {
      models = entries;
      panels.forEach(({ picker, bars }, i) => {
        const before = picker.value || compared[i];
        picker.replaceChildren(...entries.map(convdemo.modelOption));
        const wanted = entries.find(({ name }) => name === before) ?? entries[Math.min(i, entries.length - 1)];
        picker.value = wanted?.name ?? "";
        if (wanted) bars.build(wanted.classes);
      });
      const chosen = digit.value;
      digit.replaceChildren(...(entries[0]?.classes ?? []).map((label) => make("option", { value: label }, label)));
      if (chosen) digit.value = chosen;
      refresh();
    }

    const refresh = convdemo.latest(async () => {
      if (!input || !models.length) {
        panels.forEach(({ bars, reads }) => {
          bars.show({});
          tell(reads, "");
        });
        chart.replaceChildren();
        legend.replaceChildren();
        moved.clear();
        tell(words, "compare.nothing");
        return;
      }
      const asked = slider;
      const [first, second] = panels.map(({ picker }) => picker.value);
      const reply = await compute({ input, settings: { ...settings }, slider: asked.name, first, second });
      if (reply.problem) {
        tell(words, `problem.${reply.problem}`, reply.values);
        return;
      }
      moved.show(reply.moved);
      reply.models.forEach(({ classes, probabilities }, i) => {
        const shares = Object.fromEntries(classes.map((label, n) => [label, probabilities[n]]));
        const [label, share] = convdemo.ranked(shares)[0];
        panels[i].bars.show(shares, label);
        tell(panels[i].reads, "compare.says", { label, percent: percent(share) });
      });
      draw(reply, asked);
    });

    // The curve: both networks' probability of the visitor's digit over the range of one slider.
    function draw({ values, models: curves }, one) {
      const shown = ownDigit ?? answer;
      digit.value = shown;
      tell(words, "compare.curve", { digit: shown });
      tell(chart, "compare.curve", { digit: shown }, "sayLabel");
      legend.replaceChildren(...curves.map(({ name }, i) =>
        make("span", { class: `cd-key cd-${panels[i].order}` }, name)));
      const x = (value) => EDGE.left + ((value - one.low) / (one.high - one.low)) * (WIDTH - EDGE.left - EDGE.right);
      const y = (share) => EDGE.top + (1 - share) * (HEIGHT - EDGE.top - EDGE.bottom);
      const grid = [0, 0.5, 1].flatMap((share) => [
        make("line", { class: "cd-grid", x1: x(one.low), x2: x(one.high), y1: y(share), y2: y(share) }),
        make("text", { x: EDGE.left - 6, y: y(share) + 4, "text-anchor": "end" }, `${share * 100}%`),
      ]);
      const middle = (one.low + one.high) / 2;
      const ticks = [one.low, middle, one.high].map((value) =>
        make("text", { x: x(value), y: HEIGHT - 22, "text-anchor": "middle" }, String(Number(value.toFixed(2)))));
      const axis = make("text", {
        x: x(middle), y: HEIGHT - 4, "text-anchor": "middle", "data-say": "compare.axis",
        "data-say-values": JSON.stringify({ slider: `@slider.${one.name}`, unit: `@unit.${one.name}` }),
      });
      const now = make("line", { class: "cd-now", x1: x(settings[one.name]), x2: x(settings[one.name]), y1: y(0), y2: y(1) });
      const lines = curves.map(({ classes, along }, i) => {
        const index = classes.indexOf(shown);
        const points = values.map((value, n) => `${x(value).toFixed(1)},${y(along[n][index] ?? 0).toFixed(1)}`);
        return make("path", { class: `cd-line cd-${panels[i].order}`, d: `M${points.join("L")}` });
      });
      chart.replaceChildren(...grid, ...ticks, axis, now, ...lines);
      chart.dataset.slider = one.name;
    }

    // A press on the curve moves the slider there.
    chart.addEventListener("pointerdown", (event) => {
      chart.setPointerCapture(event.pointerId);
      follow(event);
    });
    chart.addEventListener("pointermove", (event) => {
      if (chart.hasPointerCapture(event.pointerId)) follow(event);
    });

    function follow(event) {
      const box = chart.getBoundingClientRect();
      const at = ((event.clientX - box.left) / box.width) * WIDTH - EDGE.left;
      const share = Math.min(1, Math.max(0, at / (WIDTH - EDGE.left - EDGE.right)));
      const steps = Math.round((share * (slider.high - slider.low)) / slider.step);
      set(slider, Number((slider.low + steps * slider.step).toFixed(4)));
    }

    showSettings();
    return {
      setModels,
      setInput(next, label) {
        input = next;
        answer = label;
        return refresh();
      },
    };
  };

  // A canvas that shows {width, height, bytes} pixel by pixel.
  convdemo.pixels = (label) => {
    const canvas = make("canvas", { class: "cd-pixels", width: 28, height: 28, role: "img", "data-say-label": label });
    const context = canvas.getContext("2d");

    function show({ width, height, bytes }) {
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
      const greys = atob(bytes);
      const image = context.createImageData(width, height);
      for (let i = 0; i < greys.length; i++) {
        image.data.fill(greys.charCodeAt(i), 4 * i, 4 * i + 3);
        image.data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    }

    return { canvas, show, clear: () => context.clearRect(0, 0, canvas.width, canvas.height) };
  };
})();
