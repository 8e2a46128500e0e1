// Three ways to make an input smaller, side by side.
(() => {
  const { make, tell } = convdemo;

  convdemo.benchBeside = (root, { onChange }) => {
    const window = make("select", { class: "cd-select", onchange: onChange }, ...[2, 3, 4].map((size) =>
      make("option", { value: size, "data-say": "convolution.beside.size", "data-say-values": JSON.stringify({ size }) })));
    const cards = ["max", "average", "convolution"].map((kind) => {
      const canvas = make("canvas", { role: "img", tabindex: "-1" });
      tell(canvas, `convolution.beside.${kind}`, undefined, "sayLabel");
      const legend = make("p", {});
      const card = make("div", { class: "cd-bench-card", "data-kind": kind }, make("h3", { "data-say": `convolution.beside.${kind}` }),
        make("p", { class: "cd-quiet", "data-say": `convolution.beside.${kind}_why` }), make("div", { class: "cd-bench-canvas" }, canvas), legend,
        make("p", { class: "cd-quiet cd-bench-code" }, make("code")));
      return { card, canvas, grid: convdemo.benchGrid(canvas), legend: convdemo.benchLegend(legend), code: card.querySelector("code") };
    });
    root.append(make("h2", { "data-say": "convolution.beside.title" }), make("p", { class: "cd-quiet", "data-say": "convolution.beside.lead" }),
      make("div", { class: "cd-toolbar" }, make("label", { class: "cd-field" }, make("span", { "data-say": "convolution.beside.window" }), window)),
      make("div", { class: "cd-bench-cards" }, ...cards.map(({ card }) => card)));

    function show({ settings, cells }) {
      for (const [place, { shape, values, pytorch }] of cells.beside.entries()) {
        const { grid, legend, code, canvas } = cards[place];
        const out = [...Array(4 - shape.length).fill(1), ...shape.slice(1)];
        const count = out[0] * out[1] * out[2];
        const scale = (settings.dims === 1 ? convdemo.benchBars : convdemo.benchScale)(values);
        legend(scale);
        code.textContent = pytorch;
        canvas.dataset.values = values.map((value) => convdemo.benchFigure(value)).join(" ");
        grid.show({
          planes: shape[0], shape: out, bars: settings.dims === 1, scale,
          value: (plane, [slice, row, column]) => values[plane * count + (slice * out[1] + row) * out[2] + column],
          caption: (plane, slice) => [
            ...(shape[0] > 1 ? [convdemo.say("convolution.channel", { number: plane + 1 })] : []),
            ...(settings.dims === 3 ? [convdemo.say("convolution.slice", { number: slice + 1 })] : []),
          ].join(", "),
        });
      }
    }

    return { show, get window() { return Number(window.value); } };
  };
})();
