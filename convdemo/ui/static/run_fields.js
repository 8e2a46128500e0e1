// The fields in which a run is set up, and the words for what they are set to.
(() => {
  const { make, tell } = convdemo;

  // What a slider steps through; a value of the preset that is not among them is put in its place.
  convdemo.STEPS = {
    epochs: [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200],
    lr: [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1],
    batch: [2, 4, 8, 16, 32, 64, 100, 128, 256, 512, 1024, 2048],
    weight_decay: [0, 1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05, 0.1],
    label_smoothing: [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2],
    ema: [0, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999],
    empty: [0, 0.01, 0.02, 0.03, 0.05, 0.1],
  };

  convdemo.grouped = (number) => number.toLocaleString("en");

  // A setting's value as [key or text, values] for `tell`: words where it has some, else the number.
  convdemo.settingText = (name, value) => {
    if (["optimizer", "schedule", "augment", "device", "model", "fault"].includes(name)) return [`train.${name}.${value}|${value}`];
    if (name === "dataset") return [convdemo.datasetKey(value)];
    if (name === "limit") return value === null ? ["train.all"] : [`|${convdemo.grouped(value)}`];
    if (name === "dropout" && value === null) return ["train.dropout.network"];
    if (value === null || (value === 0 && ["dropout", "ema", "empty", "label_smoothing", "weight_decay"].includes(name))) return ["train.off"];
    if (name === "dropout" || name === "empty") return [`|${Number((value * 100).toFixed(1))}%`];
    if (name === "patience") return ["train.patience_epochs", { epochs: value }];
    return [`|${value}`]; // no such key: the text after the stroke
  };

  // A slider over a list of values that need not be evenly spaced.
  convdemo.settingSlider = (name, onChange) => {
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
      values = convdemo.STEPS[name].filter((one) => one >= low && one <= high);
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
  };

  // A picker over any values; `offer` takes them as [value, key, values of its gaps].
  convdemo.settingPicker = (name, onChange) => {
    const select = make("select", { class: "cd-select", onchange: () => onChange() });
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
  };
})();
