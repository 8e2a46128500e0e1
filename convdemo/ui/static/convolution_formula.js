// Why the output is as large as it is: the formula with its numbers, what is never read, what it costs, and
// 'same' in two frameworks.
(() => {
  const { make, tell } = convdemo;
  const grouped = convdemo.grouped;
  const CONTROL = { input: "size", padding: "padding", dilation: "dilation", kernel: "kernel", stride: "stride", output_padding: "output_padding", output: "output" };
  const AXES = { 1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"] };

  convdemo.benchFormula = (root, { element }) => {
    const shape = make("p", { class: "cd-bench-shape", "data-role": "shapes" });
    const general = make("p", { class: "cd-formula cd-bench-general" });
    const axes = make("div", { class: "cd-bench-formulas" });
    const said = make("p", { class: "cd-words cd-bench-term", role: "status", "aria-live": "polite" });
    const unread = make("p", { class: "cd-quiet" });
    const figures = make("dl", { class: "cd-bench-figures" });
    const same = make("div", {});
    root.append(make("h2", { "data-say": "convolution.formula.title" }), shape, general, axes, said, unread, figures, same);

    // The term and the control that sets it stand out together.
    function light(term, on) {
      for (const node of element.querySelectorAll(`[data-setting="${CONTROL[term]}"]`)) node.classList.toggle("cd-lit", on);
      for (const node of axes.querySelectorAll(`[data-term="${term}"]`)) node.classList.toggle("cd-lit", on);
      if (on) tell(said, `convolution.term.${term}`);
    }

    function term(name, value) {
      const button = make("button", { type: "button", class: "cd-bench-term-button", "data-term": name }, String(value));
      tell(button, "convolution.term_value", { value, name: `@convolution.term_name.${name}` }, "sayLabel");
      for (const [event, on] of [["pointerenter", true], ["focus", true], ["click", true], ["pointerleave", false], ["blur", false]]) {
        button.addEventListener(event, () => light(name, on));
      }
      button.addEventListener("click", () => open(name));
      return button;
    }

    // A control may be folded away.
    function open(name) {
      const fold = element.querySelector(`[data-setting="${CONTROL[name]}"]`)?.closest("details");
      if (fold) fold.open = true;
    }

    // The pieces between the numbers, in the order of `written` of the core.
    function pieces(terms) {
      const { input, before, after, dilation, kernel, stride, output } = terms;
      const pads = before === after ? ["2×", term("padding", before)] : [term("padding", before), " + ", term("padding", after)];
      const spread = [term("dilation", dilation), "×(", term("kernel", kernel), " − 1)"];
      if ("output_padding" in terms) {
        return ["(", term("input", input), " − 1)×", term("stride", stride), " − ", ...pads, " + ", ...spread, " + ", term("output_padding", terms.output_padding), " + 1 = ", term("output", output)];
      }
      return ["floor((", term("input", input), " + ", ...pads, " − ", ...spread, " − 1) / ", term("stride", stride), ") + 1 = ", term("output", output)];
    }

    function tellSame(reply) {
      const row = (name, found) => make("tr", {}, make("th", { scope: "row", "data-say": `convolution.same.${name}` }),
        ...(found ? [make("td", {}, found.pads.map(([one, other]) => `${one} + ${other}`).join(", ")), make("td", {}, found.output.join(" × "))]
          : [make("td", { colspan: 2, "data-say": "convolution.same.refused" })]));
      same.hidden = !reply.same;
      if (!reply.same) return;
      const { torch, keras, half, shift } = reply.same;
      const differs = make("p", { class: "cd-quiet" });
      tell(differs, shift.some(Boolean) ? "convolution.same.shifted" : "convolution.same.equal", { shift: shift.join(" × ") });
      same.replaceChildren(make("h3", { "data-say": "convolution.same.title" }), convdemo.scrolling("convolution.same.title", make("table", { class: "cd-bench-table" },
        make("thead", {}, make("tr", {}, ...["framework", "pads", "output"].map((name) => make("th", { scope: "col", "data-say": `convolution.same.${name}` })))),
        make("tbody", {}, row("torch", torch), row("keras", keras), row("half", half)))), differs);
    }

    function tellFigures(reply) {
      const named = (name, value) => make("div", {}, make("dt", { "data-say": `convolution.figure.${name}`, "data-say-tip": `convolution.figure.${name}.why` }), make("dd", { "data-role": name }, value));
      figures.replaceChildren(named("parameters", grouped(reply.parameters)), named("multiply_adds", grouped(reply.multiply_adds)),
        named("receptive_field", reply.receptive_field.join(" × ")));
    }

    // What is read aloud or pointed at stays where it is while nothing has changed.
    let before = "";

    function show(reply) {
      const { settings, terms, output_shape: out } = reply;
      const now = JSON.stringify([settings, terms]);
      if (now === before) return;
      before = now;
      tell(shape, "convolution.shapes", { from: [settings.channels, ...settings.size].join(" × "), to: out.join(" × ") });
      tell(general, settings.kind === "transposed" ? "convolution.formula.transposed" : "convolution.formula.general");
      axes.replaceChildren(...terms.map((one, axis) => {
        const name = make("span", { class: "cd-quiet" });
        tell(name, `convolution.axis.${AXES[settings.dims][axis]}`);
        return make("p", { class: "cd-formula cd-bench-formula" }, name, make("span", {}, ...pieces(one)));
      }));
      tell(said, "convolution.formula.hint");
      const lost = reply.unread.some(Boolean);
      tell(unread, lost ? "convolution.unread" : "convolution.unread_none", { unread: reply.unread.join(" × ") });
      tellFigures(reply);
      tellSame(reply);
    }

    return { show };
  };

  // The line of each framework, to be copied; of Keras else the reason why there is none.
  convdemo.benchLines = (root) => {
    const rows = ["pytorch", "keras"].map((name) => {
      const code = make("code", { "data-role": name });
      const why = make("span", { class: "cd-quiet" });
      const copy = make("button", { type: "button", class: "cd-button", "data-say": "code.copy", onclick: () => take(code, copy) });
      const row = make("div", { class: "cd-bench-line" }, make("span", { class: "cd-quiet", "data-say": `convolution.line.${name}` }), code, why, copy);
      root.append(row);
      return { name, code, why, copy };
    });

    async function take(code, button) {
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code); // Ctrl+C does the rest
        return;
      }
      tell(button, "code.copied");
      setTimeout(() => tell(button, "code.copy"), 1500);
    }

    return {
      show: (reply) => {
        for (const { name, code, why, copy } of rows) {
          code.textContent = reply[name] ?? "";
          code.hidden = copy.hidden = !reply[name];
          tell(why, reply[name] ? "" : `convolution.reason.${reply.keras_reason}`);
        }
      },
    };
  };
})();
