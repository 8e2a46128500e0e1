/**
 * @typedef {string | [string, Record<string, unknown>]} Sentence
 * @typedef {{name: Sentence, value: Sentence, more: Sentence}} Figure
 * @typedef {{sentence: Sentence, title: Sentence, kind: string, progress: number | null, lines: Sentence[], figures: Figure[]}} State
 */

/**
 * @param {import("../shared.js").Mounted<State>} mounted
 * @param {import("../shared.js")} shared
 */
export function mount({ element, props, watch }, { find, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const parts = [".title", ".sentence", ".bar", ".fill", ".lines", ".figures"];
  const [title, sentence, bar, fill, lines, figures] = parts.map((one) => find(element, one));
  const spoken = (/** @type {Sentence} */ told) => !told ? "" : typeof told === "string" ? say(told) : say(...told);
  /** @type {State} */
  let shown = { sentence: "", title: "", kind: "rest", progress: null, lines: [], figures: [] };

  /** @type {(node: HTMLElement, told: Sentence) => void} */
  function tell(node, told) {
    const words = spoken(told);
    if (node.textContent !== words) node.textContent = words; // what stays is not read aloud again
    node.hidden = !words && node.role !== "status";
  }

  /** @param {State} state */
  function show(state) {
    shown = state;
    const { progress, kind } = state;
    tell(title, state.title);
    tell(sentence, state.sentence);
    sentence.classList.toggle("trouble", kind === "trouble");
    bar.hidden = progress === null;
    bar.ariaLabel = say("progress");
    bar.ariaValueNow = String(Math.round((progress ?? 0) * 100));
    bar.classList.toggle("going", kind === "going");
    fill.style.transform = `scaleX(${progress ?? 0})`;
    lines.replaceChildren(...state.lines.map((one) => make("p", { className: "quiet" }, spoken(one))));
    if (figures.children.length !== state.figures.length) {
      figures.replaceChildren(...state.figures.map(() => make("div", {}, make("dt"), make("dd"), make("dd", { className: "more quiet" }))));
    }
    for (const [place, { name, value, more }] of state.figures.entries()) {
      for (const [one, told] of [name, value, more].entries()) {
        const node = figures.children[place].children[one];
        const words = spoken(told);
        if (node.textContent !== words) node.textContent = words;
      }
    }
  }

  // Somebody has news before Python has, {sentence}: it stands until the next value.
  document.addEventListener("convdemo:say", (event) => {
    if (!(event.target instanceof Node && event.target.contains(element))) return;
    show({ ...shown, kind: "trouble", sentence: /** @type {CustomEvent} */ (event).detail.sentence, progress: null, lines: [] });
  });
  watch("value", () => show(props.value ?? shown));
  onLanguage(element, () => show(shown));
  show(props.value ?? shown);
}
