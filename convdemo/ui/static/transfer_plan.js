// How a network of the visitor's own classes is trained: one of three ways, what to start from, a few settings.
(() => {
  const { make, tell, call, latest, count } = convdemo;
  const MODES = ["features", "finetune", "scratch"];
  const TRAPS = ["batch_norm", "normalisation"];
  const EPOCHS = [1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 60];
  const RATES = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3];
  const USUAL = { copies: 2, epochs: 5, lr: 1e-4 };
  const plainly = (text) => [`|${text}`]; // no such key: the text after the stroke

  // `onTrain` gets the plan.
  convdemo.transferPlan = (root, { server, onTrain }) => {
    const modes = new Map(MODES.map((name) => [name, make("button", {
      type: "button", "data-say": `transfer.mode.${name}`, onclick: () => setMode(name),
    })]));
    const why = make("p", { class: "cd-quiet cd-mode-why" });
    const pick = make("div");
    const fetchBox = make("div", { class: "cd-fetch" });
    const fields = make("div", { class: "cd-plan-fields" });
    const parts = make("p", { class: "cd-quiet cd-parts" });
    const traps = TRAPS.map((name) => [name, convdemo.transferSwitch(`transfer.trap.${name}`, changed)]);
    const more = make("details", { class: "cd-code cd-more-fold" }, make("summary", { "data-say": "transfer.more" }),
      make("p", { class: "cd-quiet", "data-say": "transfer.traps" }), ...traps.map(([, { node }]) => node));
    const train = make("button", { type: "button", class: "cd-button cd-primary cd-train-button", onclick: () => onTrain(plan()) });
    const sentence = make("p", { class: "cd-words", role: "status", "aria-live": "polite" });
    root.append(make("div", { class: "cd-segments cd-modes", role: "group", "data-say-label": "transfer.mode" }, ...modes.values()), why, pick, fetchBox, fields, parts, more, train, sentence);

    const rows = convdemo.transferRows(pick, { label: "transfer.bases", group: "transfer-base", onChange: choose });
    const fetching = convdemo.explainFetch(fetchBox, { server, onFetched });
    const slider = (name, words) => convdemo.transferSlider(`transfer.set.${name}`, { words, onChange: changed });
    const sliders = {
      copies: slider("copies", (value) => ["transfer.copies_value", { copies: value }]),
      unfreeze: slider("unfreeze", (stage) => ["transfer.stage_value", convdemo.stageWords(stage.name)]),
      epochs: slider("epochs", plainly),
      lr: slider("lr", plainly),
    };
    const augment = convdemo.transferSwitch("transfer.set.augment", changed);
    const dropout = convdemo.transferSwitch("transfer.set.dropout", changed);
    augment.on = dropout.on = true;

    let options = null;
    let mode = "features";
    let chosen = { base: null, network: null };
    let album = null;
    let going = false;
    let forecast = null; // seconds by name, for the plan that is chosen

    const base = () => options.bases.find(({ name }) => name === chosen.base);
    const current = () => (mode === "scratch" ? chosen.network : chosen.base);

    function plan() {
      const made = traps.filter(([, { on }]) => on && mode !== "scratch").map(([name]) => name);
      if (mode === "scratch") {
        return { mode, network: chosen.network, epochs: sliders.epochs.value, augment: augment.on, ...(dropout.on ? {} : { dropout: 0 }) };
      }
      const common = { mode, backbone: chosen.base, copies: sliders.copies.value, traps: made };
      if (mode === "features") return common;
      return { ...common, unfreeze: sliders.unfreeze.value?.name, epochs: sliders.epochs.value, lr: sliders.lr.value };
    }

    function setOptions(offered) {
      options = offered;
      chosen = { base: options.bases[0].name, network: options.networks[0].name };
      sliders.copies.offer([...Array(options.limits.copies).keys()].map((one) => one + 1), USUAL.copies);
      sliders.lr.offer(RATES, USUAL.lr);
      setMode(mode);
    }

    // What was fetched is here from now on.
    function onFetched() {
      base().cached = true;
      draw();
      changed();
    }

    function setMode(name) {
      mode = name;
      for (const [one, button] of modes) button.setAttribute("aria-pressed", one === mode);
      tell(why, `transfer.mode.${mode}.why`);
      offerEpochs();
      fields.replaceChildren(...{
        features: [sliders.copies.field],
        finetune: [sliders.unfreeze.field, sliders.epochs.field, sliders.lr.field],
        scratch: [sliders.epochs.field, augment.node, dropout.node],
      }[mode]);
      more.hidden = mode === "scratch";
      if (options) {
        draw();
        askStages();
        changed();
      }
    }

    function offerEpochs() {
      if (!options) return;
      const most = options.limits.epochs;
      const usual = Math.min(most, mode === "scratch" ? options.networks.find(({ name }) => name === chosen.network).epochs : USUAL.epochs);
      const steps = EPOCHS.filter((one) => one <= most);
      sliders.epochs.offer([...new Set([...steps, usual])].sort((one, other) => one - other), usual);
    }

    function choose(name) {
      if (mode === "scratch") {
        chosen.network = name;
        offerEpochs();
      } else {
        chosen.base = name;
        sliders.unfreeze.offer([], null); // until its own are known
      }
      draw();
      askStages();
      changed();
    }

    function draw() {
      const scratch = mode === "scratch";
      rows.offer((scratch ? options.networks : options.bases).map((one) => ({
        name: one.name,
        title: scratch ? [`transfer.network.${one.name}`] : [`|${one.title}`],
        line: scratch ? ["transfer.network_line", { parameters: count(one.parameters), side: one.side }] : baseLine(one),
      })), current());
      rows.times(forecast);
      fetching.offer(!scratch && !base().cached ? base() : null);
      drawParts();
      drawButton();
    }

    function baseLine({ accuracy, trained_on: on, megabytes, cached, parameters }) {
      const values = { share: (accuracy * 100).toFixed(0), data: on, megabytes, parameters: count(parameters) };
      if (accuracy === null) return ["transfer.base_unknown", values];
      return [cached ? "transfer.base_here" : "transfer.base_away", values];
    }

    const askStages = latest(async () => {
      if (mode !== "finetune") return;
      const classes = Math.max(2, album?.classes.filter(({ photos }) => photos.length).length ?? 2);
      const reply = await call(server.stages, { backbone: chosen.base, classes });
      if (reply.problem) return;
      const before = sliders.unfreeze.value?.name;
      const { stages } = reply;
      const kept = stages.find(({ name }) => name === before) ?? stages.find(({ usual }) => usual) ?? stages.at(-1);
      sliders.unfreeze.offer(stages, kept);
      drawParts();
      askTimes();
    });

    function drawParts() {
      const stage = sliders.unfreeze.value;
      tell(parts, mode === "finetune" && stage ? "transfer.parts" : "", stage && { trained: count(stage.trained), frozen: count(stage.frozen) });
    }

    const askTimes = latest(async (stale) => {
      if (!options || !album || album.missing) {
        forecast = null;
      } else {
        const reply = await call(server.forecasts, { plan: plan() }, stale);
        if (!reply.problem) forecast = reply.seconds;
      }
      rows.times(forecast);
      drawButton();
    });

    function changed() {
      drawParts();
      askTimes();
    }

    function drawButton() {
      const seconds = forecast?.[current()];
      const time = seconds === undefined ? null : convdemo.transferTime(seconds);
      tell(train, time ? "transfer.train_time" : "transfer.train", time && { time: convdemo.plainText(convdemo.say(...time)) });
      train.disabled = going || !options || !album || Boolean(album.missing) || (mode !== "scratch" && !base().cached);
    }

    // What there is to train with now, and whether a training goes on.
    function show(shown, goes) {
      const before = JSON.stringify([album?.digest, album?.missing]);
      album = shown;
      const ended = going && !goes;
      going = goes;
      if (!options) return;
      if (before !== JSON.stringify([album.digest, album.missing]) || ended) {
        askStages();
        changed();
      }
      drawButton();
    }

    return { setOptions, show, say: (key, values) => tell(sentence, key, values) };
  };
})();
