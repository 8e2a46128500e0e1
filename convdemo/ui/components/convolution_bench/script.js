// A kernel on numbers. Python works out what is set, once for each change; the playing is drawn here.

/**
 * @typedef {typeof import("../shared.js")} Shared
 * @typedef {{signed: boolean, end: number, stops: number[][], colour: (value: number) => number[]}} Scale
 * @typedef {{filter: number, at: number, channels: number[], taps: {lies: number[] | null, source: number[] | null}[],
 *   patches: number[][], kernels: number[][] | null, products: number[][] | null, sums: number[], bias: number,
 *   winner: number | null, result: number}} Cell
 * @typedef {{plane: number, place: number[], to?: number[], kind: "window" | "winner" | "chosen"}} Mark
 * @typedef {{planes: number, shape: number[], bars: boolean, scale: Scale,
 *   value: (plane: number, place: number[]) => number | null | undefined, kind?: (place: number[]) => string,
 *   caption: (plane: number, slice: number) => string}} View
 */

/** @type {Shared} */
let shared; // the helpers, once a display is mounted

const AXES = [[], ["length"], ["height", "width"], ["depth", "height", "width"]];
const POOLS = ["max", "average"];
const SPEEDS = [1, 3, 10, 30]; // cells a second
const LISTS = ["size", "kernel", "stride", "pads", "dilation", "output_padding"];
const ANY_SIZE = ["identity", "blur", "gaussian"]; // kernels that are what they are in every size
const PIXELS = { size: [14, 28], side: 16, narrow: 11 }; // of a picture on the bench

// Numbers as colours and as text

// Dark violet to yellow in steps that look alike, for what is never below zero.
const UNSIGNED = [
  [68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [110, 206, 88],
  [181, 222, 43], [253, 231, 37],
];
const css = (/** @type {number[]} */ colour) => `rgb(${colour.join(" ")})`;
const product = (/** @type {number[]} */ list) => list.reduce((one, other) => one * other, 1);
const total = (/** @type {number[]} */ list) => list.reduce((one, other) => one + other, 0);

/**
 * The scale for some numbers: signed where one of them is below zero, its ends at the strongest.
 * @param {(number | null)[]} values
 * @returns {Scale}
 */
export function scaleOf(values, signed = values.some((value) => value !== null && value < 0 && Number.isFinite(value))) {
  const sizes = values.map((value) => (value !== null && Number.isFinite(value) ? Math.abs(value) : 0));
  const end = Math.max(0, ...sizes) || 1;
  const stops = signed ? shared.SIGNED : UNSIGNED;
  const colour = (/** @type {number} */ value) => {
    const at = Math.min(1, Math.max(0, signed ? (value / end + 1) / 2 : value / end)) * (stops.length - 1);
    const first = Math.min(stops.length - 2, Math.floor(at));
    return stops[first].map((one, place) => Math.round(one + (stops[first + 1][place] - one) * (at - first)));
  };
  return { signed, end, stops, colour };
}

/**
 * A number in at most `digits` digits that count; minus infinity is a window of nothing but padding.
 * @param {number | null} value
 */
function figure(value, digits = 4) {
  if (value === null || value === -Infinity) return "−∞";
  const rounded = Number(value.toPrecision(digits));
  const far = Math.abs(rounded) >= 1e7 || (rounded !== 0 && Math.abs(rounded) < 1e-4);
  return (rounded === 0 ? "0" : far ? rounded.toExponential(1) : String(rounded)).replaceAll("-", "−");
}

/** @param {HTMLElement} root @param {Scale} scale */
function tellScale(root, { signed, end, stops }) {
  const bar = shared.make("i");
  bar.style.background = `linear-gradient(90deg, ${stops.map(css).join(", ")})`;
  root.replaceChildren(signed ? figure(-end, 3) : "0", bar, figure(end, 3));
}

/** @param {HTMLElement} node @param {number | null} value @param {Scale} scale */
export function paintOn(node, value, scale) {
  const colour = value !== null && Number.isFinite(value) ? scale.colour(value) : null;
  node.style.background = colour ? css(colour) : "";
  node.style.color = colour ? shared.inkOn(colour) : "";
}

// Numbers as squares, or a signal as bars: slices and channels side by side on one canvas

const [LARGEST, GAP, CAPTION, BARS, ROOM] = [44, 12, 20, 164, 420]; // pixels
const LINES = /** @type {const} */ ({ window: ["accent", 2], winner: ["other", 4], chosen: ["text", 2] });
const COLOURS = {
  accent: "--color-accent", line: "--border-color-primary", sunken: "--background-fill-secondary", other: "--other",
  surface: "--background-fill-primary", text: "--body-text-color", quiet: "--body-text-color-subdued",
};

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{pick?: (plane: number, place: number[]) => void, key?: (event: KeyboardEvent) => void,
 *   draw?: (plane: number, place: number[], share: number) => void}} hears of cells, of keys, and of bars that are
 *   drawn to a share -1..1 of their height
 */
