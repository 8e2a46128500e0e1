// The kernel: chosen by name, drawn by lot, or painted weight by weight. Each filter has its own.
(() => {
  const { make, tell } = convdemo;

  // `onChange()` is called when the visitor has changed `entries`, the kernels as Python takes them.
  convdemo.benchWeights = (root, { kernels, onChange, onSize }) => {
    const chips = make("div", { class: "cd-segments cd-bench-filters", role: "group", "data-say-label": "convolution.filters_choice" });
    const name = make("select", { class: "cd-select", "data-role": "kernel-name" });
    const seed = convdemo.benchNumber("convolution.seed", () => chooseSeed(Number(seed.value)));
    [seed.min, seed.max] = [0, 999999];
    const again = make("button", { type: "button", class: "cd-button", "data-say": "convolution.again", onclick: () => chooseSeed(Math.floor(Math.random() * 1000)) });
    const seeds = make("div", { class: "cd-bench-row cd-bench-seed" }, make("label", { class: "cd-field" }, make("span", { "data-say": "convolution.seed" }), seed), again);
    const channel = make("select", { class: "cd-select", onchange: () => paint() });
    const channels = make("label", { class: "cd-field" }, make("span", { "data-say": "convolution.slices" }), channel);
    const grid = make("div", { class: "cd-bench-weights", "data-role": "weights", role: "group", "data-say-label": "convolution.weights" });
    const bias = convdemo.benchNumber("convolution.bias_value", () => {
      biases[chosen] = Number(bias.value) || 0;
      onChange();
    }, "any");
    const biased = make("label", { class: "cd-field cd-bench-bias" }, make("span", { "data-say": "convolution.bias_value" }), bias);
    const why = make("p", { class: "cd-quiet" });
    const legend = make("p", {});
    const tellLegend = convdemo.benchLegend(legend);
    root.append(chips, make("label", { class: "cd-field" }, make("span", { "data-say": "convolution.kernel_name" }), name), seeds, channels,
      make("div", { class: "cd-scroll" }, grid), legend, why, biased);

    let [entries, biases, shown, dims, chosen] = [[], [], null, 0, 0];
    let inputs = [];

    name.addEventListener("change", () => {
      if (name.value === "own") return;
      const size = kernels[dims][name.value];
      entries[chosen] = name.value === "random" ? { name: "random", seed: 0 } : { name: name.value };
      // A kernel that stands in books has a size of its own; a random one has any.
      if (size && !["identity", "blur", "gaussian"].includes(name.value)) onSize(size);
      onChange();
    });

    function chooseSeed(value) {
      if (!Number.isInteger(value) || value < 0 || value > 999999) return;
      entries[chosen] = { name: "random", seed: value };
      onChange();
    }

    function offer() {
      const names = [...Object.keys(kernels[dims]), "random", "own"];
      name.replaceChildren(...names.map((one) => make("option", { value: one, "data-say": `convolution.kernel.${one}` })));
    }

    // Fields for a kernel of another shape; in the same shape they are only filled.
    function build(shape) {
      const [slices, rows, columns] = [...Array(4 - shape.length).fill(1), ...shape.slice(1)];
      inputs = [];
      grid.replaceChildren(...Array.from({ length: slices }, (_, slice) => make("table", { class: "cd-bench-paint" }, make("tbody", {},
        ...Array.from({ length: rows }, (__, row) => make("tr", {}, ...Array.from({ length: columns }, (___, column) => make("td", {}, field(slice, row, column, [slices, rows, columns])))))))));
      grid.dataset.shape = shape.slice(1).join();
    }

    function field(slice, row, column, [slices, rows, columns]) {
      const at = inputs.length;
      const input = make("input", { type: "number", step: "any", inputmode: "decimal", class: "cd-bench-weight" });
      tell(input, slices > 1 ? "convolution.weight_block" : "convolution.weight", { slice: slice + 1, row: row + 1, column: column + 1 }, "sayLabel");
      input.addEventListener("input", () => paintOne(at, input.value));
      input.addEventListener("keydown", (event) => walk(event, at, [slices, rows, columns]));
      inputs.push(input);
      return input;
    }

    // Up and down walk as in a table; with Alt they change the weight by a quarter.
    function walk(event, at, sides) {
      if (!["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      if (event.altKey) {
        inputs[at].value = Number(inputs[at].value) + (event.key === "ArrowUp" ? 0.25 : -0.25);
        paintOne(at, inputs[at].value);
        return;
      }
      inputs[convdemo.benchArrow({ key: event.key }, at, sides)].focus();
    }

    // A painted weight makes the kernel one's own.
    function paintOne(at, text) {
      if (text === "" || !Number.isFinite(Number(text))) return;
      const { values, shape } = shown[chosen];
      const painted = [...values];
      painted[channel.value * inputs.length + at] = Number(text);
      entries[chosen] = { name: "own", values: painted, shape };
      shown[chosen] = { name: "own", values: painted, shape };
      paint();
      onChange();
    }

    function paint() {
      const { name: called, values, shape } = shown[chosen];
      name.value = called;
      seeds.hidden = called !== "random";
      if (called === "random") convdemo.benchPut(seed, entries[chosen]?.seed ?? chosen);
      if (grid.dataset.shape !== shape.slice(1).join() || !inputs.length) build(shape);
      const scale = convdemo.benchScale([...values, -1e-9]);
      const start = channel.value * inputs.length;
      const wide = shape.at(-1) > 4;
      grid.classList.toggle("cd-bench-wide", wide);
      for (const [at, input] of inputs.entries()) {
        const value = values[start + at];
        if (document.activeElement !== input) input.value = Number(value.toPrecision(wide ? 2 : 4));
        input.style.background = scale.css(value);
        input.style.color = scale.ink(value);
      }
      tellLegend(scale);
      const added = values.reduce((one, other) => one + other, 0);
      const sum = Math.abs(added) < 1e-9 ? 0 : added; // what rounding leaves of a zero
      tell(why, "convolution.weights_sum", { name: `@convolution.kernel.${called}.why|`, sum: convdemo.benchFigure(sum) });
    }

    function choose(filter) {
      chosen = filter;
      for (const [at, button] of [...chips.children].entries()) button.setAttribute("aria-pressed", at === chosen);
      convdemo.benchPut(bias, biases[chosen] ?? 0);
      paint();
    }

    // What Python has made of the entries: {name, values, shape} for each filter.
    function show(filters, { dims: axes, bias: hasBias }) {
      if (axes !== dims) {
        dims = axes;
        offer();
      }
      shown = filters;
      for (const [at, { name: called, values, shape }] of filters.entries()) {
        // A kernel that has no such size is shown as one's own, and is itself again in its own size.
        if (!entries[at]) entries[at] = called === "own" ? { name: called, values, shape } : { name: called, ...(called === "random" && { seed: at }) };
      }
      chosen = Math.min(chosen, filters.length - 1);
      chips.hidden = filters.length < 2;
      if (chips.children.length !== filters.length) {
        chips.replaceChildren(...filters.map((_, at) => make("button", { type: "button", onclick: () => {
          choose(at);
          onChange();
        }, "data-say": "convolution.filter", "data-say-values": JSON.stringify({ number: at + 1 }) })));
      }
      const slices = filters[0].shape[0];
      if (channel.options.length !== slices) {
        channel.replaceChildren(...Array.from({ length: slices }, (_, at) =>
          make("option", { value: at, "data-say": "convolution.channel", "data-say-values": JSON.stringify({ number: at + 1 }) })));
      }
      channels.hidden = slices < 2;
      biased.hidden = !hasBias;
      choose(chosen);
    }

    return {
      show, choose,
      use: (given, added = []) => ([entries, biases, chosen] = [given.map((one) => ({ ...one })), [...added], 0]),
      get entries() { return entries; },
      get biases() { return biases; },
      get filter() { return chosen; },
      // The chosen kernel as {values, shape} with the channels first, null where there is none.
      get kernel() { return shown && { values: shown[chosen].values, shape: shown[chosen].shape }; },
    };
  };
})();
