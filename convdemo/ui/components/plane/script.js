/**
 * @typedef {[number, number]} Pair
 * @typedef {{image: string, scale: string, ends: number[], low: Pair, high: Pair, path: Pair[], best: Pair, axes: [string, string], picked?: number[]}} Way
 */

const VIEW = 320; // units of the drawing over the bands
const EDGE = 34; // for the numbers beside and below them

/** Round numbers over a span, three to six of them. @type {(low: number, high: number) => [number, string][]} */
function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const many = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: many }, (_, place) => {
    const value = (first + place) * step;
    return [value, String(Number(value.toPrecision(6))).replace("-", "−")];
  });
}

/**
 * @param {import("../shared.js").Mounted<Way> & {props: {picks: boolean}}} mounted
 * @param {import("../shared.js")} shared
 */
export function mount({ element, props, trigger, watch }, { figure, find, make, onLanguage, speaker, svg }) {
  const say = speaker(props.words);
  const [name, ends] = [".name", ".ends"].map((one) => find(element, one));
  const [bands, scale] = [".bands", ".scale"].map((one) => /** @type {HTMLImageElement} */ (find(element, one)));
  const over = /** @type {SVGElement} */ (element.querySelector("svg"));

  function draw() {
    name.textContent = say("loss");
    over.setAttribute("aria-label", say("plane"));
    element.classList.toggle("picks", Boolean(props.picks));
    if (!props.value) return;
    const { image, scale: colours, ends: numbers, low, high, path, best, axes } = props.value;
    const x = (/** @type {number} */ weight) => EDGE + ((weight - low[0]) / (high[0] - low[0])) * VIEW;
    const y = (/** @type {number} */ weight) => ((high[1] - weight) / (high[1] - low[1])) * VIEW;
    bands.src = image;
    scale.src = colours;
    ends.replaceChildren(...numbers.map((one) => make("span", {}, figure(one))));
    const points = path.map(([one, other]) => [x(one), y(other)]);
    const d = `M${points.map((pair) => pair.map((one) => one.toFixed(1)).join(",")).join("L")}`;
    const last = points.length - 1;
    over.replaceChildren(
      ...ticks(low[0], high[0]).map(([value, text]) => svg("text", { x: x(value), y: VIEW + 16, "text-anchor": "middle" }, text)),
      ...ticks(low[1], high[1]).map(([value, text]) => svg("text", { x: EDGE - 5, y: Math.max(11, y(value) + 4), "text-anchor": "end" }, text)),
      svg("text", { x: EDGE + VIEW / 2, y: VIEW + 31, "text-anchor": "middle" }, axes[0]),
      svg("text", { x: 3, y: VIEW / 2 + 18 }, axes[1]),
      svg("svg", { x: EDGE, y: 0, width: VIEW, height: VIEW, viewBox: `${EDGE} 0 ${VIEW} ${VIEW}` }, // cuts off what is outside
        svg("path", { class: "way under", d }), svg("path", { class: "way", d }),
        ...points.map(([cx, cy], place) => svg("circle", { class: place === last ? "now" : "", cx, cy, r: place === last ? 6 : 3 })),
        svg("path", { class: "way", d: `M${x(best[0]) - 6},${y(best[1])}h12m-6,-6v12` })));
  }

  over.addEventListener("click", ({ clientX, clientY }) => {
    if (!props.value || !props.picks) return;
    const { low, high } = props.value;
    const box = over.getBoundingClientRect();
    const unit = (VIEW + EDGE) / box.width;
    const [right, down] = [((clientX - box.left) * unit - EDGE) / VIEW, ((clientY - box.top) * unit) / VIEW];
    if (right < 0 || right > 1 || down > 1) return;
    const picked = [low[0] + right * (high[0] - low[0]), high[1] - down * (high[1] - low[1])];
    props.value = { ...props.value, picked: picked.map((weight) => Number(weight.toFixed(1)) + 0) };
    trigger("select");
  });
  watch("value", draw);
  onLanguage(element, draw);
  draw();
}
