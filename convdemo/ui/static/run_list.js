// The list of runs, which of them are compared, and what the compared ones were set to differently.
(() => {
  const { make, tell } = convdemo;
  const MOST = 8; // as many as there are colours to tell apart
  const UNTOLD = ["precision", "channels_last"]; // how it is computed, which the page leaves to the server

  // The visitor's own data sets are told by their titles, and their classes by the names of folders:
  // texts that may equal a key or hold any character, and are never looked up.
  const titles = new Map();
  let known = false; // whether the server has told which there are
  const own = (dataset) => dataset.startsWith("own-");

  convdemo.nameDatasets = (datasets) => {
    known = true;
    for (const { name, title } of datasets) titles.set(name, title);
  };

  // The name of a data set as a key for `tell`.
  convdemo.datasetKey = (name) => {
    if (!own(name)) return `dataset.${name}|${name}`;
    if (titles.has(name)) return `|${titles.get(name)}`;
    return known ? "train.dataset_removed" : `|${name}`;
  };

  // The name of a class as a key, cut where there is little room.
  convdemo.classKey = (dataset, label, most = Infinity) => {
    if (!own(dataset)) return `class.${label}|${label}`;
    const characters = [...label];
    return `|${characters.length > most ? `${characters.slice(0, most - 1).join("").trimEnd()}…` : label}`;
  };

  // A class where its column may be too narrow for it: the tip has it whole.
  convdemo.tellClass = (node, dataset, label) => {
    const key = convdemo.classKey(dataset, label);
    tell(node, key);
    tell(node, key, null, "sayTip");
  };

  // What a run is called: its network, its data and what is broken, as a key and values for `tell`.
  convdemo.runName = ({ model, dataset, config: { fault } }) => [
    fault === "none" ? "train.name" : "train.name_broken",
    { model: `@train.model.${model}|${model}`, dataset: `@${convdemo.datasetKey(dataset)}`, fault: `@train.fault.${fault}` },
  ];

  // When it was started, as a key: the time of day, with the date before it if that is not today's.
  convdemo.runTime = ({ created, example }) => {
    if (example) return "train.example";
    const time = new Date(created);
    const two = (number) => String(number).padStart(2, "0");
    const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
    if (time.toDateString() === new Date().toDateString()) return `|${clock}`;
    return `|${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
  };

  // Tell only what is new: a node that is told again is read aloud again.
  convdemo.retell = (node, key, values, as) => {
    const sentence = JSON.stringify([key, values]);
    if (node.toldLast === sentence) return;
    node.toldLast = sentence;
    tell(node, key, values, as);
  };
  const { retell } = convdemo;

  convdemo.runList = (root, { onChoose, onCompare, onRemove }) => {
    const list = make("ol", { class: "cd-run-list", role: "list", "data-say-label": "train.runs" });
    const remove = make("button", { type: "button", class: "cd-button", onclick: askRemove });
    root.append(list, make("p", { class: "cd-quiet", "data-say": "train.compare_hint" }), remove);
    const colours = new Map(); // the compared runs' ids and their colours' numbers, in the order of choice
    let rows = new Map();
    let chosen = null;
    let sure = null; // the run that the next press removes

    function row(id) {
      const box = make("input", { type: "checkbox", onchange: () => compare(id, box.checked) });
      const swatch = make("i", { class: "cd-swatch", "aria-hidden": "true" });
      const parts = ["name", "time", "status", "accuracy"].map((part) => make("span", { class: `cd-run-${part}` }));
      const button = make("button", { type: "button", class: "cd-run", onclick: () => onChoose(id) }, ...parts);
      const node = make("li", {}, make("label", { class: "cd-compared", "data-say-tip": "train.compare" }, box, swatch), button);
      return { node, box, swatch, button, parts };
    }

    function compare(id, wanted) {
      if (wanted) {
        const taken = [...colours.values()];
        colours.set(id, [...Array(MOST).keys()].find((colour) => !taken.includes(colour)));
      } else {
        colours.delete(id);
      }
      onCompare();
    }

    function show(runs, chosenRun) {
      const known = new Map(runs.map((run) => [run.id, rows.get(run.id) ?? row(run.id)]));
      for (const id of colours.keys()) if (!known.has(id)) colours.delete(id);
      if ([...known.keys()].join() !== [...rows.keys()].join()) {
        list.replaceChildren(...[...known.values()].map(({ node }) => node));
      }
      rows = known;
      for (const run of runs) showRun(run, rows.get(run.id));
      for (const { box } of rows.values()) box.disabled = !box.checked && colours.size === MOST;
      root.hidden = !runs.length;
      chosen = chosenRun;
      if (sure !== chosen?.id) sure = null;
      remove.disabled = !chosen || chosen.example || ["training", "paused"].includes(chosen.status);
      retell(remove, sure ? "train.remove_sure" : "train.remove");
    }

    function showRun(run, { box, swatch, button, parts: [name, time, status, accuracy] }) {
      const [key, values] = convdemo.runName(run);
      retell(name, key, values);
      retell(time, convdemo.runTime(run));
      retell(status, `status.${run.status}`);
      accuracy.textContent = run.val_accuracy === null ? "" : convdemo.share(run.val_accuracy);
      retell(box, "train.compare_run", { ...values, time: `@${convdemo.runTime(run)}` }, "sayLabel");
      const colour = colours.get(run.id);
      swatch.className = colour === undefined ? "cd-swatch" : `cd-swatch cd-filled cd-run-${colour}`;
      box.checked = colour !== undefined;
      button.setAttribute("aria-current", run.id === chosen?.id);
    }

    // A run may be an hour's work: the first press asks.
    function askRemove() {
      if (sure === chosen.id) {
        sure = null;
        onRemove(chosen);
        return;
      }
      sure = chosen.id;
      retell(remove, "train.remove_sure");
    }

    remove.addEventListener("blur", () => {
      sure = null;
      retell(remove, "train.remove");
    });

    return {
      show,
      get compared() { return [...colours]; },
      // These runs and no others from now on.
      compare(ids) {
        colours.clear();
        ids.forEach((id, colour) => colours.set(id, colour));
      },
    };
  };

  // A table of the settings in which the compared runs differ, which are [run, colour of its line].
  convdemo.differences = (root) => {
    let shown = "";

    function show(compared) {
      const wanted = JSON.stringify(compared.map(([run, colour]) => [run.id, run.val_accuracy, run.config, colour, convdemo.runName(run)]));
      if (wanted === shown) return;
      shown = wanted;
      root.replaceChildren();
      if (compared.length < 2) return;
      const settings = compared.map(([{ model, dataset, config }]) => ({ model, dataset, ...config }));
      // A run of an older version has not all settings, and those without a field are not of interest.
      const names = Object.keys(settings[0])
        .filter((name) => !UNTOLD.includes(name) && new Set(settings.map((one) => JSON.stringify(one[name] ?? null))).size > 1);
      const heads = compared.map(([run, colour]) => {
        const label = make("span");
        tell(label, ...convdemo.runName(run));
        return make("th", { scope: "col" }, make("i", { class: `cd-swatch cd-filled cd-run-${colour}` }), label, " ",
          make("span", { "data-say": convdemo.runTime(run) }));
      });
      const rows = names.map((name) => make("tr", {},
        make("th", { scope: "row", "data-say": `train.${name}|${name}` }),
        ...settings.map((one) => {
          const cell = make("td");
          tell(cell, ...convdemo.settingText(name, one[name] ?? null));
          return cell;
        })));
      const reached = compared.map(([{ val_accuracy: best }]) => make("td", {}, best === null ? "–" : convdemo.share(best)));
      root.append(
        make("h3", { "data-say": names.length ? "train.differences" : "train.same_settings" }),
        convdemo.scrolling("train.differences",
          make("table", { class: "cd-table" },
            make("thead", {}, make("tr", {}, make("td"), ...heads)),
            make("tbody", {}, make("tr", {}, make("th", { scope: "row", "data-say": "train.fact_best" }), ...reached), ...rows))),
      );
    }

    return { show };
  };
})();
