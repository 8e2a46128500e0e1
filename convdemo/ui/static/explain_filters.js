// The filters of a network: what its convolutions look for, one convolution at a time.
(() => {
  const { make, tell, call, latest } = convdemo;

  convdemo.explainFilters = (root, { server }) => {
    const select = make("select", { class: "cd-select", onchange: () => choose(select.value) });
    const field = make("label", { class: "cd-field" }, make("span", { "data-say": "explain.filters.which" }), select);
    const lead = make("p", { class: "cd-quiet", role: "status" });
    const list = make("div", { class: "cd-filter-list" });
    const details = make("details", { class: "cd-fold", ontoggle: () => ask() }, make("summary", { "data-say": "explain.filters" }),
      make("div", { class: "cd-fold-content" }, make("p", { class: "cd-quiet", "data-say": "explain.filters.lead" }), field, lead, list));
    root.append(details);
    let model = null;
    let convolution = null; // null for the first one
    let shown = ""; // of which model and convolution the filters are on the page

    const ask = latest(async (stale) => {
      const asked = { model, convolution };
      if (!details.open || !model || shown === JSON.stringify(asked)) return;
      const reply = await call(server.filters, convolution ? asked : { model }, stale);
      if (stale()) return;
      if (reply.problem) {
        clear();
        tell(lead, `problem.${reply.problem}`, reply.values);
        return;
      }
      shown = JSON.stringify(asked);
      fill(reply);
    });

    function fill(reply) {
      const [outputs, inputs, height, width] = reply.shape;
      field.hidden = false;
      const stageOf = (name) => name.split(".")[0];
      select.replaceChildren(...reply.convolutions.map((name, at, all) => {
        const option = make("option", { value: name });
        const place = all.slice(0, at + 1).filter((other) => stageOf(other) === stageOf(name)).length;
        tell(option, "explain.filters.convolution", { ...convdemo.stageWords(stageOf(name)), place });
        return option;
      }));
      select.value = reply.convolution;
      const packed = convdemo.unpackMaps(reply.maps);
      const kind = reply.colours ? "colour" : inputs > 1 ? "mean" : "one";
      const part = packed.count < outputs ? "_first" : "";
      tell(lead, `explain.filters.${kind}${part}`, { outputs, inputs, height, width, shown: packed.count });
      list.style.setProperty("--shape", width / height);
      list.replaceChildren(...Array.from({ length: packed.count }, (_, place) => {
        const picture = reply.colours ? make("img", { src: reply.colours[place], alt: "" }) : make("canvas", { "aria-hidden": "true" });
        if (!reply.colours) packed.paint(picture, place, packed.peaks[place]);
        return make("figure", {}, picture, make("figcaption", { class: "cd-quiet" }, String(place)));
      }));
    }

    function choose(name) {
      convolution = name;
      ask();
    }

    function clear() {
      shown = "";
      field.hidden = true;
      tell(lead, "");
      list.replaceChildren();
    }

    return {
      // The model is another one, null for none.
      use(name) {
        if (name === model) return;
        model = name;
        convolution = null;
        clear();
        ask();
      },
    };
  };
})();
