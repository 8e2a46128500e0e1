// Fool it: the picture changed ever more along one step, what is read then, and the smallest change that fools.
(() => {
  const { make, tell, named, percent } = convdemo;

  const sizeText = (size) => String(Number(size.toFixed(3)));

  convdemo.explainFool = (root, { server }) => {
    const panel = convdemo.explainPanel(root, "fool");
    const start = make("button", { type: "button", class: "cd-button cd-primary", "data-say": "explain.fool.start", onclick: fool });
    const progress = convdemo.explainWork("explain.fool.working", server);
    const image = make("img", { class: "cd-fool-picture", alt: "" });
    const reads = make("p", { class: "cd-words cd-fool-reads", role: "status", "aria-live": "polite" });
    const range = make("input", { type: "range", min: 0, step: 1, value: 0 });
    const value = make("output");
    const slider = make("label", { class: "cd-slider" }, make("span", { "data-say": "explain.fool.size" }), value, range);
    const along = make("div", { class: "cd-fool-along" });
    const smallest = make("div", { class: "cd-fool-found" });
    const found = make("div", { class: "cd-fool" },
      make("div", { class: "cd-fool-tried" }, image,
        make("div", {}, reads, slider, make("p", { class: "cd-quiet", "data-say": "explain.fool.size_why" }))),
      along, smallest);
    root.append(make("div", { class: "cd-toolbar cd-panel-fields" }, start), panel.status, progress.node, found);
    const chart = convdemo.explainChart(along, {
      alt: "explain.fool.chart",
      axis: "explain.fool.axis",
      told: (place) => ["explain.fool.at", { size: reply ? sizeText(reply.sizes[place ?? 0]) : "" }],
      ticks: [0, 0.25, 0.5, 0.75, 1].map((share) => [share, String(0.4 * share).slice(0, 3)]),
      stays: true,
      onPoint: move,
    });
    const code = convdemo.code(root, "explain.fool.code");

    let request = null;
    let reply = null;
    let busy = false;

    async function fool() {
      if (busy || !request) return;
      const about = request;
      work(true);
      const said = await progress.run(server.fooled, about, () => request !== about);
      work(false);
      if (request !== about) return;
      if (said.problem) panel.refuse(said);
      else show(said);
    }

    function work(goes) {
      busy = goes;
      start.disabled = goes || !request;
      if (goes) panel.say("");
    }

    function show(said) {
      reply = said;
      const { sizes, right, label, step, search } = reply;
      panel.say("");
      found.hidden = false;
      range.max = sizes.length - 1;
      chart.show([{ key: "explain.fool.line", values: { label: named(label) }, style: "map", points: right, said: ["|"] }]);
      smallest.replaceChildren(outcome("step", step, label), outcome("search", search, label));
      code.show(reply.code);
      // To begin with where the answer changes, so that something has happened.
      const first = reply.labels.findIndex((one) => one !== label);
      move(first < 0 ? sizes.length - 1 : first);
    }

    function move(place) {
      if (!reply) return;
      const { sizes, images, labels, probabilities, label } = reply;
      range.value = place;
      image.src = images[place];
      const size = sizeText(sizes[place]);
      tell(value, "explain.fool.size_value", { size });
      range.setAttribute("aria-valuetext", size);
      const fooled = labels[place] !== label;
      found.classList.toggle("cd-fooled", fooled);
      tell(reads, fooled ? "explain.fool.reads_other" : "explain.fool.reads", {
        label: named(labels[place]), percent: percent(probabilities[place]), before: named(label),
      });
      chart.mark(place);
    }

    // The smallest change that fools, by one of the two methods, or that there is none.
    function outcome(name, { size, label, probability, image: picture }, before) {
      const words = make("figcaption");
      const values = { label: named(label), percent: percent(probability), before: named(before) };
      if (size === null) tell(words, `explain.fool.${name}_none`, values);
      else tell(words, `explain.fool.${name}`, { ...values, size: sizeText(size) });
      return make("figure", { "data-way": name }, ...(picture ? [make("img", { src: picture, alt: "" })] : []), words);
    }

    function use(asked, seenThere) {
      request = asked && seenThere ? asked : null;
      reply = null;
      found.hidden = true;
      start.disabled = busy || !request;
      code.show("");
      panel.say(request ? "explain.fool.before" : "answer.none");
    }

    range.addEventListener("input", () => move(Number(range.value)));
    use(null, null);
    return { use };
  };
})();
