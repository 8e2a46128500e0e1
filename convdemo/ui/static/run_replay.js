// The chosen run at the end of any epoch: what it read then, what it took for what, its first filters.
convdemo.runReplay = (root, { askMoment }) => {
  const { make, tell, retell, latest, percent } = convdemo;
  const range = make("input", { type: "range", min: 1, step: 1, "data-say-label": "train.replay" });
  const output = make("output");
  const slider = make("label", { class: "cd-slider" }, make("span", { "data-say": "train.replay_epoch" }), output, range);
  const pictures = make("ol", { class: "cd-watched", role: "list" });
  const wrong = make("p", { class: "cd-quiet" });
  const filters = make("div", { class: "cd-filters", role: "img", "data-say-label": "train.filters" });
  root.append(
    make("h3", { "data-say": "train.replay" }), make("p", { class: "cd-quiet", "data-say": "train.replay_lead" }),
    slider, pictures, wrong,
    make("h3", { "data-say": "train.filters" }), make("p", { class: "cd-quiet", "data-say": "train.filters_lead" }), filters,
  );
  root.hidden = true;

  let run = null;
  let following = true; // the newest epoch, until somebody moves the slider
  let shown = ""; // the moment that is to be seen
  const moments = new Map();

  const wanted = () => `${run.id}/${range.value}/${convdemo.lastDigit?.bytes ?? ""}`;

  const named = (label) => `@${convdemo.classKey(run.dataset, label, 40)}`;
  const shortly = (label) => `@${convdemo.classKey(run.dataset, label, 14)}`;

  const ask = latest(async () => {
    if (!run?.epoch || wanted() === shown) return;
    const key = wanted();
    const payload = { run: run.id, epoch: Number(range.value) };
    if (run.dataset === "mnist" && convdemo.lastDigit) payload.input = convdemo.lastDigit;
    const reply = moments.get(key) ?? await askMoment(payload);
    if (reply.problem || wanted() !== key) return;
    if (moments.size > 200) moments.clear();
    moments.set(key, reply);
    shown = key;
    draw(reply);
  });

  function draw({ watched, given, classes, confusion, filters: sources }) {
    const own = given ? [{ ...given, own: true }] : [];
    pictures.replaceChildren(...[...own, ...watched].map((one) => {
      const label = make("span");
      tell(label, "steps.reads", { label: shortly(one.label), percent: percent(one.probability) });
      const right = one.own || one.label === one.actual;
      const picture = one.own ? digit() : make("img", { src: one.image, alt: "", width: 56, height: 56 });
      const node = make("li", { class: right ? "" : "cd-wrong" }, picture, label);
      if (one.own) tell(node, "train.own_digit", null, "sayTip");
      else tell(node, right ? "train.read_right" : "train.read_wrong", { actual: named(one.actual) }, "sayTip");
      return node;
    }));
    const count = confusion.flat().reduce((sum, one) => sum + one, 0);
    const missed = count - confusion.reduce((sum, row, place) => sum + row[place], 0);
    const worst = confusion.flatMap((row, actual) => row.map((number, predicted) => ({ number, actual, predicted })))
      .filter(({ actual, predicted }) => actual !== predicted)
      .reduce((most, one) => (one.number > most.number ? one : most));
    retell(wrong, missed ? "train.replay_wrong" : "train.replay_none", {
      missed, count, number: worst.number, actual: named(classes[worst.actual]), predicted: named(classes[worst.predicted]),
    });
    filters.replaceChildren(...sources.map((source) => make("img", { src: source, alt: "" })));
  }

  // The visitor's own digit as the networks see it.
  function digit() {
    const pixels = convdemo.pixels("train.own_digit");
    pixels.show(convdemo.lastDigit);
    return pixels.canvas;
  }

  function show(chosen) {
    if (chosen?.id !== run?.id) following = true;
    run = chosen;
    root.hidden = !run?.epoch;
    if (root.hidden) return;
    range.max = run.epoch;
    if (following) range.value = run.epoch;
    label();
    ask();
  }

  function label() {
    retell(output, "train.replay_at", { epoch: range.value, epochs: run.epoch });
    range.setAttribute("aria-valuetext", output.textContent);
  }

  range.addEventListener("input", () => {
    following = Number(range.value) === run.epoch;
    label();
    ask();
  });

  return { show };
};
