/**
 * @typedef {string | [string, Record<string, unknown>]} Sentence
 * @typedef {{name: Sentence, x: number[], y: (number | null)[], colour: number, faint: boolean, best: number | null}} Line
 * @typedef {{start: number, stop: number, name: Sentence, strong: boolean}} Span
 * @typedef {"number" | "share" | "degrees" | "factor" | "pixels"} Unit
 * @typedef {{lines: Line[], title: Sentence, x_title: Sentence, x_unit: Unit, y_unit: Unit,
 *   x_range: [number, number] | null, y_range: [number, number] | null, read: string,
 *   marks: [number, Sentence][], strip: Span[], at: number | null, y_log: boolean, x_log: boolean}} Chart
 * @typedef {{low: number, high: number, at: (value: number) => number}} Axis
 */

const HEIGHT = 190;
const EDGE = { left: 48, right: 14, bottom: 38 };
const TICK = 55; // pixels that a number on the axis needs

/** @type {Record<Unit, (text: string) => string>} */
const UNITS = { number: (text) => text, share: (text) => `${text}%`, degrees: (text) => `${text}°`, factor: (text) => `×${text}`, pixels: (text) => `${text} px` };

/** @type {(value: number, unit: Unit, digits: number) => string} */
function written(value, unit, digits) {
  const text = (unit === "share" ? value * 100 : value).toFixed(digits);
  return UNITS[unit]((Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−"));
}

/** 10 to the power of a whole number. @param {number} exponent */
const power = (exponent) => `10${[...String(exponent)].map((one) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(one)]).join("")}`;

/** Powers of ten within a range of exponents. @type {(axis: Axis, most: number) => [number, string][]} */
const powers = (axis, most) => ticks(axis, "number", most).filter(([value]) => Number.isInteger(value)).map(([value]) => [value, power(value)]);

/** As exact as a reader wants it. @type {(value: number, unit: Unit) => string} */
function exact(value, unit) {
  if (unit === "share") return written(value, unit, 2);
  const size = Math.abs(value);
  if (size > 0 && size < 0.00005) return `${(value / 10 ** Math.floor(Math.log10(size))).toFixed(1).replace("-", "−")}×${power(Math.floor(Math.log10(size)))}`;
  const digits = Number.isInteger(value) ? 0 : size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 4;
  return written(value, unit, digits);
}

/** Where a value stands on an axis by powers of ten, or on an even one. @type {(value: number, log: boolean) => number} */
const along = (value, log) => (log ? Math.log10(value) : value);

/** A round number, so that a span has at most `most` of it. @type {(span: number, unit: Unit, most: number) => number} */
function niceStep(span, unit, most) {
  const rough = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = unit === "degrees" ? [1, 1.5, 3, 4.5, 9] : [1, 2, 5];
  return power * (round.find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
}

/** Multiples of a nice step within a range, as they are written. @type {(axis: Axis, unit: Unit, most: number) => [number, string][]} */
function ticks({ low, high }, unit, most) {
  const step = niceStep(high - low, unit, most);
  const digits = Math.max(0, -Math.floor(Math.log10(unit === "share" ? step * 100 : step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const many = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
  return Array.from({ length: many }, (_, place) => [(first + place) * step, written((first + place) * step, unit, digits)]);
}

/** @type {(given: [number, number] | null, values: number[]) => [number, number]} */
function range(given, values) {
  const [low, high] = given ?? [Math.min(...values), Math.max(...values)];
  return Number.isFinite(low) && high > low ? [low, high] : [Number.isFinite(low) ? low : 0, (Number.isFinite(low) ? low : 0) + 1];
}

/** The place of the point that is nearest to x. @type {(line: Line, x: number) => number} */
function nearest({ x: all }, x) {
  return all.reduce((best, one, place) => (Math.abs(one - x) < Math.abs(all[best] - x) ? place : best), 0);
}

/**
 * @param {import("../shared.js").Mounted<Chart[]> & {props: {stays: boolean}}} mounted
 * @param {import("../shared.js")} shared
 */
export function mount({ element, props, trigger, watch }, { find, hear, make, onLanguage, speaker, svg }) {
  const say = speaker(props.words);
  const spoken = (/** @type {Sentence} */ told) => (typeof told === "string" ? say(told) : say(...told));
  const [charts, aloud] = [".charts", ".spoken"].map((one) => find(element, one));
  /** @type {number | null} */
  let pointed = null; // the x that is read out
  /** @type {(() => void)[]} */
  let redraws = [];
  let shape = "";
  /** @type {Chart[]} */
  let shown = [];

  const drawAll = () => redraws.forEach((one) => one());

  /** @type {(x: number | null) => void} */
  function point(x) {
    if (x === pointed) return;
    pointed = x;
    drawAll();
    trigger("select", { x });
  }

  /** @param {number} place */
  function build(place) {
    const title = make("h3");
    const [at, keys] = [make("span", { className: "at" }), make("span", { className: "keys" })];
    const reading = make("p", { className: "reading" }, at, keys);
    const plot = svg("svg", { role: "img", tabindex: 0 });
    const strip = make("ol", { className: "strip" });
    strip.setAttribute("role", "list");
    const node = make("figure", {}, title, reading, plot, strip);
    let [width, top] = [0, 0];
    /** @type {Axis} */
    let x = { low: 0, high: 1, at: Number };

    const named = () => shown[place].lines.filter(({ faint }) => !faint);
    const stops = () => [...new Set(named().flatMap((line) => line.x))].sort((one, other) => one - other);
    const resting = () => shown[place].at ?? stops().at(-1) ?? 0;

    /** @type {(given: [number, number], from: number, to: number) => Axis} */
    const axis = ([low, high], from, to) => ({ low, high, at: (value) => from + ((value - low) / (high - low)) * (to - from) });

    function draw() {
      const chart = shown[place];
      if (!chart) return; // its size changed as it went
      title.textContent = chart.title && spoken(chart.title);
      title.hidden = !chart.title;
      plot.setAttribute("aria-label", say("chart", { title: title.textContent || spoken(chart.x_title) }));
      read(chart);
      if (!width) return plot.replaceChildren(); // hidden: nothing of an old language or value stays
      const height = (/** @type {number} */ one) => along(one, chart.y_log);
      const across = (/** @type {number} */ one) => along(one, chart.x_log);
      const most = (width - EDGE.left - EDGE.right) / TICK;
      const values = chart.lines.flatMap(({ y }) => y.filter((one) => one !== null)).map(height);
      const bottom = HEIGHT - EDGE.bottom;
      top = chart.marks.length ? 24 : 10; // where marks are named
      const even = axis(range(chart.x_range && [across(chart.x_range[0]), across(chart.x_range[1])], chart.lines.flatMap((line) => line.x.map(across))), EDGE.left, width - EDGE.right);
      x = { ...even, at: (one) => even.at(across(one)) };
      const y = axis(range(chart.y_range && [height(chart.y_range[0]), height(chart.y_range[1])], values), bottom, top);
      const clip = svg("svg", { x: 0, y: top - 4, width, height: bottom - top + 8 }, // cuts off what is outside
        svg("g", { transform: `translate(0 ${4 - top})` }, ...chart.lines.flatMap((line) => lineOf(line, { ...y, at: (one) => y.at(height(one)) }))));
      plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      plot.replaceChildren(
        ...(chart.y_log ? powers(y, 4) : ticks(y, chart.y_unit, 4)).flatMap(([value, text]) => [
          svg("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: y.at(value), y2: y.at(value) }),
          svg("text", { x: EDGE.left - 6, y: y.at(value) + 4, "text-anchor": "end" }, text)]),
        ...(chart.x_log ? powers(even, most) : ticks(even, chart.x_unit, most)).map(([value, text]) =>
          svg("text", { x: even.at(value), y: bottom + 16, "text-anchor": "middle" }, text)),
        svg("text", { x: (EDGE.left + width - EDGE.right) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, chart.x_title && spoken(chart.x_title)),
        ...chart.marks.flatMap(([value, name]) => [
          svg("line", { class: "mark", x1: x.at(value), x2: x.at(value), y1: top, y2: bottom }),
          svg("text", { x: x.at(value), y: 12, "text-anchor": "middle" }, name && spoken(name))]),
        ...(pointed === null && chart.at === null ? [] : [upright("now", pointed ?? resting(), bottom)]),
        clip);
      drawStrip(chart);
    }

    const upright = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ bottom) =>
      svg("line", { class: name, x1: x.at(value), x2: x.at(value), y1: top, y2: bottom });

    /** @param {Line} line @param {Axis} y */
    function lineOf(line, y) {
      let pen = "M";
      const path = line.x.map((value, one) => {
        const height = line.y[one];
        if (height === null) {
          pen = "M";
          return "";
        }
        const drawn = `${pen}${x.at(value).toFixed(1)},${y.at(height).toFixed(1)}`;
        pen = "L";
        return drawn;
      }).join("");
      const style = `--line: var(--line-${line.colour})`;
      const kind = line.faint ? "faint" : line.colour > 3 ? "dashed" : "";
      const dots = [...new Set(line.faint ? [] : [line.best, pointed ?? resting(), line.x.length === 1 ? line.x[0] : null])];
      return [
        svg("path", { class: kind, style, d: path }),
        ...dots.flatMap((value) => {
          const one = value === null ? -1 : nearest(line, value);
          const height = line.y[one] ?? null;
          if (value === null || height === null || line.x[one] !== value) return [];
          return [svg("circle", { style, cx: x.at(value), cy: y.at(height), r: value === line.best ? 5 : 3.5 })];
        }),
      ];
    }

    /** @param {Chart} chart */
    function read({ x_unit: xUnit, y_unit: yUnit, read: key }) {
      const now = pointed ?? resting();
      at.textContent = say(key, { x: exact(now, xUnit) });
      keys.replaceChildren(...named().map((line) => {
        // Lines of several lengths have each an end of their own.
        const one = pointed === null && shown[place].at === null ? line.x.length - 1 : nearest(line, now);
        const found = pointed === null || line.x[one] === now ? line.y[one] ?? null : null;
        const number = make("span", { className: "number" }, found === null ? "–" : exact(found, yUnit));
        const entry = make("span", { className: "key" }, spoken(line.name), " ", number);
        entry.style.setProperty("--line", `var(--line-${line.colour})`);
        return entry;
      }));
    }

    /** @param {Chart} chart */
    function drawStrip({ strip: spans }) {
      strip.hidden = !spans.length;
      strip.replaceChildren(...spans.map(({ start, stop, name, strong }) => {
        const text = spoken(name);
        const span = make("li", { title: text, className: strong ? "strong" : "" }, text);
        span.style.left = `${x.at(start)}px`;
        span.style.width = `${x.at(stop) - x.at(start)}px`;
        return span;
      }));
    }

    /** @param {PointerEvent} event */
    function follow({ clientX }) {
      const all = stops();
      const box = plot.getBoundingClientRect();
      const wanted = x.low + ((clientX - box.left - EDGE.left) / (box.width - EDGE.left - EDGE.right)) * (x.high - x.low);
      const off = (/** @type {number} */ one) => Math.abs(along(one, shown[place].x_log) - wanted);
      if (all.length) point(all.reduce((best, one) => (off(one) < off(best) ? one : best)));
    }

    plot.addEventListener("pointerdown", follow);
    plot.addEventListener("pointermove", (event) => (!props.stays || event.buttons) && follow(event));
    plot.addEventListener("pointerleave", ({ pointerType }) => !props.stays && pointerType === "mouse" && point(null));
    plot.addEventListener("blur", () => {
      aloud.textContent = "";
      if (!props.stays) point(null);
    });
    plot.addEventListener("keydown", (event) => {
      const all = stops();
      const from = all.indexOf(pointed ?? resting());
      const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: all.length - 1 }[event.key];
      if (to === undefined || !all.length) return;
      event.preventDefault();
      point(all[Math.min(all.length - 1, Math.max(0, to))]);
      aloud.textContent = reading.innerText.replace(/\s+/g, " "); // only what was asked for is read aloud
    });
    new ResizeObserver(([{ contentRect }]) => {
      width = Math.round(contentRect.width);
      draw();
    }).observe(plot);
    return { node, draw };
  }

  /** @param {Chart[]} value */
  function show(value) {
    shown = value;
    const wanted = String(shown.length);
    if (shape !== wanted) { // the plots that are there keep the focus
      shape = wanted;
      const made = shown.map((_, place) => build(place));
      charts.replaceChildren(...made.map(({ node }) => node));
      redraws = made.map(({ draw }) => draw);
    }
    if (!shown.some(({ lines }) => lines.some((line) => pointed !== null && line.x.includes(pointed)))) pointed = null;
    drawAll();
  }

  watch("value", () => show(props.value ?? []));
  onLanguage(element, drawAll);
  show(props.value ?? []);
  hear(element, "curves", show); // past the queue, as while a slider is held
}
