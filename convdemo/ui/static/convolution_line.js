// An architecture written as one line, and the table that it stands for.
(() => {
  const { make, tell, retell, call, latest, grouped } = convdemo;
  // The course's networks and well-known beginnings, each with the input that it reads.
  const EXAMPLES = [
    ["cnn", "1x28x28", "conv 3x3 p1 32 - relu - pool 2 - conv 3x3 p1 64 - relu - pool 2 - flatten - dense 10"],
    ["cnn2", "1x28x28", "conv 3x3 p1 32 - relu - pool 2 - conv 3x3 p1 64 - relu - pool 2 - conv 3x3 p1 128 - relu - pool 2 p1 - flatten - dense 625 - relu - dense 10"],
    ["stack", "1x28x28", "conv 3x3 32 - conv 3x3 64 - pool 2 - flatten - dense 128 - dense 10"],
    ["lenet", "1x32x32", "conv 5x5 6 - avgpool 2 - conv 5x5 16 - avgpool 2 - flatten - dense 120 - dense 84 - dense 10"],
    ["resnet", "3x224x224", "conv 7x7 s2 p3 64 - relu - pool 3x3 s2 p1 - conv 3x3 p1 64 - relu - conv 3x3 p1 64"],
    ["signal", "1x128", "conv 5 p2 16 - relu - pool 2 - conv 5 p2 32 - relu - pool 2 - flatten - dense 4"],
    ["clip", "3x16x64x64", "conv 3x3x3 p1 16 - relu - pool 2 - conv 3x3x3 p1 32 - relu - pool 2"],
  ];

  convdemo.benchStack = (root, { server }) => {
    const chips = make("div", { class: "cd-chips", role: "group", "data-say-label": "convolution.stack.examples" });
    const shape = make("input", { class: "cd-select cd-number cd-bench-shape-field", "data-role": "stack-shape", autocomplete: "off", spellcheck: "false" });
    const line = make("textarea", { class: "cd-bench-line-field", rows: 2, "data-role": "stack-line", autocomplete: "off", spellcheck: "false", "data-say-label": "convolution.stack.line" });
    const status = make("p", { class: "cd-words", role: "status", "aria-live": "polite" });
    const [wrong, cause] = [make("span"), make("span")];
    const table = make("table", { class: "cd-bench-table" });
    const box = convdemo.scrolling("convolution.stack.table", table);
    status.append(wrong, " ", cause);
    root.append(make("h2", { "data-say": "convolution.stack.title" }), make("p", { class: "cd-quiet", "data-say": "convolution.stack.lead" }), chips,
      make("div", { class: "cd-bench-stack" },
        make("label", { class: "cd-field" }, make("span", { "data-say": "convolution.stack.input_shape" }), shape),
        make("label", { class: "cd-field" }, make("span", { "data-say": "convolution.stack.line" }), line)), status, box);
    chips.append(...EXAMPLES.map(([name, input, text]) => make("button", {
      type: "button", class: "cd-button", value: name, "data-say": `convolution.stack.${name}`, onclick: () => set(input, text),
    })));

    function set(input, text) {
      [shape.value, line.value] = [input, text];
      ask();
    }

    const ask = latest(async (stale) => {
      const sizes = shape.value.trim().split(/[\sx×*,]+/i).filter(Boolean).map((word) => (/^\d+$/.test(word) ? Number(word) : null));
      const reply = await call(server.line, { line: line.value, shape: sizes }, stale);
      if (stale()) return;
      const { problem, values } = reply;
      box.classList.toggle("cd-old", Boolean(problem));
      retell(wrong, problem ? `problem.${problem}` : "", values);
      retell(cause, values?.cause ? `problem.${values.cause}` : "", values);
      if (!problem) show(reply);
    });

    const cells = (tag, texts) => make("tr", {}, ...texts.map((text, place) => make(place ? tag : "th", place ? {} : { scope: "row" }, text)));

    function show({ input, rows, parameters, multiply_adds: adds }) {
      // A column of its own only where something is lost.
      const loses = rows.some((row) => row.unread.some(Boolean));
      const lost = (unread) => (loses ? [unread.some(Boolean) ? unread.join(" × ") : ""] : []);
      const head = ["layer", "shape", "parameters", "multiply_adds", "receptive_field", ...(loses ? ["unread"] : [])].map((name) =>
        make("th", { scope: "col", "data-say": `convolution.stack.${name}` }));
      const named = (key) => make("span", { "data-say": key });
      table.replaceChildren(make("thead", {}, make("tr", {}, ...head)), make("tbody", {},
        cells("td", [named("convolution.stack.input"), input.shape.join(" × "), "", "", input.field.join(" × "), ...lost([])]),
        ...rows.map((row, place) => cells("td", [`${place + 1}. ${row.name}`, row.shape.join(" × "), grouped(row.parameters), grouped(row.multiply_adds), row.field.join(" × "), ...lost(row.unread)])),
        cells("td", [named("convolution.stack.sum"), "", grouped(parameters), grouped(adds), "", ...lost([])])));
    }

    for (const field of [shape, line]) field.addEventListener("input", ask);
    return { begin: () => set(EXAMPLES[0][1], EXAMPLES[0][2]) };
  };
})();