function grid(canvas, hears = {}) {
  const screen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const room = /** @type {HTMLElement} */ (canvas.parentElement);
  /** @type {View | null} */
  let view = null;
  /** @type {Mark[]} */
  let marks = [];
  /** @type {{cell: number, across: number, height: number, caption: number}} */
  let plan = { cell: 0, across: 1, height: 0, caption: 0 };
  /** @type {Record<string, string>} */
  let colours = {};

  // Side by side where that does not make the cells much smaller.
  function layout(/** @type {View} */ { planes, shape: [slices, rows, columns], bars }) {
    const tiles = planes * slices;
    const caption = tiles > 1 ? CAPTION : 0;
    let [cell, best] = [0, 1];
    for (let across = tiles; across >= 1; across--) {
      const down = Math.ceil(tiles / across);
      const wide = (room.clientWidth - 2 - (across - 1) * GAP) / (across * columns);
      const tall = bars ? LARGEST : (ROOM - down * caption - (down - 1) * GAP) / (down * rows);
      const side = Math.floor(Math.min(LARGEST, wide, Math.max(tall, 7)));
      if (side > 1.3 * cell) [cell, best] = [side, across];
    }
    cell = Math.max(3, cell);
    plan = { cell, across: Math.min(best, tiles), height: bars ? BARS : cell, caption };
    const down = Math.ceil(tiles / plan.across);
    return [plan.across * columns * cell + (plan.across - 1) * GAP + 2, down * (rows * plan.height + caption) + (down - 1) * GAP + 2];
  }

  function look() {
    if (!view || !room.clientWidth) return;
    const style = getComputedStyle(canvas);
    for (const [name, variable] of Object.entries(COLOURS)) {
      screen.fillStyle = style.getPropertyValue(variable);
      colours[name] = String(screen.fillStyle); // as #rrggbb
    }
    colours.font = style.fontFamily;
    const [width, height] = layout(view);
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    [canvas.width, canvas.height] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    paint();
  }

  function box(/** @type {View} */ { shape: [slices, rows, columns] }, /** @type {number} */ plane, /** @type {number[]} */ [slice, row, column]) {
    const tile = plane * slices + slice;
    const left = 1 + (tile % plan.across) * (columns * plan.cell + GAP);
    const top = 1 + Math.floor(tile / plan.across) * (rows * plan.height + plan.caption + GAP) + plan.caption;
    return [left + column * plan.cell, top + row * plan.height];
  }

  function paint() {
    if (!view || !plan.cell) return;
    const { planes, shape: [slices, rows, columns], caption } = view;
    screen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    screen.clearRect(0, 0, canvas.width, canvas.height);
    screen.textBaseline = "middle";
    for (let plane = 0; plane < planes; plane++) {
      for (let slice = 0; slice < slices; slice++) {
        if (plan.caption) {
          const [left, top] = box(view, plane, [slice, 0, 0]);
          Object.assign(screen, { font: `12px ${colours.font}`, textAlign: "left", fillStyle: colours.quiet });
          screen.fillText(caption(plane, slice), left, top - CAPTION / 2);
        }
        for (let at = 0; at < rows * columns; at++) paintCell(view, plane, [slice, Math.floor(at / columns), at % columns]);
      }
    }
    for (const mark of marks) outline(view, mark);
  }

  function paintCell(/** @type {View} */ shown, /** @type {number} */ plane, /** @type {number[]} */ place) {
    const [left, top] = box(shown, plane, place);
    const { cell: width, height } = plan;
    const value = shown.value(plane, place);
    const kind = shown.kind?.(place) ?? "";
    const number = typeof value === "number" && Number.isFinite(value) ? value : null;
    let ground = number === null || shown.bars ? null : shown.scale.colour(number);
    if (ground && kind === "pad") {
      const below = colours.sunken.match(/\w\w/g)?.map((part) => parseInt(part, 16)) ?? ground;
      ground = ground.map((part, place) => Math.round((part + below[place]) / 2));
    }
    screen.fillStyle = ground ? css(ground) : colours.sunken;
    screen.fillRect(left + 0.5, top + 0.5, width - 1, height - 1);
    if (shown.bars && number !== null) {
      // Zero lies in the middle, so that every bar can go below it.
      const middle = top + (BARS - 20) / 2;
      const tall = (number / shown.scale.end) * ((BARS - 24) / 2);
      screen.globalAlpha = kind === "pad" ? 0.5 : 1;
      screen.fillStyle = css(shown.scale.colour(number));
      screen.fillRect(left + 3, middle - Math.max(tall, 0), width - 6, Math.abs(tall));
      screen.globalAlpha = 1;
      screen.fillStyle = colours.quiet;
      screen.fillRect(left, middle, width, 1);
    }
    if (kind) hatch(left, top, kind === "pad");
    if (value !== undefined) write(left + width / 2, shown.bars ? top + BARS - 9 : top + height / 2 + 1, value, ground ? shared.inkOn(ground) : colours.text);
  }

  // The padding is crossed by thin lines, what is never read by thick ones.
  function hatch(/** @type {number} */ left, /** @type {number} */ top, /** @type {boolean} */ thin) {
    const { cell: width, height } = plan;
    screen.save();
    screen.beginPath();
    screen.rect(left + 0.5, top + 0.5, width - 1, height - 1);
    screen.clip();
    Object.assign(screen, { strokeStyle: thin ? colours.line : colours.other, lineWidth: thin ? 1 : 2 });
    screen.beginPath();
    for (let at = -height; at < width; at += thin ? 6 : 9) {
      screen.moveTo(left + at, top + height);
      screen.lineTo(left + at + height, top);
    }
    screen.stroke();
    screen.restore();
  }

  function write(/** @type {number} */ x, /** @type {number} */ y, /** @type {number | null} */ value, /** @type {string} */ ink) {
    if (plan.cell < 22) return;
    Object.assign(screen, { font: `${plan.cell < 32 ? 10 : 12}px ${colours.font}`, textAlign: "center", fillStyle: ink });
    const text = [3, 2, 1].map((digits) => figure(value, digits)).find((one) => screen.measureText(one).width <= plan.cell - 2);
    if (text) screen.fillText(text, x, y);
  }

  // A line in the page's colour beside it keeps every outline visible on every ground.
  function outline(/** @type {View} */ shown, /** @type {Mark} */ { plane, place, to = place, kind }) {
    const [[left, top], [lastLeft, lastTop]] = [box(shown, plane, place), box(shown, plane, to)];
    const [width, height] = [lastLeft + plan.cell - left, lastTop + plan.height - top];
    const [name, line] = LINES[kind];
    const thick = to === place ? line : line + 1;
    for (const [colour, drawn, inset] of /** @type {[string, number, number][]} */ ([[colours.surface, thick + 2, (thick + 2) / 2], [colours[name], thick, thick / 2]])) {
      Object.assign(screen, { strokeStyle: colour, lineWidth: drawn });
      screen.strokeRect(left + inset, top + inset, width - 2 * inset, height - 2 * inset);
    }
  }

  function cellAt(/** @type {PointerEvent} */ event) {
    const bounds = canvas.getBoundingClientRect();
    for (let tile = 0; view && tile < view.planes * view.shape[0]; tile++) {
      const [plane, slice] = [Math.floor(tile / view.shape[0]), tile % view.shape[0]];
      const [left, top] = box(view, plane, [slice, 0, 0]);
      const [x, y] = [event.clientX - bounds.left - left, event.clientY - bounds.top - top];
      const [row, column] = [Math.floor(y / plan.height), Math.floor(x / plan.cell)];
      if (row < 0 || row >= view.shape[1] || column < 0 || column >= view.shape[2]) continue;
      return { plane, place: [slice, row, column], share: Math.min(1, Math.max(-1, 1 - 2 * (y / (BARS - 20)))) };
    }
    return null;
  }

  let drawing = false;
  canvas.addEventListener("pointerdown", (event) => {
    const found = event.button === 0 && cellAt(event);
    if (!found) return;
    hears.pick?.(found.plane, found.place);
    drawing = Boolean(view?.bars && hears.draw);
    if (drawing) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const found = drawing && cellAt(event);
    if (found) hears.draw?.(found.plane, found.place, found.share);
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (drawing = false));
  canvas.addEventListener("keydown", (event) => hears.key?.(event));
  new ResizeObserver(look).observe(room);
  new MutationObserver(look).observe(document.body, { attributeFilter: ["class", "lang"] });

  return {
    show: (/** @type {View} */ next) => {
      view = next;
      canvas.style.touchAction = next.bars && hears.draw ? "none" : "manipulation";
      look();
    },
    mark: (/** @type {Mark[]} */ next) => {
      marks = next;
      paint();
    },
  };
}

const flat = (/** @type {number[]} */ at, /** @type {number[]} */ [, rows, columns]) => (at[0] * rows + at[1]) * columns + at[2];
const placeOf = (/** @type {number} */ index, /** @type {number[]} */ [, rows, columns]) =>
  [Math.floor(index / (rows * columns)), Math.floor(index / columns) % rows, index % columns];

/**
 * The next flat place for an arrow key in a grid of slices, rows and columns, null for any other key.
 * @param {KeyboardEvent} event @param {number} at @param {number[]} shape
 */
function arrow({ key, ctrlKey, metaKey, altKey }, at, [slices, rows, columns]) {
  const last = slices * rows * columns - 1;
  const way = new Map(Object.entries({
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -rows * columns, PageDown: rows * columns, Home: -at, End: last - at,
  })).get(key);
  if (way === undefined || ctrlKey || metaKey || altKey) return null;
  return at + way < 0 || at + way > last ? at : at + way;
}

/**
 * What each output cell is made of: which inputs it reads, and the sum.
 * @param {any} reply with its cells
 */
function readingOf({ settings, cells, pads, output_shape: outcome }) {
  const { dims, kind, groups } = settings;
  const three = (/** @type {any[]} */ list, /** @type {any} */ fill) => [...Array(3 - dims).fill(fill), ...list];
  const [size, kernel, stride, dilation] = ["size", "kernel", "stride", "dilation"].map((name) => three(settings[name], 1));
  const before = three(pads.map((/** @type {number[]} */ pair) => pair[0]), 0);
  const lines = three(cells.lines, [0]);
  const out = three(outcome.slice(1), 1);
  const [area, count, volume] = [size, out, kernel].map(product);
  const [filters, pool] = [outcome[0], POOLS.includes(kind)];
  const shift = kind === "transposed" ? [0, 0, 0] : before;

  // For each weight of the kernel where it lies on the padded input, and which input is there: null for
  // a zero, or in a transposed convolution for none.
  function tapsOf(/** @type {number} */ at) {
    const place = placeOf(at, out);
    return Array.from({ length: volume }, (_, index) => {
      const tap = placeOf(index, kernel);
      if (kind === "transposed") {
        const source = tap.map((one, axis) => (place[axis] + before[axis] - dilation[axis] * one) / stride[axis]);
        const falls = source.every((one, axis) => Number.isInteger(one) && one >= 0 && one < size[axis]) ? source : null;
        return { lies: falls, source: falls };
      }
      const lies = tap.map((one, axis) => place[axis] * stride[axis] + dilation[axis] * one);
      const source = lies.map((one, axis) => lines[axis][one]);
      return { lies, source: source.every((one) => one >= 0) ? source : null };
    });
  }

  /** How the cell `at` of a filter came about, channel by channel. @returns {Cell} */
  function cell(/** @type {number} */ filter, /** @type {number} */ at) {
    const each = settings.channels / groups;
    const first = pool ? filter : Math.floor(filter / (filters / groups)) * each;
    const channels = Array.from({ length: pool ? 1 : each }, (_, place) => first + place);
    const taps = tapsOf(at);
    const edge = kind === "max" ? -Infinity : 0;
    const patches = channels.map((channel) => taps.map(({ source }) => (source ? cells.input[channel * area + flat(source, size)] : edge)));
    const bare = { filter, at, channels, taps, patches, kernels: null, products: null, sums: [], bias: 0, winner: null };
    if (kind === "max") {
      const winner = patches[0].indexOf(Math.max(...patches[0]));
      return { ...bare, winner, result: patches[0][winner] };
    }
    const kernels = channels.map((_, place) => taps.map((__, index) => (pool ? 1 / volume : cells.filters[filter].values[place * volume + index])));
    const products = patches.map((patch, place) => patch.map((value, index) => value * kernels[place][index]));
    const [sums, bias] = [products.map(total), cells.bias?.[filter] ?? 0];
    return { ...bare, kernels, products, sums, bias, result: bias + total(sums) };
  }

  const strengths = cells.output.slice(0, count).map((/** @type {number | null} */ value) => Math.abs(value ?? 0));
  return {
    dims, kind, size, kernel, dilation, out, lines, before, shift, filters, count, area, pool, cell,
    padded: lines.map((line) => line.length), channels: settings.channels,
    whole: kind !== "transposed" && dilation.every((one) => one === 1), // a window without gaps
    strongest: strengths.indexOf(Math.max(...strengths)), // the cell of the first filter with the most to see
    output: (/** @type {number} */ filter, /** @type {number} */ at) => cells.output[filter * count + at],
    // The input behind a place of the padded one; null where none is repeated there.
    behind: (/** @type {number[]} */ lies) => {
      const source = lies.map((one, axis) => lines[axis][one]);
      return source.every((one) => one >= 0) ? flat(source, size) : null;
    },
  };
}

/**
 * The numbers of a control, one for each axis: "3", "3 × 5" or a list.
 * @param {any} told @param {number} dims @returns {(number | null)[]}
 */
function numbersOf(told, dims) {
  if (Array.isArray(told)) return told;
  const words = String(told ?? "").trim().split(/[\s,;()×x*]+/i).filter(Boolean);
  const numbers = words.map((word) => (Number.isFinite(Number(word)) ? Number(word) : null));
  return numbers.length === 1 ? Array(dims).fill(numbers[0]) : numbers.length ? numbers : [null];
}

/**
 * Settings with those changed that others have just made impossible, so that something can be shown at once.
 * @param {any} settings @param {any} before
 */
function mended(settings, before) {
  const next = { ...settings };
  const all = (/** @type {number} */ value) => next.size.map(() => value);
  const [pool, was] = [next, before].map(({ kind }) => POOLS.includes(kind));
  if (next.kind !== before.kind) {
    if (next.kind !== "convolution") next.padding_mode = "zeros";
    if (next.kind !== "convolution" && next.padding === "same") next.padding = "valid";
    if (pool !== was) next.kernel = next.size.map((/** @type {number} */ size) => Math.min(pool ? 2 : 3, size));
    if (pool !== was) next.stride = pool ? [...next.kernel] : all(1);
    if (pool) Object.assign(next, { pads: all(0), padding: "valid" });
  }
  if (next.padding === "same" && before.padding !== "same") next.stride = all(1);
  if (next.kind !== before.kind || `${next.stride}${next.dilation}` !== `${before.stride}${before.dilation}`) {
    next.output_padding = next.output_padding.map((/** @type {number} */ one, /** @type {number} */ axis) =>
      Math.min(one, Math.max(next.stride[axis] ?? 1, next.dilation[axis] ?? 1) - 1));
  }
  return next;
}

/** What Python takes: only what the kind has. @param {any} settings */
function askedOf(settings) {
  const { kind, size, channels, kernel, stride, padding, pads, dilation, filters, groups, bias, output_padding: added } = settings;
  return {
    kind, size, channels, kernel, stride, padding: padding === "number" ? pads : padding,
    ...(kind !== "average" && { dilation }),
    ...(kind === "convolution" && padding !== "valid" && { padding_mode: settings.padding_mode }),
    ...(kind === "transposed" && { output_padding: added }),
    ...(!POOLS.includes(kind) && { filters, groups, bias }),
  };
}

/**
 * @param {import("../shared.js").Mounted<any> & {props: any, server: Record<string, (asked: object) => Promise<any>>}} mounted
 * @param {Shared} helpers
 */
export function mount({ element, props, trigger, watch, server }, helpers) {
  shared = helpers;
  const { find, hear, latest, make, teller } = helpers;
  const { say, tell } = teller(element, props.words);
  const part = (/** @type {string} */ selector) => find(element, selector);
  const field = (/** @type {string} */ selector) => /** @type {HTMLInputElement} */ (part(selector));
  const canvas = (/** @type {string} */ selector) => /** @type {HTMLCanvasElement} */ (part(selector));
  const root = part(".bench");
  const scope = element.closest(".cd-bench") ?? element; // the controls around it
  /** @type {any} */
  let state = null; // settings, input, filters, biases
  /** @type {any} */
  let before = null; // what stood there before a picture that may not be readable
  /** @type {any} */
  let reply = null; // what Python has made of the state
  let answered = ""; // what it was asked, JSON
  /** @type {ReturnType<typeof readingOf> | null} */
  let now = null;
  /** @type {Record<string, any>} */
  const shown = {}; // what the controls show
  let [filter, pooled, slice, step, fresh, seen, about] = [0, 0, 0, 2, true, !props.seen_by, ""];
  /** @type {(() => void)[] | null} */
  let later = null; // what a hand does while another beginning is worked out, for which it is meant
  const soon = (/** @type {() => void} */ act) => void (later ? later.push(act) : act());

  for (const node of element.querySelectorAll("[data-word]")) tell(node, node.getAttribute("data-word") ?? "", {}, node.getAttribute("data-word-as") ?? undefined);
  const button = (/** @type {string} */ key, /** @type {Record<string, unknown>} */ values, /** @type {boolean} */ pressed, /** @type {() => void} */ onclick) => {
    const made = make("button", { type: "button", ariaPressed: String(pressed), onclick });
    tell(made, key, values);
    return made;
  };

  // What is asked

  const ask = latest(async () => {
    if (!state) return;
    const asked = { settings: askedOf(state.settings), input: state.input, filters: state.filters, biases: state.biases, window: step };
    const late = setTimeout(() => root.classList.add("old"), 300);
    const begun = state;
    const answer = await server[props.asks](asked).catch(() => null) ?? { problem: "offline" };
    clearTimeout(late);
    if (state !== begun) return; // there is another beginning, which is asked for next
    const acts = later ?? [];
    later = null;
    // What cannot be leaves the last good picture, dimmed.
    root.classList.toggle("old", Boolean(answer.problem) && !before);
    const note = answer.problem ? { key: `problem.${answer.problem}`, values: answer.values } : answer.cells?.note;
    if (note) warn(note.key, note.values);
    else tell(part(".status"), about);
    part(".status").classList.toggle("news", Boolean(note));
    if (answer.problem && before) [state, before] = [before, null];
    else if (answer.problem) pause();
    else {
      answered = JSON.stringify(asked);
      show(answer);
    }
    before = null;
    sync();
    for (const act of acts) act();
  });

  /** Another beginning, or what of it changes; what we tell ourselves is none. @param {any} value */
  function receive(value) {
    if (!value || value.controls) return;
    if (value.settings && !value.filters && !set(value.settings)) return;
    about = value.about ?? "";
    if (value.said) return warn(value.said[0], value.said[1]);
    if (value.filters || (value.picture && state?.settings.size.length !== 2)) begin(value.otherwise ?? value);
    if (value.picture) bring(value.picture);
    if (value.clip) bringClip(value.clip, value.frames);
    if (value.input && !value.filters) state.input = value.input;
    if (value.kernel) name(value.kernel);
    if (Number.isInteger(value.seed)) state.filters[filter] = { name: "random", seed: value.seed };
    if (typeof value.bias === "number") state.biases[filter] = value.bias;
    ask();
  }

  function warn(/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) {
    part(".status").classList.add("news");
    tell(part(".status"), key, values);
  }

  function begin(/** @type {any} */ value) {
    pause();
    [filter, slice, fresh, later] = [0, 0, true, []];
    state = structuredClone({ settings: value.settings, input: value.input, filters: value.filters, biases: value.biases });
  }

  /** What the controls are set to; those that only show what was there before say nothing. @param {any} told */
  function set(told) {
    const news = Object.entries(told).filter(([one, value]) => JSON.stringify(value) !== JSON.stringify(shown[one]));
    const next = { ...state.settings };
    for (const [one, value] of news) next[one] = LISTS.includes(one) ? numbersOf(value, next.size.length) : value;
    Object.assign(shown, told);
    const same = JSON.stringify(next) === JSON.stringify(state.settings);
    if (!same) state.settings = mended(next, state.settings);
    return !same;
  }

  // As many cells as are drawn one by one.
  function bring(/** @type {any} */ picture) {
    if (JSON.stringify(picture) === JSON.stringify(state.input)) return;
    before = structuredClone(state);
    const { settings } = state;
    const [least, most] = PIXELS.size;
    if (settings.size.some((/** @type {number} */ one) => !(one >= least && one <= most))) settings.size = [PIXELS.side, PIXELS.side];
    [state.input, fresh, later] = [picture, true, later ?? []];
  }

  function bringClip(/** @type {any} */ clip, /** @type {number} */ frames) {
    const { settings } = state;
    const side = Math.max(settings.channels, settings.filters) > 2 ? PIXELS.narrow : PIXELS.side;
    settings.size = [frames, side, side];
    settings.kernel = settings.kernel.map((/** @type {number} */ one, /** @type {number} */ axis) => Math.min(one, settings.size[axis]));
    if (settings.dilation[0] * (settings.kernel[0] - 1) >= frames) settings.dilation[0] = 1;
    [state.input, fresh, later] = [clip, true, later ?? []];
  }

  // A kernel that stands in books has a size of its own; a random one has any.
  function name(/** @type {string} */ called) {
    // A list also tells of what it was set to before, when the Tab key has passed it.
    if (called === "own" || called === state.filters[filter]?.name) return;
    const size = props.kernels[state.settings.size.length][called];
    state.filters[filter] = called === "random" ? { name: called, seed: 0 } : { name: called };
    if (size && !ANY_SIZE.includes(called)) state.settings.kernel = [...size];
  }

  // What the controls around have to show

  function sync() {
    if (!reply) return;
    const { settings, filters, input } = state;
    const dims = settings.size.length;
    const made = reply.cells?.filters;
    const called = made ? made[filter].name : "";
    const source = input.source ?? (input.values ? "own" : dims === 3 ? "clip" : "picture");
    const offer = (/** @type {string} */ key, /** @type {string[]} */ names, /** @type {string} */ value) => ({
      __type__: "update", value, choices: [...new Set([...names, value])].map((one) => [say(`${key}${one}`), one]),
    });
    const reason = reply.keras ?? `# ${say(`convolution.reason.${reply.keras_reason}`)}`;
    const kernels = filters.map((/** @type {{name: string, seed?: number}} */ { name, seed }) => seed ?? name);
    /** @type {Record<string, any>} */
    const wanted = {
      ...settings, dims,
      source: offer("source.", [...props.sources[dims], ...(dims === 2 ? ["picture"] : [])], source),
      kernels: kernels.includes("own") ? "" : kernels.join(","),
      lines: `${reply.pytorch}\n${reason}`, code: reply.cells?.code ?? reply.pytorch, asked: answered,
    };
    for (const one of LISTS) wanted[one] = settings[one].join(" × ");
    if (called) {
      wanted.name = offer("convolution.kernel.", [...Object.keys(props.kernels[dims]), "random"], called);
      wanted.seed = filters[filter]?.seed ?? filter;
      wanted.weight_bias = state.biases[filter] ?? 0;
    }
    if (seen) wanted.chosen = called && dims === 2 ? JSON.stringify({ values: made[filter].values, shape: made[filter].shape }) : "null";
    const same = (/** @type {string} */ one) =>
      JSON.stringify(LISTS.includes(one) ? numbersOf(shown[one], dims) : shown[one]) === JSON.stringify(LISTS.includes(one) ? settings[one] : wanted[one]);
    const controls = Object.fromEntries(Object.entries(wanted).filter(([one]) => !same(one)));
    if (!Object.keys(controls).length) return;
    Object.assign(shown, controls);
    props.value = { controls };
    trigger("input");
  }

  // Input and output

  const input = grid(canvas(".in canvas"), { pick: (plane, lies) => look(plane, now?.behind(lies) ?? null), key: keys, draw: drawBar });
  const output = grid(canvas(".out canvas"), { pick: (plane, place) => now && choose(plane, flat(place, now.out)), key: walk });
  const value = field(".value");
  let [numbers, chosen, end] = [/** @type {number[]} */ ([]), { channel: 0, index: 0 }, 1];
  /** @type {Mark[]} */
  let windows = [];

  function mark() {
    if (!now) return;
    const { shift } = now;
    const place = placeOf(chosen.index, now.size).map((one, axis) => one + shift[axis]);
    input.mark([...windows, { plane: chosen.channel, place, kind: "chosen" }]);
  }

  function look(/** @type {number} */ channel, /** @type {number | null} */ index) {
    if (!now || index === null) return;
    chosen = { channel, index };
    const [at, row, column] = placeOf(index, now.size).map((one) => one + 1);
    tell(part(".where"), `input_at_${now.dims}`, { channel: channel + 1, slice: at, row, column });
    if (document.activeElement !== value) value.value = String(Number(numbers[channel * now.area + index].toPrecision(6)));
    mark();
  }

  function change(/** @type {number} */ channel, /** @type {number} */ index, /** @type {number} */ number) {
    if (!now) return;
    numbers[channel * now.area + index] = number;
    state.input = { values: [...numbers], shape: [now.channels, ...now.size.slice(3 - now.dims)] };
    ask();
  }

  // A bar follows the finger in steps of a tenth of the scale.
  function drawBar(/** @type {number} */ channel, /** @type {number[]} */ lies, /** @type {number} */ share) {
    const index = now?.behind(lies) ?? null;
    if (index === null) return;
    chosen = { channel, index };
    change(channel, index, Number(((Math.round(share * 20) / 20) * end).toFixed(2)));
  }

  function keys(/** @type {KeyboardEvent} */ event) {
    if (!now) return;
    if (/^[-0-9.,]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      value.focus();
      return value.select(); // the key itself is typed into the field
    }
    const next = arrow(event, chosen.index, now.size);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation(); // it is not a step of the playing as well
    look(chosen.channel, next);
  }

  value.addEventListener("input", () => {
    const number = Number(value.value);
    if (value.value !== "" && Number.isFinite(number)) soon(() => change(chosen.channel, chosen.index, number));
  });
  value.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !now) return;
    event.preventDefault();
    canvas(".in canvas").focus();
    look(chosen.channel, Math.min(chosen.index + 1, now.area - 1));
  });

  function choose(/** @type {number} */ plane, /** @type {number} */ next) {
    pause();
    [filling, at] = [false, next];
    if (now?.pool) pooled = plane;
    else if (plane !== filter) return take(plane);
    draw();
  }

  function walk(/** @type {KeyboardEvent} */ event) {
    if (!now || arrow(event, at, now.out) === null) return;
    event.preventDefault();
    event.stopPropagation();
    soon(() => now && choose(now.pool ? pooled : filter, arrow(event, at, now.out) ?? at));
  }

  const caption = (/** @type {string} */ key, /** @type {number} */ planes, /** @type {number} */ plane, /** @type {string} */ told) =>
    [...(planes > 1 ? [say(key, { number: plane + 1 })] : []), ...(told ? [told] : [])].join(", ");

  function showInput(/** @type {ReturnType<typeof readingOf>} */ read) {
    const { channels, padded, size, dims, kind, shift, area, behind, lines } = read;
    numbers = [...reply.cells.input];
    // A scale of its own while a signal is drawn: it would grow with every stroke.
    const found = scaleOf(numbers);
    end = Math.max(1, Math.ceil(found.end * 4) / 4);
    const scale = dims === 1 ? scaleOf([end], true) : found;
    const from = [...Array(3 - dims).fill(0), ...reply.unread].map((one, axis) => size[axis] - one);
    const inside = (/** @type {number} */ one, /** @type {number} */ axis) => one - shift[axis] >= 0 && one - shift[axis] < size[axis];
    tellScale(part(".in .legend"), scale);
    part(".hint").hidden = dims !== 1;
    input.show({
      planes: channels, shape: kind === "transposed" ? size : padded, bars: dims === 1, scale,
      kind: (lies) => (!lies.every(inside) ? "pad" : lies.some((one, axis) => one - shift[axis] >= from[axis]) ? "unread" : ""),
      value: (channel, lies) => {
        const source = behind(lies);
        return source === null ? (kind === "max" ? null : 0) : numbers[channel * area + source];
      },
      caption: (channel, place) => caption("channel", channels, channel,
        dims < 3 ? "" : inside(place, 0) ? say("slice", { number: lines[0][place] + 1 }) : say("slice_padding")),
    });
    const there = chosen.channel < channels && chosen.index < area;
    look(there ? chosen.channel : 0, there ? chosen.index : 0);
  }

  /** The numbers of planes as a grid. @param {number[]} shape @param {View["value"]} value @param {Scale} scale @returns {View} */
  const viewOf = (shape, value, scale, key = "channel") => {
    const [planes, three] = [shape[0], [...Array(4 - shape.length).fill(1), ...shape.slice(1)]];
    return {
      planes, shape: three, bars: shape.length === 2, scale, value,
      caption: (plane, place) => caption(key, planes, plane, shape.length === 4 ? say("slice", { number: place + 1 }) : ""),
    };
  };

  function showOutput(/** @type {ReturnType<typeof readingOf>} */ read) {
    const scale = scaleOf(reply.cells.output, read.dims === 1 || undefined);
    tellScale(part(".out .legend"), scale);
    output.show(viewOf(reply.output_shape, (plane, place) => {
      const cell = flat(place, read.out);
      return !filling || cell <= at ? read.output(plane, cell) : undefined;
    }, scale, read.pool ? "channel" : "filter"));
  }

  // The kernel: painted weight by weight

  /** @type {HTMLInputElement[]} */
  let weights = [];
  let built = "";

  function take(/** @type {number} */ next) {
    filter = next;
    showKernel();
    draw();
    sync();
  }

  function build(/** @type {number[]} */ shape) {
    const [slices, rows, columns] = [...Array(4 - shape.length).fill(1), ...shape.slice(1)];
    weights = Array.from({ length: slices * rows * columns }, (_, place) => {
      const made = make("input", { type: "number", step: "any", inputMode: "decimal" });
      const [at, row, column] = placeOf(place, [slices, rows, columns]).map((one) => one + 1);
      tell(made, slices > 1 ? "weight_block" : "weight", { slice: at, row, column }, "ariaLabel");
      const painted = () => {
        const text = made.value;
        soon(() => made.isConnected && paint(place, text));
      };
      made.addEventListener("input", painted);
      // Up and down walk as in a table; with Alt they change the weight by a quarter.
      made.addEventListener("keydown", (event) => {
        if (!["ArrowUp", "ArrowDown"].includes(event.key)) return;
        event.preventDefault();
        if (!event.altKey) return weights[arrow(event, place, [slices, rows, columns]) ?? place].focus();
        made.value = String(Number(made.value) + (event.key === "ArrowUp" ? 0.25 : -0.25));
        painted();
      });
      return made;
    });
    part(".weights").replaceChildren(...Array.from({ length: slices }, (_, at) => {
      const table = make("div", { className: "paint" }, ...weights.slice(at * rows * columns, (at + 1) * rows * columns));
      table.style.setProperty("--columns", columns);
      return table;
    }));
    part(".weights").classList.toggle("wide", columns > 4);
  }

  // A painted weight makes the kernel one's own.
  function paint(/** @type {number} */ place, /** @type {string} */ text) {
    const made = reply.cells?.filters?.[filter];
    if (!made || text === "" || !Number.isFinite(Number(text))) return;
    const values = [...made.values];
    values[slice * weights.length + place] = Number(text);
    state.filters[filter] = { name: "own", values, shape: made.shape };
    reply.cells.filters[filter] = state.filters[filter];
    showKernel();
    ask();
  }

  function showKernel() {
    const made = reply.cells?.filters;
    part(".kernel").hidden = !made;
    if (!made) return;
    const { name: called, values, shape } = made[filter];
    if (built !== (built = shape.slice(1).join())) build(shape);
    const [scale, start] = [scaleOf(values, true), slice * weights.length];
    for (const [place, one] of weights.entries()) {
      if (document.activeElement !== one) one.value = String(Number(values[start + place].toPrecision(weights.length > 27 ? 2 : 4)));
      paintOn(one, values[start + place], scale);
    }
    tellScale(part(".kernel .legend"), scale);
    const sum = total(values);
    tell(part(".why"), "weights_sum", { name: `@convolution.kernel.${called}.why|`, sum: figure(Math.abs(sum) < 1e-9 ? 0 : sum) });
    for (const [selector, count, key, pick] of /** @type {[string, number, string, (at: number) => void][]} */ ([
      [".filters", made.length, "filter", take],
      [".channels", shape[0], "channel", (at) => ((slice = at), showKernel())],
    ])) {
      part(selector).hidden = count < 2;
      part(selector).replaceChildren(...Array.from({ length: count }, (_, at) =>
        button(key, { number: at + 1 }, at === (key === "filter" ? filter : slice), () => {
          pick(at);
          /** @type {HTMLElement} */ (part(selector).children[at]).focus();
        })));
    }
  }

  // How the chosen cell came about

  const term = (/** @type {number} */ one) => (one < 0 ? `− ${figure(-one, 6)}` : `+ ${figure(one, 6)}`);

  /** @param {number[]} values @param {Scale} scale @param {number} columns @param {number} marked */
  function table(values, scale, columns, marked) {
    const rows = Array.from({ length: values.length / columns }, (_, row) => make("tr", {}, ...values.slice(row * columns, (row + 1) * columns).map((one, column) => {
      const made = make("td", { className: row * columns + column === marked ? "marked" : "" }, figure(one, columns > 4 ? 2 : 4));
      paintOn(made, one, scale);
      return made;
    })));
    return make("table", {}, make("tbody", {}, ...rows));
  }

  function showCell(/** @type {Cell} */ found, /** @type {ReturnType<typeof readingOf>} */ read) {
    const [slices, height, columns] = read.kernel;
    const size = height * columns;
    const [at, row, column] = placeOf(found.at, read.out).map((one) => one + 1);
    tell(part(".place"), `cell.place_${read.dims}`, { filter: found.filter + 1, slice: at, row, column });
    const lists = [found.patches, ...(found.kernels && found.products ? [found.kernels, found.products] : [])];
    const scales = lists.map((list) => scaleOf(list.flat()));
    const several = slices > 1 || read.channels > 1; // rows to be told apart
    const rows = found.channels.flatMap((channel, place) => Array.from({ length: slices }, (_, one) => {
      const label = make("span", { className: "quiet" });
      tell(label, slices < 2 ? "channel" : read.channels > 1 ? "cell.channel_slice" : "cell.slice", { number: channel + 1, channel: channel + 1, slice: one + 1 });
      const tables = lists.map((list, kind) =>
        table(list[place].slice(one * size, (one + 1) * size), scales[kind], columns, (found.winner ?? -1) - one * size));
      return [...(several ? [label] : []), tables[0], ...tables.slice(1).flatMap((made, kind) => ["×=".charAt(kind), made])];
    }));
    const heads = ["patch", "kernel", "product"].slice(0, lists.length).flatMap((one, place) => {
      const made = make("span", { className: "quiet" });
      tell(made, `cell.${one}`);
      return place ? ["", made] : [made];
    });
    const cells = [...(several ? [""] : []), ...heads, ...rows.flat()].map((one) => (typeof one === "string" ? make("span", { ariaHidden: "true" }, one) : one));
    part(".products").style.setProperty("--columns", String(2 * lists.length - (several ? 0 : 1)));
    part(".products").replaceChildren(...cells);
    part(".sum").ariaLive = timer ? "off" : "polite"; // while it plays nobody wants every sum read aloud
    tellSum(found, read.pool);
    tell(part(".reason"), `cell.${read.kind}_why`);
  }

  function tellSum(/** @type {Cell} */ found, /** @type {boolean} */ pool) {
    const result = figure(found.result, 6);
    if (!found.products) return tell(part(".sum"), "cell.most", { result });
    const parts = found.sums.length > 1 ? found.sums : found.products[0];
    // Of many products only those that count are written out.
    const counting = parts.length > 12 ? parts.filter(Boolean) : parts;
    const terms = counting.map((one, place) => (place ? term(one) : figure(one, 6)));
    const zeros = parts.length - counting.length;
    if (zeros) terms.push(counting.length ? `+ ${zeros}×0` : `${zeros}×0`);
    part(".sum").classList.toggle("long", parts.length > 12);
    const values = { result, terms: terms.length > 30 ? "…" : terms.join(" "), bias: term(found.bias) };
    tell(part(".sum"), pool ? "cell.mean" : found.bias ? "cell.sum_bias" : "cell.sum", values);
  }

  // Step, play, pause, speed: which output cell is worked out now, and how many are filled

  let [at, filling, timer] = [0, false, 0];
  const speed = /** @type {HTMLSelectElement} */ (part(".speed"));
  speed.append(...SPEEDS.map((rate) => {
    const made = make("option", { value: String(rate) });
    tell(made, "rate", { rate });
    return made;
  }));
  speed.value = String(SPEEDS[1]);
  speed.onchange = () => timer && play();

  function pause() {
    clearInterval(timer);
    timer = 0;
    tell(part(".play"), "play");
  }

  // From the first cell again where there is nothing left to fill.
  function play() {
    pause();
    if (!now) return;
    if (!filling || at >= now.count - 1) at = 0;
    filling = true;
    timer = setInterval(() => (now && at < now.count - 1 ? go(at + 1) : finish()), 1000 / Number(speed.value));
    tell(part(".play"), "pause");
    draw();
  }

  function finish() {
    pause();
    filling = false;
    draw();
  }

  function go(/** @type {number} */ next) {
    at = Math.min((now?.count ?? 1) - 1, Math.max(0, next));
    draw();
  }

  function move(/** @type {number} */ way) {
    pause();
    go(at + way);
  }

  part(".play").onclick = () => soon(() => {
    if (!timer) return play();
    pause();
    draw();
  });
  part(".back").onclick = () => soon(() => move(-1));
  part(".step").onclick = () => soon(() => move(1));
  part(".all").onclick = () => soon(finish);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !element.offsetParent || document.querySelector("dialog[open]")) return;
    const active = document.activeElement ?? document.body;
    if (active !== document.body && !scope.contains(active)) return;
    if (active.closest("input, textarea, select, [contenteditable=true], [role=tab], .scroll")) return;
    if (event.key === " " && !active.closest("button, summary, a")) part(".play").click();
    else if (["ArrowLeft", "ArrowRight"].includes(event.key)) part(event.key === "ArrowRight" ? ".step" : ".back").click();
    else return;
    event.preventDefault();
  });

  // Up and down change every number of a field around.
  scope.addEventListener("keydown", (event) => {
    const { key, target } = /** @type {KeyboardEvent} */ (event);
    const typed = /** @type {HTMLInputElement} */ (target);
    if (!["ArrowUp", "ArrowDown"].includes(key) || !typed.closest(".numbers")) return;
    event.preventDefault();
    typed.value = typed.value.replace(/\d+/g, (one) => String(Math.max(0, Number(one) + (key === "ArrowUp" ? 1 : -1))));
    typed.dispatchEvent(new Event("input", { bubbles: true }));
  });

  hear(element, "say", ({ sentence }) => warn(sentence)); // somebody has news before Python has

  function draw() {
    if (!now) return;
    const read = now;
    const found = read.cell(Math.min(read.pool ? pooled : filter, read.filters - 1), at);
    // One frame, or where the window has gaps one for each input.
    const taps = found.taps.flatMap(({ lies }) => (lies ? [lies] : []));
    const [slices, rows, columns] = read.kernel;
    const frames = read.whole
      ? Array.from({ length: slices }, (_, one) => [taps[one * rows * columns], taps[(one + 1) * rows * columns - 1]])
      : taps.map((lies) => [lies, lies]);
    windows = found.channels.flatMap((plane) => frames.map(([place, to]) => /** @type {Mark} */ ({ plane, place, to, kind: "window" })));
    const winner = found.winner !== null && found.taps[found.winner].lies;
    if (winner) windows.push({ plane: found.channels[0], place: winner, kind: "winner" });
    mark();
    showOutput(read);
    output.mark([{ plane: found.filter, place: placeOf(at, read.out), kind: "window" }]);
    showCell(found, read);
    tell(part(".now"), "now", { at: at + 1, count: read.count });
  }

  // Why the output is as large as it is

  const SETS = /** @type {Record<string, string>} */ ({ input: "size" });

  // The number and the control that sets it stand out together; a control may be folded away.
  function light(/** @type {string} */ named, /** @type {boolean} */ on, unfold = false) {
    const controls = [...document.querySelectorAll(`.sets-${SETS[named] ?? named}`)].filter((one) => scope.contains(one));
    for (const node of [...controls, ...element.querySelectorAll(`[data-term=${named}]`)]) node.classList.toggle("lit", on);
    if (on) tell(part(".said"), `term.${named}`);
    const fold = unfold && controls.find((one) => !(one instanceof HTMLElement && one.offsetParent))?.closest(".cd-fold")?.querySelector("button");
    if (fold) fold.click();
  }

  function piece(/** @type {string} */ named, /** @type {number} */ number) {
    const made = make("button", { type: "button", "data-term": named }, String(number));
    tell(made, "term_value", { value: number, name: `@term_name.${named}` }, "ariaLabel");
    for (const one of ["pointerenter", "focus"]) made.addEventListener(one, () => light(named, true));
    for (const one of ["pointerleave", "blur"]) made.addEventListener(one, () => light(named, false));
    made.onclick = () => light(named, true, true);
    return made;
  }

  // The pieces between the numbers, in the order of `written` of the core.
  function pieces(/** @type {any} */ terms) {
    const [pad, other] = [piece("padding", terms.before), piece("padding", terms.after)];
    const pads = terms.before === terms.after ? ["2×", pad] : [pad, " + ", other];
    const spread = [piece("dilation", terms.dilation), "×(", piece("kernel", terms.kernel), " − 1)"];
    const [n, s, out] = ["input", "stride", "output"].map((one) => piece(one, terms[one]));
    if ("output_padding" in terms) return ["(", n, " − 1)×", s, " − ", ...pads, " + ", ...spread, " + ", piece("output_padding", terms.output_padding), " + 1 = ", out];
    return ["floor((", n, " + ", ...pads, " − ", ...spread, " − 1) / ", s, ") + 1 = ", out];
  }

  /** @param {string} tag @param {string} key @param {Record<string, unknown>} [others] */
  const named = (tag, key, others) => {
    const made = make(/** @type {"th"} */ (tag), others);
    tell(made, key);
    return made;
  };

  // What is read aloud or pointed at stays where it is while nothing has changed.
  let told = "";

  function showFormula() {
    const { settings, terms, output_shape: outcome, unread, same } = reply;
    if (told === (told = JSON.stringify([settings, terms]))) return;
    const times = (/** @type {number[]} */ list) => list.join(" × ");
    const from = times([settings.channels, ...settings.size]);
    part(".shape").textContent = `${from} → ${times(outcome)}`;
    tell(part(".shapes"), "shapes", { from, to: times(outcome) });
    tell(part(".general"), settings.kind === "transposed" ? "formula.transposed" : "formula.general");
    part(".axes").replaceChildren(...terms.map((/** @type {any} */ one, /** @type {number} */ axis) =>
      make("p", {}, named("span", `axis.${AXES[settings.dims][axis]}`, { className: "quiet" }), make("span", {}, ...pieces(one)))));
    tell(part(".said"), "formula.hint");
    tell(part(".unread"), unread.some(Boolean) ? "unread" : "unread_none", { unread: times(unread) });
    const figures = { parameters: reply.parameters, multiply_adds: reply.multiply_adds, receptive_field: times(reply.receptive_field) };
    part("dl").replaceChildren(...Object.entries(figures).map(([one, number]) => {
      const term = named("dt", `figure.${one}`);
      tell(term, `figure.${one}.why`, {}, "title");
      return make("div", {}, term, make("dd", { className: one }, number.toLocaleString("en")));
    }));
    part(".same").hidden = !same;
    if (!same) return;
    const rows = ["torch", "keras", "half"].map((one) => make("tr", {}, named("th", `same.${one}`, { scope: "row" }),
      ...(same[one] ? [make("td", {}, same[one].pads.map((/** @type {number[]} */ pair) => pair.join(" + ")).join(", ")), make("td", {}, times(same[one].output))]
        : [named("td", "same.refused", { colSpan: 2 })])));
    const differs = make("p", { className: "quiet" });
    tell(differs, same.shift.some(Boolean) ? "same.shifted" : "same.equal", { shift: times(same.shift) });
    part(".same").replaceChildren(named("h4", "same.title"), make("table", {},
      make("thead", {}, make("tr", {}, ...["framework", "pads", "output"].map((one) => named("th", `same.${one}`, { scope: "col" })))),
      make("tbody", {}, ...rows)), differs);
  }

  // Three ways to make an input smaller, side by side

  const cards = ["max", "average", "convolution"].map((kind) => {
    const [drawing, legend, code] = [make("canvas", { role: "img" }), make("p", { className: "legend" }), make("code")];
    tell(drawing, `beside.${kind}`, {}, "ariaLabel");
    part(".cards").append(make("div", {}, named("h4", `beside.${kind}`), named("p", `beside.${kind}_why`, { className: "quiet" }),
      make("div", { className: "canvas" }, drawing), legend, code));
    return { drawn: grid(drawing), drawing, legend, code };
  });

  function showBeside() {
    part(".windows").replaceChildren(...[2, 3, 4].map((size) => button("beside.size", { size }, size === step, () => {
      step = size;
      ask();
    })));
    for (const [place, { shape, values, pytorch }] of reply.cells.beside.entries()) {
      const { drawn, drawing, legend, code } = cards[place];
      const scale = scaleOf(values, shape.length === 2 || undefined);
      const view = viewOf(shape, (plane, cell) => values[plane * product(shape.slice(1)) + flat(cell, view.shape)], scale);
      tellScale(legend, scale);
      code.textContent = pytorch;
      drawing.dataset.values = values.map((/** @type {number | null} */ one) => figure(one)).join(" ");
      drawn.show(view);
    }
  }

  function show(/** @type {any} */ answer) {
    reply = answer;
    const { settings, cells, large } = reply;
    Object.assign(root.dataset, { dims: settings.dims, kind: settings.kind, padding: state.settings.padding });
    root.dataset.bias = String(Boolean(settings.bias && cells?.filters));
    root.dataset.kernel = cells?.filters ? "" : "none";
    root.classList.toggle("large", !cells);
    showFormula();
    if (!cells) {
      pause();
      [now, filter] = [null, 0];
      root.dataset.name = "";
      tell(part(".now"), "large", { ...large, numbers: large.numbers.toLocaleString("en"), most: large.most.toLocaleString("en") });
      return tell(part(".check"), "");
    }
    const read = readingOf(reply);
    if (read.count !== now?.count || fresh) {
      pause();
      [filling, at] = [false, fresh ? read.strongest : Math.min(at, read.count - 1)];
    }
    [now, fresh] = [read, false];
    const made = cells.filters;
    filter = Math.min(filter, (made?.length ?? 1) - 1);
    slice = Math.min(slice, (made?.[0].shape[0] ?? 1) - 1);
    // A kernel that has no such size is shown as one's own, and is itself again in its own size.
    for (const [place, { name: called, values, shape }] of (made ?? []).entries()) {
      state.filters[place] ??= called === "random" ? { name: called, seed: place } : { name: called, values, shape };
    }
    root.dataset.name = made?.[filter].name ?? "";
    showKernel();
    showInput(read);
    showBeside();
    const wrong = cells.difference > 1e-6;
    part(".check").classList.toggle("wrong", wrong);
    tell(part(".check"), wrong ? "differs" : "equals", { difference: figure(cells.difference, 2) });
    draw();
  }

  const watched = props.seen_by && document.getElementById(props.seen_by);
  if (watched) {
    new IntersectionObserver(([{ isIntersecting }]) => {
      seen = isIntersecting;
      sync();
    }).observe(watched);
  } else seen = true;
  watch("value", () => receive(props.value));
  helpers.onLanguage(element, sync);
  pause();
  receive(props.value);
}
