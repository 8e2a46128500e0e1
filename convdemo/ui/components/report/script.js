/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{name: Sentence, value: Sentence, more: Sentence}} Figure
 * @typedef {{sentence: Sentence, title: Sentence, kind: string, progress: number | null, lines: Sentence[], figures: Figure[]}} State
 */

/** @type {import("../shared.js").Mount<State>} */
export function mount({ element, props, watch }, { find, hear, make, onLanguage, speaker, write }) {
  const say = speaker(props.words);
  const parts = [".title", ".sentence", ".bar", ".fill", ".lines", ".figures"];
  const [title, sentence, bar, fill, lines, figures] = parts.map((one) => find(element, one));
  /** @type {State} */
  let shown = { sentence: "", title: "", kind: "rest", progress: null, lines: [], figures: [] };

  /** @param {State} state */
  function show(state) {
    shown = state;
    const { progress, kind } = state;
    title.textContent = say(state.title);
    title.hidden = !state.title;
    write(sentence, say(state.sentence));
    sentence.classList.toggle("trouble", kind === "trouble");
    bar.hidden = progress === null;
    bar.ariaLabel = say("progress");
    bar.ariaValueNow = String(Math.round((progress ?? 0) * 100));
    bar.classList.toggle("going", kind === "going");
    fill.style.transform = `scaleX(${progress ?? 0})`;
    lines.replaceChildren(...state.lines.map((one) => make("p", { className: "quiet" }, say(one))));
    if (figures.children.length !== state.figures.length) {
      figures.replaceChildren(...state.figures.map(() => make("div", {}, make("dt"), make("dd"), make("dd", { className: "more quiet" }))));
    }
    for (const [place, { name, value, more }] of state.figures.entries()) {
      for (const [one, told] of [name, value, more].entries()) write(figures.children[place].children[one], say(told));
    }
  }

  // Somebody has news before Python has, {sentence}: it stands until the next value.
  hear(element, "say", ({ sentence: said }) => show({ ...shown, kind: "trouble", sentence: said, progress: null, lines: [] }));
  watch("value", () => show(props.value ?? shown));
  onLanguage(element, () => show(shown));
  show(props.value ?? shown);
}
