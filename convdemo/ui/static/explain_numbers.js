// How one cell came about, layer by layer, in numbers.
(() => {
  const { make, tell, twoPlaces } = convdemo;
  const COLOURS = ["red", "green", "blue", "mask"]; // what the channels of an input with several are

  const sentence = (key, values, attributes = {}) => {
    const node = make("p", attributes);
    tell(node, key, values);
    return node;
  };

  // Numbers at their places, on the colours of the maps; `end` is the value at the end of the scale.
  // `marked` is [row, column] of the one that stands out.
  convdemo.numberTable = (rows, end, marked = null) =>
    make("table", { class: "cd-numbers" }, make("tbody", {}, ...rows.map((row, top) =>
      make("tr", {}, ...row.map((value, left) => make("td", {
        style: convdemo.ground(value / (end || 1)), class: marked?.join() === `${top},${left}` ? "cd-marked" : null,
      }, twoPlaces(value)))))));

  const most = (numbers) => Math.max(...numbers.flat(Infinity).map(Math.abs));

  // "+ 1.20" or "− 1.20": a term of a sum.
  const term = (value) => (value < 0 ? `− ${twoPlaces(-value)}` : `+ ${twoPlaces(value)}`);

  function convolution({ output, details }, inputs) {
    const { channels, patches, kernels, products, sums, others, other_channels: rest, bias } = details;
    const ends = [patches, kernels, products].map(most);
    const sign = (text) => make("span", { class: "cd-sign", "aria-hidden": "true" }, text);
    const head = ["", "patch", "", "kernel", "", "product", ""].map((key) =>
      make("span", { class: "cd-quiet", ...(key && { "data-say": `explain.numbers.${key}` }) }));
    const rows = channels.flatMap((channel, place) => {
      const name = make("span", { class: "cd-quiet" });
      if (inputs === 1) tell(name, "explain.numbers.input");
      else if (inputs) tell(name, `explain.numbers.${COLOURS[channel]}|${channel}`);
      else tell(name, "explain.map", { number: channel });
      return [
        name, convdemo.numberTable(patches[place], ends[0]), sign("×"), convdemo.numberTable(kernels[place], ends[1]),
        sign("="), convdemo.numberTable(products[place], ends[2]), make("strong", {}, `Σ ${twoPlaces(sums[place])}`),
      ];
    });
    const terms = sums.map((sum, place) => (place ? term(sum) : twoPlaces(sum))).join(" ");
    const values = { terms, others: term(others), rest, bias: term(bias), output: twoPlaces(output) };
    return [
      ...(rest ? [sentence("explain.numbers.strongest", { shown: channels.length, all: channels.length + rest }, { class: "cd-quiet" })] : []),
      convdemo.scrolling("explain.numbers.grids", make("div", { class: "cd-products" }, ...head, ...rows)),
      sentence(rest ? "explain.numbers.sum_rest" : "explain.numbers.sum", values, { class: "cd-formula" }),
    ];
  }

  const formula = (text) => [make("p", { class: "cd-formula" }, text)];
  const bracketed = (value) => (value < 0 ? `(${twoPlaces(value)})` : twoPlaces(value));

  const TOLD = {
    Conv2d: convolution,
    BatchNorm2d: ({ inputs, output, details: { mean, std, scale, shift } }) => formula(
      `(${twoPlaces(inputs)} ${term(-mean)}) ÷ ${twoPlaces(std)} × ${bracketed(scale)} ${term(shift)} = ${twoPlaces(output)}`),
    ReLU: ({ inputs, output }) => formula(`max(0, ${twoPlaces(inputs)}) = ${twoPlaces(output)}`),
    ReLU6: ({ inputs, output }) => formula(`min(6, max(0, ${twoPlaces(inputs)})) = ${twoPlaces(output)}`),
    MaxPool2d: ({ output, details: { window, place } }) => [
      convdemo.scrolling("explain.layer.MaxPool2d", convdemo.numberTable(window, most(window), place)), ...formula(`→ ${twoPlaces(output)}`),
    ],
    Residual: ({ inputs, output, details: { body } }) => formula(`${twoPlaces(inputs)} ${term(body)} = ${twoPlaces(output)}`),
  };

  const other = ({ inputs, output }) => formula(inputs === null ? `→ ${twoPlaces(output)}` : `${twoPlaces(inputs)} → ${twoPlaces(output)}`);

  convdemo.cellNumbers = (node) => {
    node.className = "cd-cell-numbers";
    const list = make("ol", { class: "cd-layer-chain", role: "list" });
    const lead = make("p", { class: "cd-quiet" });
    node.append(make("h4", { "data-say": "explain.numbers.title" }), lead, list);
    node.hidden = true;

    // `inputs` is how many channels the input has where the first convolution looks at it, else null.
    function show({ layers, value }, inputs) {
      node.hidden = false;
      tell(lead, "explain.numbers.lead", { value: twoPlaces(value) });
      list.replaceChildren(...layers.map((layer) => {
        const known = layer.kind in TOLD;
        const name = make("h5");
        tell(name, convdemo.layerName(layer.kind));
        const why = known ? `explain.layer.${layer.kind}.why` : layer.inputs === null ? "explain.layer.unknown" : "explain.layer.other";
        return make("li", {}, name, sentence(why, undefined, { class: "cd-quiet" }), ...(TOLD[layer.kind] ?? other)(layer, inputs));
      }));
    }

    return {
      node, show,
      clear: () => {
        node.hidden = true;
        list.replaceChildren();
      },
    };
  };
})();
