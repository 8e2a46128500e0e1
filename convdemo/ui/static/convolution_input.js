// The input of the bench: an example, numbers of one's own, a drawing, a photo.
(() => {
  const { make, tell } = convdemo;

  convdemo.benchInput = (find, { sources, onInput, onShape }) => {
    const source = make("select", { class: "cd-select", "data-role": "source" });
    const value = convdemo.benchNumber("convolution.value", () => write(value.value), "any");
    const where = make("span");
    const size = convdemo.benchAxes("size", onShape);
    const channels = convdemo.benchOne("channels", onShape);
    const legend = convdemo.benchLegend(find("input-legend"));
    const hint = make("p", { class: "cd-quiet", "data-say": "convolution.bars_hint" });
    find("editor").append(hint, make("label", { class: "cd-bench-row" }, where, value));
    find("sources").append(make("label", { class: "cd-field" }, make("span", { "data-say": "convolution.source" }), source));
    find("size").append(size.field, channels.field);
    const canvas = find("input");
    const grid = convdemo.benchGrid(canvas, { onPick: pick, onKey: keys, onDraw: draw });
    let reading = null;
    let at = { channel: 0, index: 0 };
    let dims = 0;

    source.addEventListener("change", () => sources[dims].includes(source.value) && onInput({ source: source.value }));

    // A place of the padded input back to the number that it repeats.
    function pick(channel, lies) {
      const found = lies.map((one, axis) => reading.lines[axis][one]);
      if (found.every((one) => one >= 0)) choose(channel, reading.flat(found, reading.size));
    }

    function choose(channel, index) {
      at = { channel, index };
      tellValue();
      mark();
    }

    function tellValue() {
      const [slice, row, column] = reading.placeOf(at.index, reading.size).map((one) => one + 1);
      const key = ["", "convolution.input_line", "convolution.input_plane", "convolution.input_block"][reading.dims];
      tell(where, key, { channel: at.channel + 1, slice, row, column });
      const number = reading.input(at.channel, reading.placeOf(at.index, reading.size));
      convdemo.benchPut(value, Number(number.toPrecision(6)));
    }

    function keys(event) {
      if (!reading) return;
      if (/^[-0-9.,]$/.test(event.key)) {
        value.focus();
        value.select();
        return; // the key itself is typed into the field
      }
      const next = convdemo.benchArrow(event, at.index, reading.size);
      if (next === null) return;
      event.preventDefault();
      choose(at.channel, next);
    }

    value.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      choose(at.channel, Math.min(at.index + 1, reading.area - 1));
      canvas.focus();
    });

    function write(text) {
      if (text !== "" && Number.isFinite(Number(text))) change(at.channel, at.index, Number(text));
    }

    function change(channel, index, number) {
      const { area } = reading;
      numbers[channel * area + index] = number;
      onInput({ values: [...numbers], shape: [reading.channels, ...reading.size.slice(3 - reading.dims)] });
    }

    // A bar follows the finger in steps of a tenth of the scale.
    function draw(channel, lies, share) {
      const found = lies.map((one, axis) => reading.lines[axis][one]);
      if (found.some((one) => one < 0)) return;
      const index = reading.flat(found, reading.size);
      at = { channel, index };
      change(channel, index, Number((Math.round(share * 20) / 20 * drawEnd).toFixed(2)));
    }

    let numbers = [];
    let drawEnd = 1;
    let marks = {};

    function mark() {
      const cells = [...(marks.cells ?? [])];
      const lies = placesOf(at.index);
      if (lies) cells.push({ plane: at.channel, place: lies, kind: "chosen" });
      grid.mark({ cells });
    }

    // Where an input lies on the padded one.
    const placesOf = (index) => {
      if (!reading) return null;
      const shift = reading.kind === "transposed" ? [0, 0, 0] : reading.before;
      return reading.placeOf(index, reading.size).map((one, axis) => one + shift[axis]);
    };

    function kinds(unread) {
      const from = reading.size.map((one, axis) => one - unread[axis]);
      return (_, lies) => {
        const shift = placesOf(0);
        const own = lies.map((one, axis) => one - shift[axis]);
        if (own.some((one, axis) => one < 0 || one >= reading.size[axis])) return "pad";
        return own.some((one, axis) => one >= from[axis]) ? "unread" : "";
      };
    }

    function offer(axes) {
      dims = axes;
      source.replaceChildren(...[...sources[dims], ...[[], ["picture"], ["clip"]][dims - 1], "own"].map((name) =>
        make("option", { value: name, "data-say": `convolution.source.${name}` })));
    }

    function show(state, reply, next) {
      reading = next;
      numbers = reply.cells.input;
      if (at.channel >= reading.channels || at.index >= reading.area) at = { channel: 0, index: 0 };
      const scale = convdemo.benchScale(numbers);
      // A scale of its own while a signal is drawn: it would grow with every stroke.
      drawEnd = Math.max(1, Math.ceil(scale.end * 4) / 4);
      const bars = reading.dims === 1;
      const shown = bars ? convdemo.benchBars([drawEnd]) : scale;
      legend(shown);
      const unread = [...Array(3 - reading.dims).fill(0), ...reply.unread];
      grid.show({
        planes: reading.channels, shape: reading.padded, bars, scale: shown, kind: kinds(unread),
        value: (channel, lies) => {
          const found = lies.map((one, axis) => reading.lines[axis][one]);
          return found.every((one) => one >= 0) ? reading.input(channel, found) : reading.kind === "max" ? null : 0;
        },
        caption: (channel, slice) => {
          const words = [];
          if (reading.channels > 1) words.push(convdemo.say("convolution.channel", { number: channel + 1 }));
          const own = reading.lines[0][slice];
          const inside = reading.kind === "transposed" || (slice >= reading.before[0] && slice - reading.before[0] < reading.size[0]);
          if (reading.dims === 3) words.push(inside ? convdemo.say("convolution.slice", { number: own + 1 }) : convdemo.say("convolution.slice_padding"));
          return words.join(", ");
        },
      });
      tellValue();
    }

    // The window of the cell that is worked out: one frame, or where it has gaps one for each input.
    function window(found) {
      const whole = reading.kind !== "transposed" && reading.dilation.every((one) => one === 1);
      const read = found.taps.filter(({ lies }) => lies);
      const [slices, rows, columns] = reading.kernel;
      const frames = whole
        ? Array.from({ length: slices }, (_, slice) => [read[slice * rows * columns], read[(slice + 1) * rows * columns - 1]])
        : read.map((tap) => [tap, tap]);
      const cells = found.channels.flatMap((plane) => frames.map(([first, last]) => ({ plane, place: first.lies, to: last.lies, kind: "window" })));
      if (found.winner !== null) cells.push({ plane: found.channels[0], place: found.taps[found.winner].lies, kind: "winner" });
      marks = { cells };
      mark();
    }

    function fields(state) {
      if (dims !== state.dims) offer(state.dims);
      hint.hidden = dims !== 1;
      const { input } = state;
      source.value = input.source ?? (input.values ? "own" : dims === 3 ? "clip" : "picture");
      // What one brings along can be seen here, not chosen.
      for (const option of source.options) option.hidden = option.disabled = option.value !== source.value && !sources[dims].includes(option.value);
      size.set(state.size, state.size.map(() => [1, 4096]));
      channels.set(state.channels, [1, 4096]);
    }

    return {
      show, window, fields,
      read: (state) => Object.assign(state, { size: size.value, channels: channels.value }),
      get values() { return numbers; },
    };
  };

  // What stands on the output.
  convdemo.benchOutput = (canvas, legendRoot, { onPick, onKey }) => {
    const legend = convdemo.benchLegend(legendRoot);
    const grid = convdemo.benchGrid(canvas, { onPick, onKey });
    let [reading, scale, filled] = [null, null, 0];

    const view = () => ({
      planes: reading.filters, shape: reading.out, bars: reading.dims === 1, scale,
      value: (filter, place) => {
        const at = reading.flat(place, reading.out);
        return at <= filled ? reading.output(filter, at) : undefined;
      },
      caption: (filter, slice) => {
        const words = [];
        if (reading.filters > 1) words.push(convdemo.say(reading.pool ? "convolution.channel" : "convolution.filter", { number: filter + 1 }));
        if (reading.dims === 3) words.push(convdemo.say("convolution.slice", { number: slice + 1 }));
        return words.join(", ");
      },
    });

    function draw(found, upTo) {
      filled = upTo;
      const place = reading.placeOf(found.at, reading.out);
      grid.mark({ cells: [{ plane: found.filter, place, kind: "window" }] });
    }

    return {
      draw,
      show: (reply, next, upTo) => {
        [reading, scale, filled] = [next, (next.dims === 1 ? convdemo.benchBars : convdemo.benchScale)(reply.cells.output), upTo];
        legend(scale);
        grid.show(view());
      },
    };
  };
})();
