// The fields of the Transfer tab: sliders with a value in words, and rows to choose one of.
(() => {
  const { make, tell } = convdemo;

  // A slider over a list of values; `words` gives [key, values] for one of them.
  convdemo.transferSlider = (key, { words, onChange, why = `${key}.why` }) => {
    const range = make("input", { type: "range", min: 0, step: 1 });
    const output = make("output");
    const field = make("label", { class: "cd-slider" }, make("span", { "data-say": key }), output, range);
    let values = [];
    tell(field, why, null, "sayTip");

    function show() {
      tell(output, ...(values.length ? words(values[range.value]) : [""]));
      range.setAttribute("aria-valuetext", output.textContent);
    }

    function offer(offered, chosen) {
      values = offered;
      range.max = Math.max(0, values.length - 1);
      range.disabled = !values.length;
      range.value = Math.max(0, values.findIndex((one) => one === chosen));
      show();
    }

    range.addEventListener("input", () => {
      show();
      onChange();
    });
    range.addEventListener("focus", show); // the language may be another by now
    return { field, offer, show, get value() { return values[range.value]; } };
  };

  convdemo.transferSwitch = (key, onChange) => {
    const box = make("input", { type: "checkbox", onchange: onChange });
    const node = make("label", { class: "cd-switch-row" }, box, make("span", { "data-say": key }));
    tell(node, `${key}.why`, null, "sayTip");
    return { node, get on() { return box.checked; }, set on(value) { box.checked = value; } };
  };

  // Rows of which one is chosen, with the arrow keys too: {name, title: [key, values], line: [key, values]}.
  convdemo.transferRows = (root, { label, group, onChange }) => {
    const list = make("div", { class: "cd-base-rows", role: "radiogroup", "data-say-label": label });
    root.append(list);
    const rows = new Map();

    function offer(entries, chosen) {
      if (entries.map(({ name }) => name).join() !== [...rows.keys()].join()) {
        rows.clear();
        for (const { name } of entries) {
          const radio = make("input", { type: "radio", name: group, value: name, onchange: () => onChange(name) });
          const [title, line, time] = ["cd-base-title", "cd-quiet cd-base-line", "cd-base-time"].map((part) => make("span", { class: part }));
          rows.set(name, { radio, title, line, time, node: make("label", { class: "cd-base-row" }, radio, title, time, line) });
        }
        list.replaceChildren(...[...rows.values()].map(({ node }) => node));
      }
      for (const entry of entries) {
        const { radio, title, line } = rows.get(entry.name);
        tell(title, ...entry.title);
        tell(line, ...entry.line);
        radio.checked = entry.name === chosen;
      }
    }

    // Seconds by name, or null while they are not known.
    function times(seconds) {
      for (const [name, { time }] of rows) {
        const known = seconds?.[name];
        if (known === undefined) tell(time, "");
        else tell(time, ...convdemo.transferTime(known));
      }
    }

    return { offer, times };
  };

  // About so many seconds, as [key, values]: a forecast is not exact.
  convdemo.transferTime = (seconds) => {
    if (seconds < 1) return ["transfer.about_second"];
    if (seconds < 90) return ["transfer.about_seconds", { seconds: seconds < 10 ? Math.round(seconds) : Math.round(seconds / 5) * 5 }];
    if (seconds < 5400) return ["transfer.about_minutes", { minutes: Math.round(seconds / 60) }];
    return ["transfer.about_hours", { hours: (seconds / 3600).toFixed(1) }];
  };
})();
