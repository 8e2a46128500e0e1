// One step of a chain: its technique, and a slider for each of its settings, two thumbs for a range.
(() => {
  const { make, tell } = convdemo;
  const SIDES = ["width", "height"]; // typed: a slider of that many pixels cannot be set exactly

  // Values of a setting in its unit, as a key or a text, and values for `tell`.
  function inUnit(unit, values) {
    const scale = ["share", "chance"].includes(unit) ? 100 : 1;
    const [low, high = low] = values.map((value) => Number((value * scale).toFixed(2)));
    const ranged = low !== high;
    const numbers = ranged ? `${low} – ${high}` : low;
    if (scale === 100) return [`|${numbers}%`]; // no such key: the text after the stroke
    if (unit === "factor") return [`|× ${numbers}`];
    return ranged ? [`augment.range.${unit}`, { low, high }] : [`augment.value.${unit}`, { value: low }];
  }

  // A slider with as many thumbs as there are values; `onInput` gets them. No thumb passes the other.
  function slider(setting, unit, values, onInput) {
    const name = `augment.set.${setting.name}`;
    const ranged = values.length === 2;
    const output = make("output");
    const thumbs = values.map((_, end) => {
      const thumb = make("input", {
        type: "range", min: setting.low, max: setting.high, step: setting.step,
        oninput: () => move(end), onfocus: show, // the language may be another by now
      });
      if (ranged) tell(thumb, end ? "augment.highest" : "augment.lowest", { setting: `@${name}` }, "sayLabel");
      else tell(thumb, name, null, "sayLabel");
      return thumb;
    });
    const track = make("span", { class: ranged ? "cd-range cd-two" : "cd-range" }, ...thumbs);

    const place = (value) => (value - setting.low) / (setting.high - setting.low);

    function show() {
      tell(output, ...inUnit(unit, values));
      for (const [end, thumb] of thumbs.entries()) {
        thumb.value = values[end];
        const spoken = make("span");
        tell(spoken, ...inUnit(unit, [values[end]]));
        thumb.setAttribute("aria-valuetext", spoken.textContent);
      }
      track.style.setProperty("--from", ranged ? place(values[0]) : 0);
      track.style.setProperty("--to", place(values.at(-1)));
      // Where both stand at one end, the one that can still be moved lies above the other.
      track.classList.toggle("cd-low-above", ranged && place(values[0]) > 0.5);
    }

    // What a preset says may lie between two steps of the slider: only the moved thumb is rounded.
    function move(end) {
      const wanted = Number(thumbs[end].value);
      if (!ranged) values = [wanted];
      else values = end ? [values[0], Math.max(wanted, values[0])] : [Math.min(wanted, values[1]), values[1]];
      show();
      onInput(values);
    }

    show();
    return make("div", { class: "cd-setting" }, make("span", { "data-say": name }), output, track);
  }

  // A side of a picture, in whole pixels.
  function side(setting, value, onInput) {
    const field = make("input", {
      type: "number", class: "cd-select cd-number", inputmode: "numeric",
      min: setting.low, max: setting.high, step: setting.step, value,
      onchange: () => {
        const wanted = Math.round(Number(field.value)) || value;
        field.value = Math.min(setting.high, Math.max(setting.low, wanted));
        onInput([Number(field.value)]);
      },
    });
    return make("label", { class: "cd-side" }, make("span", { "data-say": `augment.set.${setting.name}` }), field);
  }

  // A step as a card; `step` is {name, setting: value or [low, high]} and is what the card changes.
  convdemo.chainStep = (technique, step, { onChange, onMove, onRemove }) => {
    const number = make("span", { class: "cd-step-number", "aria-hidden": "true" });
    const wrong = make("p", { class: "cd-step-wrong", "data-say": "augment.step_wrong", hidden: "" });
    const button = (sign, onclick) => make("button", { type: "button", class: "cd-icon", onclick }, sign);
    const [up, down, remove] = [button("↑", () => onMove(-1)), button("↓", () => onMove(1)), button("×", onRemove)];

    function set(name, values) {
      step[name] = values.length === 2 ? values : values[0];
      onChange();
    }

    const fields = technique.settings.map((setting) => {
      const values = [step[setting.name]].flat();
      const onInput = (chosen) => set(setting.name, chosen);
      if (SIDES.includes(setting.name)) return side(setting, values[0], onInput);
      return slider(setting, step.name === "rotate" ? "clockwise" : setting.unit, values, onInput);
    });
    const [sides, others] = [true, false].map((wanted) => fields.filter(({ tagName }) => (tagName === "LABEL") === wanted));
    const card = make("div", { class: "cd-step-card", role: "group" },
      make("div", { class: "cd-step-head" }, number, convdemo.operation(step.name, { class: "cd-step-title" }), up, down, remove),
      ...(sides.length ? [make("div", { class: "cd-sides" }, ...sides)] : []), ...others, wrong);
    const node = make("li", {}, card);

    // Where it stands among how many.
    function place(at, count) {
      const values = { number: at + 1, step: `@augment.op.${step.name}` };
      number.textContent = at + 1;
      tell(card, "augment.step", values, "sayLabel");
      for (const [one, key] of [[up, "augment.step_up"], [down, "augment.step_down"], [remove, "augment.step_remove"]]) {
        tell(one, key, values, "sayLabel");
        tell(one, key, values, "sayTip");
      }
      const focused = [up, down].find((one) => one === document.activeElement);
      up.disabled = at === 0;
      down.disabled = at === count - 1;
      if (focused?.disabled) [up, down, remove].find((one) => !one.disabled).focus();
    }

    // Whether this is the step that cannot be applied.
    function mark(marked) {
      card.classList.toggle("cd-wrong", marked);
      wrong.hidden = !marked;
      for (const field of card.querySelectorAll("input")) {
        if (marked) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
    }

    return { node, step, place, mark, remove };
  };
})();
