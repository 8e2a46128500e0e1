// What to train: network, data, settings. A network brings its recipe along, and every field offers
// only what can be trained, so that nothing has to be refused.
(() => {
  const { make, tell, count } = convdemo;

  // What a slider steps through; a value of the recipe that is not among them is put in its place.
  const STEPS = {
    epochs: [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200],
    lr: [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1],
    batch: [2, 4, 8, 16, 32, 64, 100, 128, 256, 512, 1024, 2048],
    weight_decay: [0, 1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05, 0.1],
    label_smoothing: [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2],
    ema: [0, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999],
  };
  const PATIENCE = [null, 2, 3, 5, 10];
  const PICTURES = [1_000, 5_000, 20_000];
  const LARGEST_SEED = 999_999;

  convdemo.grouped = (number) => number.toLocaleString("en");

  // A setting's value as [key or text, values] for `tell`: words where it has some, else the number.
  convdemo.settingText = (name, value) => {
    if (["optimizer", "schedule", "augment", "device", "model", "fault"].includes(name)) return [`train.${name}.${value}|${value}`];
    if (name === "dataset") return [`dataset.${value}|${value}`];
    if (name === "limit") return value === null ? ["train.all"] : [`|${convdemo.grouped(value)}`];
    if (value === null || (value === 0 && ["ema", "label_smoothing", "weight_decay"].includes(name))) return ["train.off"];
    if (name === "patience") return ["train.patience_epochs", { epochs: value }];
    return [`|${value}`]; // no such key: the text after the stroke
  };

  // A slider over a list of values that need not be evenly spaced.
  function slider(name, onChange) {
    const range = make("input", { type: "range", min: 0, step: 1 });
    const output = make("output");
    const field = make("label", { class: "cd-slider", "data-say-tip": `train.${name}.why` },
      make("span", { "data-say": `train.${name}` }), output, range);
    let values = [];

    function show() {
      tell(output, ...convdemo.settingText(name, values[range.value]));
      range.setAttribute("aria-valuetext", output.textContent);
    }

    function set(wanted, [low, high] = [0, Infinity]) {
      const value = Math.min(high, Math.max(low, wanted));
      values = STEPS[name].filter((one) => one >= low && one <= high);
      if (!values.includes(value)) values = [...values, value].sort((one, other) => one - other);
      range.max = values.length - 1;
      range.value = values.indexOf(value);
      show();
    }

    range.addEventListener("input", () => {
      show();
      onChange();
    });
    range.addEventListener("focus", show); // the language may be another by now
    return { field, set, get value() { return values[range.value]; } };
  }

  // A picker over any values; `offer` takes them as [value, key, values of its gaps].
  function picker(name, onChange = () => {}) {
    const select = make("select", { class: "cd-select", onchange: onChange });
    const field = make("label", { class: "cd-field", "data-say-tip": `train.${name}.why` },
      make("span", { "data-say": `train.${name}` }), select);
    let entries = [];

    function offer(offered) {
      entries = offered;
      select.replaceChildren(...entries.map(([, key, values], place) => {
        const option = make("option", { value: place });
        tell(option, key, values);
        return option;
      }));
    }

    function set(value) {
      select.value = Math.max(0, entries.findIndex(([one]) => one === value));
    }

    return { field, offer, set, get value() { return entries[select.value]?.[0]; } };
  }

  // `onTrain` gets {model, dataset, config}; `onSubject` hears of another network or data set.
  convdemo.runForm = (root, { onTrain, onSubject }) => {
    let options = null;
    let base = {}; // the recipe, with what has no field here
    const model = picker("model", () => follow(dataset.value, { own: true }));
    const dataset = picker("dataset", () => follow(dataset.value));
    const pickers = Object.fromEntries(["limit", "optimizer", "schedule", "augment", "patience", "device", "fault"]
      .map((name) => [name, picker(name)]));
    const sliders = Object.fromEntries(Object.keys(STEPS).map((name) => [name, slider(name, () => showPlan())]));
    pickers.limit.field.addEventListener("change", () => {
      sliders.batch.set(sliders.batch.value, batchRange());
      showPlan();
    });
    pickers.fault.field.addEventListener("change", showFault);
    const see = make("p", { class: "cd-quiet", role: "status" });
    const seed = make("input", { class: "cd-select cd-number", type: "number", min: 0, max: LARGEST_SEED, step: 1, onchange: keepSeed });
    const plan = make("p", { class: "cd-quiet cd-plan" });
    const button = make("button", { type: "button", class: "cd-button cd-primary", "data-say": "train.start", onclick: train, disabled: "" });
    const sentence = make("p", { class: "cd-trouble", role: "status" });
    const fields = make("fieldset", { class: "cd-fields", disabled: "" },
      model.field, dataset.field, pickers.limit.field,
      make("div", {}, sliders.epochs.field, sliders.lr.field, sliders.batch.field),
      make("details", { class: "cd-fold" }, make("summary", { "data-say": "train.more" }),
        make("div", { class: "cd-fields" },
          pickers.optimizer.field, pickers.schedule.field, pickers.augment.field, pickers.patience.field,
          make("div", {}, sliders.weight_decay.field, sliders.label_smoothing.field, sliders.ema.field),
          make("label", { class: "cd-field", "data-say-tip": "train.seed.why" }, make("span", { "data-say": "train.seed" }), seed),
          pickers.device.field, pickers.fault.field, see,
          make("button", { type: "button", class: "cd-button", "data-say": "train.recipe", onclick: () => follow(dataset.value) }))));
    root.append(fields, plan, button, sentence);

    const named = (name) => (value) => [value, ...convdemo.settingText(name, value)];

    function setOptions(given) {
      options = given;
      model.offer(options.models.map((one) => [one.name, "train.model_option", {
        name: `@train.model.${one.name}|${one.title}`,
        parameters: count(one.parameters[one.datasets[0]] ?? 0),
      }]));
      for (const name of ["optimizer", "schedule", "device"]) pickers[name].offer(options.choices[name].map(named(name)));
      fields.disabled = button.disabled = false;
      follow(null, { own: true });
    }

    // The recipe of the network that was picked, for the wanted data or, if asked, data it is meant for.
    function follow(wanted, { own = false } = {}) {
      const recipes = options.recipes[model.value];
      const meant = options.models.find(({ name }) => name === model.value).datasets;
      const names = options.datasets.map(({ name }) => name).filter((name) => name in recipes);
      dataset.offer(names.map(named("dataset")));
      dataset.set(own && !meant.includes(wanted) ? meant.find((name) => names.includes(name)) : wanted);
      show(recipes[dataset.value]);
    }

    function show(config) {
      base = config;
      const { pictures } = options.datasets.find(({ name }) => name === dataset.value);
      const parts = [...new Set([...PICTURES, config.limit])]
        .filter((limit) => limit && limit < pictures && limit >= options.limits.limit_min)
        .sort((one, other) => one - other);
      pickers.limit.offer([
        ...parts.map((limit) => [limit, "train.pictures", { pictures: convdemo.grouped(limit) }]),
        [null, "train.all_pictures", { pictures: convdemo.grouped(pictures) }],
      ]);
      const waits = [...new Set([...PATIENCE, config.patience])].sort((one, other) => one - other);
      pickers.patience.offer(waits.map(named("patience")));
      pickers.augment.offer(options.choices.augment[dataset.value].map(named("augment")));
      const { dropout } = options.models.find(({ name }) => name === model.value);
      pickers.fault.offer(options.choices.fault.filter((name) => dropout || name !== "dropout_when_judged").map(named("fault")));
      for (const [name, field] of Object.entries(pickers)) field.set(config[name]);
      const ranges = { epochs: [1, options.limits.epochs], batch: batchRange() };
      for (const [name, field] of Object.entries(sliders)) field.set(config[name], ranges[name]);
      seed.value = config.seed;
      tell(sentence, "");
      showFault();
      showPlan();
      onSubject(subject());
    }

    // No batch has more pictures than there are.
    function batchRange() {
      const [low, high] = options.limits.batch;
      return [low, Math.min(high, used())];
    }

    function used() {
      return pickers.limit.value ?? options.datasets.find(({ name }) => name === dataset.value).pictures;
    }

    const subject = () => ({ model: model.value, dataset: dataset.value });

    // What a run had, to be trained again with a change.
    function fill(run) {
      model.set(run.model);
      follow(run.dataset);
      show(run.config);
      tell(sentence, "train.reused");
      button.scrollIntoView({ block: "nearest" });
    }

    function keepSeed() {
      const wanted = Math.round(Number(seed.value)) || 0;
      seed.value = Math.min(LARGEST_SEED, Math.max(0, wanted));
    }

    function config() {
      keepSeed();
      const set = Object.entries({ ...pickers, ...sliders }).map(([name, field]) => [name, field.value]);
      return { ...base, ...Object.fromEntries(set), seed: Number(seed.value) };
    }

    // How many steps the settings come to: what epochs, pictures and batch have to do with each other.
    function showPlan() {
      const steps = Math.ceil(used() / sliders.batch.value);
      tell(plan, "train.plan", { steps: convdemo.grouped(steps), all: convdemo.grouped(steps * sliders.epochs.value) });
    }

    function showFault() {
      tell(see, pickers.fault.value === "none" ? "" : `train.fault.${pickers.fault.value}.see`);
    }

    async function train() {
      button.disabled = true;
      tell(sentence, "");
      const reply = await onTrain({ ...subject(), config: config() });
      button.disabled = false;
      if (reply.problem) showSentence(`problem.${reply.problem}`, reply.values);
    }

    const showSentence = (key, values) => tell(sentence, key, values);

    return { setOptions, fill, showSentence, subject };
  };
})();
