// What the bench is set to: the fields of an operation, bounded by what can be.
(() => {
  const { make } = convdemo;
  const MOST = 4096;
  const POOLS = ["max", "average"];

  const divisors = (one, other) => Array.from({ length: Math.min(one, other, 64) }, (_, place) => place + 1).filter((n) => one % n === 0 && other % n === 0);

  // What each axis may be, as [least, most]: the same rules that Python checks.
  function limits(state, axis) {
    const [size, kernel, stride, dilation] = ["size", "kernel", "stride", "dilation"].map((name) => state[name][axis] || 1);
    const reach = dilation * (kernel - 1) + 1;
    const pads = state.padding === "number" ? 2 * (state.pads[axis] || 0) : state.padding === "same" ? reach - 1 : 0;
    const room = size + pads;
    const free = state.kind === "transposed";
    const padding = POOLS.includes(state.kind) ? Math.floor(kernel / 2)
      : { reflect: size - 1, circular: size, zeros: free ? Math.floor(((size - 1) * stride + reach - 1) / 2) : MOST, replicate: MOST }[state.padding_mode];
    return {
      size: [1, MOST],
      kernel: [1, free || state.padding === "same" ? MOST : Math.max(1, Math.floor((room - 1) / dilation) + 1)],
      stride: [1, state.padding === "same" ? 1 : free ? MOST : Math.max(1, room)],
      padding: [0, padding],
      dilation: [1, free || kernel === 1 || state.padding === "same" ? MOST : Math.max(1, Math.floor((room - 1) / (kernel - 1)))],
      output_padding: [0, Math.max(stride, dilation) - 1],
    };
  }

  // `onChange(name)` hears which setting the visitor has changed.
  convdemo.benchSettings = (root, more, { kinds, modes, onChange }) => {
    const axes = Object.fromEntries(["kernel", "stride", "padding", "dilation", "output_padding"].map((name) => [name, convdemo.benchAxes(name, onChange)]));
    const ones = Object.fromEntries(["filters", "groups"].map((name) => [name, convdemo.benchOne(name, onChange)]));
    const padding = convdemo.benchSelect("padding", ["valid", "same", "number"], "convolution.padding.", () => onChange("padding"));
    const mode = convdemo.benchSelect("padding_mode", modes, "convolution.mode.", () => onChange("padding_mode"));
    const bias = make("input", { type: "checkbox", onchange: () => onChange("bias") });
    const biased = make("label", { class: "cd-bench-check", "data-setting": "bias" }, bias, make("span", { "data-say": "convolution.setting.bias", "data-say-tip": "convolution.setting.bias.why" }));
    const kind = make("div", { class: "cd-chips", role: "group", "data-say-label": "convolution.setting.kind" });
    kind.append(...kinds.map((value) => make("button", {
      type: "button", class: "cd-button", value, "data-say": `convolution.kind.${value}`, "data-say-tip": `convolution.kind.${value}.why`,
      onclick: () => {
        chosen = value;
        onChange("kind");
      },
    })));
    let chosen = kinds[0];
    root.append(axes.kernel.field, axes.stride.field, make("div", { class: "cd-bench-padding", "data-setting": "padding" }, padding.field, axes.padding.field), mode.field);
    more.append(axes.dilation.field, ones.filters.field, ones.groups.field, axes.output_padding.field, biased);

    function show(state) {
      const [pool, free] = [POOLS.includes(state.kind), state.kind === "transposed"];
      chosen = state.kind;
      for (const button of kind.children) button.setAttribute("aria-pressed", button.value === chosen);
      const each = state.size.map((_, axis) => limits(state, axis));
      for (const name of ["kernel", "stride", "dilation", "output_padding"]) axes[name].set(state[name], each.map((one) => one[name]));
      axes.padding.set(state.pads, each.map((one) => one.padding));
      padding.select.value = state.padding;
      padding.select.options[1].disabled = state.kind !== "convolution";
      axes.padding.field.hidden = state.padding !== "number";
      mode.select.value = state.padding_mode;
      ones.filters.set(state.filters, [1, MOST]);
      ones.groups.set(state.groups, [1, Math.min(state.channels || 1, state.filters || 1)], divisors(state.channels, state.filters).join(", "));
      bias.checked = state.bias;
      mode.field.hidden = state.kind !== "convolution" || state.padding === "valid";
      axes.dilation.field.hidden = state.kind === "average";
      axes.output_padding.field.hidden = !free;
      for (const node of [ones.filters.field, ones.groups.field, biased]) node.hidden = pool;
    }

    // The fields into a state.
    function read(state) {
      for (const name of ["kernel", "stride", "dilation", "output_padding"]) state[name] = axes[name].value;
      Object.assign(state, {
        kind: chosen, pads: axes.padding.value, padding: padding.select.value, padding_mode: mode.select.value,
        filters: ones.filters.value, groups: ones.groups.value, bias: bias.checked,
      });
    }

    return { kind, show, read };
  };

  // What Python takes: only what the kind has.
  convdemo.benchAsked = (state) => {
    const { dims, kind, size, channels, kernel, stride, dilation } = state;
    const asked = { dims, kind, size, channels, kernel, stride, padding: state.padding === "number" ? state.pads : state.padding };
    if (kind !== "average") asked.dilation = dilation;
    if (kind === "convolution") asked.padding_mode = state.padding === "valid" ? "zeros" : state.padding_mode;
    if (kind === "transposed") asked.output_padding = state.output_padding;
    if (!POOLS.includes(kind)) Object.assign(asked, { filters: state.filters, groups: state.groups, bias: state.bias });
    return asked;
  };

  // The settings that the visitor has just left for other ones, so that something can be shown at once.
  convdemo.benchMended = (state, changed) => {
    const next = { ...state };
    const pool = POOLS.includes(next.kind);
    if (changed === "kind") {
      if (next.kind !== "convolution" && next.padding === "same") next.padding = "valid";
      if (next.kind !== "convolution") next.padding_mode = "zeros";
      if (pool) {
        next.kernel = next.size.map((size) => Math.min(2, size));
        next.stride = [...next.kernel];
        next.pads = next.size.map(() => 0);
        next.padding = "valid";
      } else if (state.was === "pool") {
        next.kernel = next.size.map((size) => Math.min(3, size));
        next.stride = next.size.map(() => 1);
      }
    }
    if (changed === "padding" && next.padding === "same") next.stride = next.size.map(() => 1);
    if (changed === "kind" || changed === "stride" || changed === "dilation") {
      next.output_padding = next.output_padding.map((one, axis) => Math.min(one ?? 0, Math.max(next.stride[axis] ?? 1, next.dilation[axis] ?? 1) - 1));
    }
    next.was = pool ? "pool" : "kernel";
    return next;
  };
})();
