// What to train: network, data, settings. A network brings its presets along, and every field offers
// only what can be trained, so that nothing has to be refused.
(() => {
  const { make, tell, count } = convdemo;
  const FIRST = "quick_cnn"; // trained in seconds: a visitor's first run ends while it is watched
  const PATIENCE = [null, 2, 3, 5, 10];
  const DROPOUT = [null, 0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6];
  const PICTURES = [1_000, 5_000, 20_000];
  const LARGEST_SEED = 999_999;

  // The entries of a picker, with `value` in its place among them where it is another.
  const among = (values, value) => [...new Set([...values, value])].sort((one, other) => (one ?? -1) - (other ?? -1));

  // `onTrain` gets {model, dataset, config}; `onSubject` hears of another network or data set. What
  // brings data sets of the visitor's own stands in `ownBox`.
  convdemo.runForm = (root, { ownBox, onTrain, onSubject }) => {
    const { STEPS, settingPicker: picker, settingSlider: slider, settingText } = convdemo; // of another file
    let options = null;
    let base = {}; // the preset, with what has no field here
    let begun = "recipe"; // the preset that was last chosen
    const model = picker("model", () => place(model.value, dataOf(model.value)));
    const dataset = picker("dataset", () => place(modelFor(dataset.value), dataset.value));
    const preset = picker("preset", () => {
      begun = preset.value;
      place(model.value, dataset.value);
    });
    const pickers = Object.fromEntries(["limit", "optimizer", "schedule", "augment", "dropout", "patience", "device", "fault"]
      .map((name) => [name, picker(name, () => changed(name))]));
    const sliders = Object.fromEntries(Object.keys(STEPS).map((name) => [name, slider(name, () => changed(name))]));
    const see = make("p", { class: "cd-quiet", role: "status" });
    const seed = make("input", { class: "cd-select cd-number", type: "number", min: 0, max: LARGEST_SEED, step: 1, onchange: () => changed("seed") });
    const plan = make("p", { class: "cd-quiet cd-plan" });
    const where = make("p", { class: "cd-quiet cd-plan" });
    const button = make("button", { type: "button", class: "cd-button cd-primary", "data-say": "train.start", onclick: train, disabled: "" });
    const sentence = make("p", { class: "cd-trouble", role: "status" });
    const fields = make("fieldset", { class: "cd-fields", disabled: "" },
      model.field, dataset.field, ownBox, preset.field, pickers.limit.field,
      make("div", {}, sliders.epochs.field, sliders.lr.field, sliders.batch.field),
      make("details", { class: "cd-fold" }, make("summary", { "data-say": "train.more" }),
        make("div", { class: "cd-fields" },
          pickers.optimizer.field, pickers.schedule.field, pickers.augment.field, pickers.dropout.field, pickers.patience.field,
          make("div", {}, sliders.weight_decay.field, sliders.label_smoothing.field, sliders.ema.field, sliders.empty.field),
          make("label", { class: "cd-field", "data-say-tip": "train.seed.why" }, make("span", { "data-say": "train.seed" }), seed),
          pickers.device.field, pickers.fault.field, see)));
    root.append(fields, plan, where, button, sentence);

    const named = (name) => (value) => [value, ...settingText(name, value)];
    const networkOf = (name) => options.models.find((one) => one.name === name);
    const dataNamed = (name) => options.datasets.find((one) => one.name === name);
    const presets = () => options.presets[model.value][dataset.value];

    // `wanted` is a data set to be chosen; without it the choice begins anew.
    function setOptions(given, wanted = null) {
      options = given;
      for (const name of ["optimizer", "schedule", "device"]) pickers[name].offer(options.choices[name].map(named(name)));
      fields.disabled = button.disabled = false;
      const first = networkOf(FIRST) ?? options.models[0];
      if (wanted && dataNamed(wanted)) place(modelFor(wanted), wanted);
      else place(first.name, first.datasets[0]);
    }

    // The data that a network is trained on once it is picked: those of before, if it is meant for
    // them or they are the visitor's own, on which any may be tried.
    function dataOf(name) {
      const { datasets } = networkOf(name);
      return dataNamed(dataset.value).own || datasets.includes(dataset.value) ? dataset.value : datasets[0];
    }

    // The network once data are picked. Those for grey digits and those for coloured photos do not
    // do well on each other's.
    function modelFor(data) {
      const { datasets } = networkOf(model.value) ?? {};
      const forOwn = datasets?.every((name) => dataNamed(name).own);
      if (datasets?.includes(data) || dataNamed(data).own === forOwn) return model.value;
      const fitting = options.models.filter((one) => one.datasets.includes(data));
      return (fitting.find(({ name }) => name === FIRST) ?? fitting[0])?.name ?? model.value;
    }

    // Choose both, and fill in their preset.
    function place(network, data) {
      select(network, data);
      if (!(begun in presets())) begun = "recipe";
      show(presets()[begun]);
    }

    function select(network, data) {
      model.offer(options.models.map((one) => [one.name, "train.model_option", {
        name: `@train.model.${one.name}|${one.title}`, parameters: count(one.parameters[data] ?? 0),
      }]));
      model.set(network);
      dataset.offer(options.datasets.map(({ name }) => name).filter((name) => name in options.presets[network]).map(named("dataset")));
      dataset.set(data);
    }

    function show(config) {
      base = config;
      const { pictures } = dataNamed(dataset.value);
      const parts = among(PICTURES, config.limit).filter((limit) => limit && limit < pictures && limit >= options.limits.limit_min);
      pickers.limit.offer([
        ...parts.map((limit) => [limit, "train.pictures", { pictures: convdemo.grouped(limit) }]),
        [null, "train.all_pictures", { pictures: convdemo.grouped(pictures) }],
      ]);
      pickers.patience.offer(among(PATIENCE, config.patience).map(named("patience")));
      pickers.dropout.offer(among(DROPOUT, config.dropout ?? null).map(named("dropout")));
      pickers.augment.offer(options.choices.augment[dataset.value].map(named("augment")));
      for (const [name, field] of Object.entries(pickers)) field.set(config[name] ?? null);
      offerFaults(config.fault);
      const ranges = { epochs: [1, options.limits.epochs], batch: batchRange(pickers.limit.value) };
      for (const [name, field] of Object.entries(sliders)) field.set(config[name], ranges[name]);
      seed.value = config.seed;
      tell(sentence, "");
      changed();
      onSubject(subject());
    }

    // What a field has to do with others, once it is another.
    function changed(field) {
      if (field === "limit") sliders.batch.set(sliders.batch.value, batchRange(pickers.limit.value));
      if (field === "dropout") offerFaults(pickers.fault.value);
      tell(see, pickers.fault.value === "none" ? "" : `train.fault.${pickers.fault.value}.see`);
      tell(where, "train.on", { hardware: options.hardware[pickers.device.value] });
      showPlan();
      showPreset();
    }

    // Dropout can only be left on where there is some.
    function offerFaults(wanted) {
      const share = pickers.dropout.value;
      const drops = share === null ? networkOf(model.value).dropout : share > 0;
      pickers.fault.offer(options.choices.fault.filter((name) => drops || name !== "dropout_when_judged").map(named("fault")));
      pickers.fault.set(wanted);
    }

    // The preset that the settings are, the last chosen one first; another entry where they are none.
    function showPreset() {
      const given = presets();
      const set = config();
      const like = (name) => Object.entries(within(given[name])).every(([key, value]) => set[key] === value);
      const names = Object.keys(given);
      const found = [...new Set([begun, ...names])].filter((name) => name in given).find(like) ?? null;
      if (found) begun = found;
      preset.offer([
        ...names.map((name) => [name, `train.preset.${name}`]),
        ...(found ? [] : [[null, "train.preset.changed"]]),
      ]);
      preset.set(found);
    }

    // A preset as the fields take it.
    function within(given) {
      const [low, high] = batchRange(given.limit);
      return { ...given, batch: Math.min(high, Math.max(low, given.batch)) };
    }

    const used = (limit) => limit ?? dataNamed(dataset.value).pictures;

    // No batch has more pictures than there are.
    function batchRange(limit) {
      const [low, high] = options.limits.batch;
      return [low, Math.min(high, used(limit))];
    }

    const subject = () => ({ model: model.value, dataset: dataset.value });

    // What a run had, to be trained again with a change.
    function fill(run) {
      if (!options) return;
      if (!dataNamed(run.dataset)) {
        showSentence("problem.train_dataset_gone");
        return;
      }
      select(run.model, run.dataset);
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
      const steps = Math.ceil(used(pickers.limit.value) / sliders.batch.value);
      tell(plan, "train.plan", { steps: convdemo.grouped(steps), all: convdemo.grouped(steps * sliders.epochs.value) });
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
