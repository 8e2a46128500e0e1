/**
 * @typedef {{classes: string[], points: [number, number][], labels: string[], own: [number, number], label: string,
 *   explained: [number, number]}} Points
 */

const COLOURS = 10;
const SIDE = 400;
const EDGE = 26; // of the plane, for the sentences along it

/** One path for all points of a class: circles for every other class, squares for the rest. @type {(round: boolean, point: number[]) => string} */
const dot = (round, [x, y]) => (round
  ? `M${(x - 2.6).toFixed(1)} ${y.toFixed(1)}a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0`
  : `M${(x - 2.3).toFixed(1)} ${(y - 2.3).toFixed(1)}h4.6v4.6h-4.6z`);

/** @type {import("../shared.js").Mount<Points>} */
export function mount({ element, props, watch }, { find, make, svg, teller }) {
  const { tell, line } = teller(element, props.words);
  const [holder, legend, why] = [".plot", ".legend", ".why"].map((one) => find(element, one));
  /** @type {string | null} */
  let single = null; // the class that is singled out
  let shown = "";
  /** @type {Map<string, SVGElement>} */
  let paths = new Map();

  const kind = (/** @type {number} */ index) => ({ colour: `var(--class-${index % COLOURS})`, square: (index + Math.floor(index / COLOURS)) % 2 === 1 });

  function mark() {
    for (const [label, path] of paths) path.classList.toggle("faint", single !== null && label !== single);
    for (const button of legend.querySelectorAll("button")) button.ariaPressed = String(button.value === single);
  }

  function build(/** @type {string[]} */ classes) {
    shown = classes.join("\n");
    single = null;
    legend.replaceChildren(...classes.map((label, index) => {
      const { colour, square } = kind(index);
      const name = line("span", "named", { name: `@class.${label}|${label}` });
      const sign = make("i", { className: square ? "square" : "" });
      sign.style.background = colour;
      return make("button", {
        type: "button", value: label, onclick: () => {
          single = single === label ? null : label;
          mark();
        },
      }, sign, name);
    }));
  }

  function draw() {
    element.classList.toggle("empty", !props.value);
    if (!props.value) return;
    const { classes, points, labels, own, label, explained } = props.value;
    if (classes.join("\n") !== shown) build(classes);
    const all = [...points, own];
    const ends = [0, 1].map((axis) => all.map((point) => point[axis])).map((values) => [Math.min(...values), Math.max(...values)]);
    // As wide as high: a distance means the same both ways.
    const span = Math.max(...ends.map(([low, high]) => high - low), 1e-9);
    const room = SIDE - EDGE - 16;
    const [left, top] = [EDGE + 8 + room / 2, 8 + room / 2];
    const at = (/** @type {number[]} */ point) => point.map((value, axis) =>
      [left, top][axis] + ((value - (ends[axis][0] + ends[axis][1]) / 2) / span) * room * (axis ? -1 : 1));
    paths = new Map(classes.map((one, index) => {
      const { colour, square } = kind(index);
      const found = points.filter((_, place) => labels[place] === one).map(at);
      return [one, svg("path", { class: "points", style: `fill: ${colour}`, d: found.map((point) => dot(!square, point)).join("") })];
    }));
    const axis = (/** @type {number} */ number, /** @type {Record<string, string | number>} */ place) => {
      const text = svg("text", { "text-anchor": "middle", ...place });
      tell(text, "axis", { number: number + 1, percent: `${(explained[number] * 100).toFixed(0)}%` });
      return text;
    };
    const [x, y] = at(own);
    const beside = x > SIDE - 80 ? { x: x - 13, "text-anchor": "end" } : { x: x + 13, "text-anchor": "start" };
    const name = svg("text", { y: y + 4, ...beside });
    tell(name, "own");
    const plot = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img" },
      svg("rect", { class: "frame", x: EDGE, y: 0.5, width: SIDE - EDGE - 0.5, height: SIDE - EDGE, rx: 8 }), ...paths.values(),
      axis(0, { x: left, y: SIDE - 6 }), axis(1, { x: 14, y: left - EDGE, transform: `rotate(-90 14 ${left - EDGE})` }),
      svg("g", { class: "own" }, svg("circle", { cx: x, cy: y, r: 8 }), svg("circle", { cx: x, cy: y, r: 2.5 }), name));
    tell(plot, "plane", { count: points.length, label: `@class.${label}|${label}` }, "ariaLabel");
    holder.replaceChildren(plot);
    mark();
  }

  tell(legend, "legend", {}, "ariaLabel");
  tell(why, "why");
  watch("value", draw);
  draw();
}
