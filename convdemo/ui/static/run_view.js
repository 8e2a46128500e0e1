// The chosen run: its name, where it stands in words and as a bar, its figures, its buttons.
(() => {
  const { make } = convdemo;
  const FACTS = ["time", "epoch_time", "speed", "best", "before", "patience"];

  // A number of seconds as [key, values].
  convdemo.duration = (seconds) => {
    if (seconds < 10) return ["train.seconds", { seconds: seconds.toFixed(1) }];
    const whole = Math.round(seconds);
    if (whole < 60) return ["train.seconds", { seconds: whole }];
    if (whole < 3600) return ["train.minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 }];
    return ["train.hours", { hours: Math.floor(whole / 3600), minutes: Math.floor((whole % 3600) / 60) }];
  };

  // Which buttons a run has: [name of the string, action, whether it is there].
  const ACTIONS = [
    ["pause", "pause", ({ status }) => status === "training"],
    ["continue", "resume", ({ status }) => status === "paused"],
    ["resume", "resume", ({ status, epoch, epochs }) =>
      ["interrupted", "failed"].includes(status) || (status === "stopped" && epoch < epochs)],
    ["stop", "stop", ({ status }) => ["waiting", "training", "paused"].includes(status)],
  ];

  // `onAct` gets the run and an action, `onReuse` a run whose settings are wanted again.
  convdemo.runView = (root, { onAct, onReuse, onDownload }) => {
    const { retell, share, duration } = convdemo; // of other files too, which may come after this one
    const name = make("p", { class: "cd-run-title" });
    const label = make("span");
    const time = make("span", { class: "cd-quiet" });
    name.append(label, " ", time);
    const state = make("p", { class: "cd-words cd-state", role: "status" });
    const reason = make("p", { class: "cd-trouble" });
    const progress = convdemo.progress("train.progress");
    const facts = new Map(FACTS.map((fact) => {
      const term = make("dt", { "data-say": `train.fact_${fact}` });
      const value = make("dd");
      const more = make("dd", { class: "cd-quiet" });
      return [fact, { term, value, more, node: make("div", {}, term, value, more) }];
    }));
    const buttons = ACTIONS.map(([key, action, there]) => ({
      there,
      node: make("button", { type: "button", class: "cd-button", "data-say": `train.${key}`, onclick: () => act(action) }),
    }));
    const saved = make("p", { class: "cd-words cd-saved" });
    const rate = make("span");
    const rates = make("div", { class: "cd-toolbar cd-rates", role: "group", "data-say-label": "train.lr" }, rate,
      ...[["train.lr_halve", 0.5], ["train.lr_double", 2]].map(([key, factor]) =>
        make("button", { type: "button", class: "cd-button", "data-say": key, onclick: () => onAct(run, "lr", { factor }) })));
    const toolbar = make("div", { class: "cd-toolbar" }, ...buttons.map(({ node }) => node),
      make("button", { type: "button", class: "cd-button", "data-say": "train.reuse", onclick: () => onReuse(run) }));
    const download = make("button", { type: "button", class: "cd-button", "data-say": "train.download", onclick: () => onDownload(run) });
    toolbar.append(download);
    root.append(name, state, progress.node, reason, saved,
      make("dl", { class: "cd-facts" }, ...[...facts.values()].map(({ node }) => node)), toolbar, rates);
    let run = null;

    async function act(action) {
      for (const { node } of buttons) node.disabled = true;
      await onAct(run, action);
      for (const { node } of buttons) node.disabled = false;
    }

    // `tab` is the key of the tab in which its pictures are read, null where none reads them.
    function show(shown, records, tab) {
      run = shown;
      retell(label, ...convdemo.runName(run));
      retell(time, convdemo.runTime(run));
      retell(state, `train.now_${run.status}`, { epoch: run.epoch, epochs: run.epochs, place: run.place });
      retell(reason, run.reason ? `problem.${run.reason.key}` : "", run.reason?.values);
      if (!run.saved) retell(saved, "");
      else if (tab) retell(saved, "train.saved", { model: run.saved, tab: `@${tab}` });
      else retell(saved, "train.saved_own", { model: run.saved });
      download.hidden = !run.saved;
      for (const { node, there } of buttons) node.hidden = !there(run);
      const last = records.at(-1);
      const done = run.status === "done" ? 1 : last ? last.step / last.steps : 0;
      progress.show(done);
      progress.node.classList.toggle("cd-resting", run.status !== "training");
      rates.hidden = !["waiting", "training", "paused"].includes(run.status);
      for (const button of rates.querySelectorAll("button")) button.disabled = run.status === "waiting";
      retell(rate, last ? "train.lr_now" : "", last && { rate: Number(last.lr.toPrecision(2)), factor: run.lr_factor });
      showFacts(last, records);
    }

    function fact(key, value, more) {
      const { value: node, more: second } = facts.get(key);
      retell(node, ...(value ?? ["|–"]));
      retell(second, ...(more ?? [""]));
    }

    function showFacts(last, records) {
      const active = ["waiting", "training", "paused"].includes(run.status);
      const step = last?.step ? last.seconds / last.step : null;
      retell(facts.get("time").term, active ? "train.fact_left" : "train.fact_time");
      if (!active) fact("time", duration(run.seconds));
      else fact("time", step && duration(step * (last.steps - last.step)));
      fact("epoch_time", step && duration((step * last.steps) / last.epochs));
      const speed = records.findLast((record) => record.samples_per_second)?.samples_per_second;
      fact("speed", speed && [`|${convdemo.grouped(Math.round(speed))}`]);
      fact("best", run.val_accuracy === null ? null : [`|${share(run.val_accuracy)}`], run.val_accuracy === null ? null
        : ["train.error_at", { error: share(1 - run.val_accuracy), epoch: run.best_epoch }]);
      const before = records.find(({ epoch }) => epoch === 0)?.val_accuracy ?? null;
      fact("before", before === null ? null : [`|${share(before)}`], before === null ? null : ["train.guessing"]);
      fact("patience", ...patience(records));
    }

    function patience(records) {
      const allowed = run.config.patience;
      if (allowed === null) return [["train.off"], ["train.patience_off"]];
      const left = records.findLast(({ patience_left: count }) => count !== null)?.patience_left ?? allowed;
      return [["train.waited", { waited: allowed - left, patience: allowed }], ["train.waited_more"]];
    }

    return { show };
  };
})();
