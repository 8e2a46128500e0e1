// Number fields with what is allowed in them, one for each axis.
(() => {
  const { make, tell } = convdemo;
  const AXES = { 1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"] };

  convdemo.benchNumber = (label, onChange, step = 1) => {
    const input = make("input", { type: "number", step, class: "cd-select cd-number cd-bench-number", inputmode: step === 1 ? "numeric" : "decimal" });
    tell(input, label, undefined, "sayLabel");
    input.addEventListener("input", onChange);
    return input;
  };

  const read = (input) => (input.value === "" ? null : Number(input.value));

  // Another value from outside does not disturb who is typing.
  convdemo.benchPut = (input, value) => {
    if (document.activeElement !== input || read(input) === value) input.value = value ?? "";
  };

  // A number of the setting `name` for each axis, with a line that says what is allowed.
  convdemo.benchAxes = (name, onChange) => {
    const inputs = ["depth", "height", "width"].map((axis) => {
      const input = convdemo.benchNumber(`convolution.axis.${axis}`, () => onChange(name));
      return { input, label: make("label", {}, make("span", { class: "cd-bench-axis" }), input) };
    });
    const allowed = make("p", { class: "cd-quiet cd-bench-allowed" });
    const field = make("fieldset", { class: "cd-bench-axes", "data-setting": name },
      make("legend", { "data-say": `convolution.setting.${name}`, "data-say-tip": `convolution.setting.${name}.why` }),
      make("div", { class: "cd-bench-row" }, ...inputs.map(({ label }) => label)), allowed);
    let dims = 0;

    const shown = () => inputs.slice(3 - dims);

    // `limits` are [least, most] of each axis.
    function set(values, limits) {
      dims = values.length;
      for (const [place, { label }] of inputs.entries()) label.hidden = place < 3 - dims;
      for (const [axis, { input, label }] of shown().entries()) {
        const key = `convolution.axis.${AXES[dims][axis]}`;
        tell(input, "convolution.axis_of", { setting: `@convolution.setting.${name}`, axis: `@${key}` }, "sayLabel");
        tell(label.firstChild, key);
        [input.min, input.max] = limits[axis];
        convdemo.benchPut(input, values[axis]);
      }
      const ranges = limits.map(([least, most]) => (least === most ? String(least) : `${least}–${most}`));
      tell(allowed, "convolution.allowed", { range: new Set(ranges).size === 1 ? ranges[0] : ranges.join(" × ") });
    }

    return { field, set, get value() { return shown().map(({ input }) => read(input)); } };
  };

  // One number with its name.
  convdemo.benchOne = (name, onChange) => {
    const input = convdemo.benchNumber(`convolution.setting.${name}`, () => onChange(name));
    const allowed = make("p", { class: "cd-quiet cd-bench-allowed" });
    const field = make("div", { class: "cd-bench-axes", "data-setting": name },
      make("span", { class: "cd-bench-name", "data-say": `convolution.setting.${name}`, "data-say-tip": `convolution.setting.${name}.why` }), input, allowed);
    return {
      field,
      set: (value, [least, most], among = null) => {
        [input.min, input.max] = [least, most];
        convdemo.benchPut(input, value);
        tell(allowed, "convolution.allowed", { range: among ?? `${least}–${most}` });
      },
      get value() { return read(input); },
    };
  };

  convdemo.benchSelect = (name, values, key, onChange) => {
    const select = make("select", { class: "cd-select", onchange: () => onChange(name) },
      ...values.map((value) => make("option", { value, "data-say": `${key}${value}` })));
    const field = make("label", { class: "cd-field", "data-setting": name },
      make("span", { "data-say": `convolution.setting.${name}`, "data-say-tip": `convolution.setting.${name}.why` }), select);
    return { field, select };
  };
})();
