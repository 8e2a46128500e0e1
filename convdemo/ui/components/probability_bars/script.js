/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{classes: string[], shares: number[], label: string | null, sentence: Sentence | null, notes: Sentence[], details: Sentence[], of: string}} Answer
 */

/** @type {import("../shared.js").Mount<Answer, {best: number, scaled: boolean}>} */
export function mount({ element, props, watch }, { find, hear, make, onLanguage, percent, speaker, write }) {
  const say = speaker(props.words);
  const parts = [".winner", ".sentence", ".notes", ".best", ".bars", ".details"];
  const [winner, sentence, notes, best, bars, details] = parts.map((one) => find(element, one));
  /** @type {Map<string, {row: HTMLElement, name: HTMLElement, fill: HTMLElement, number: HTMLElement}>} */
  let rows = new Map();
  /** @type {Answer} */
  let shown = { classes: [], shares: [], label: null, sentence: null, notes: [], details: [], of: "" };
  let awaited = false; // the answer to another question

  const named = (/** @type {string} */ label) => say(`class.${label}`, {}, label);

  function build(/** @type {string[]} */ classes) {
    rows = new Map(classes.map((label) => {
      const [name, fill, number] = ["name", "fill", "number"].map((part) => make("span", { className: part }));
      const track = make("span", { className: "track", ariaHidden: "true" }, fill);
      const row = make("li", {}, name, track, number);
      row.dataset.class = label;
      return [label, { row, name, fill, number }];
    }));
    bars.replaceChildren(...[...rows.values()].map(({ row }) => row));
  }

  function inWords(/** @type {[string, number][]} */ ranked) {
    const [first, second = "", third = ""] = ranked.map(([label]) => named(label));
    const [top, next = 0] = ranked.map(([, share]) => share);
    if (top >= 0.95) return say("sure", { first });
    if (top >= 0.7) return say("likely", { first });
    if (top + next >= 0.7 || !third) return say("perhaps", { first, second });
    return say("unsure", { first, second, third });
  }

  /** @param {Answer} answer */
  function show(answer) {
    shown = answer;
    const { classes, shares, label, sentence: told } = answer;
    if (classes.length && classes.join() !== [...rows.keys()].join()) build(classes);
    const given = shares.map((share, place) => /** @type {[string, number]} */ ([classes[place], share]));
    const probabilities = new Map(given);
    const ranked = given.sort((one, other) => other[1] - one[1]);
    const full = props.scaled ? Math.max(...shares, 1e-9) : 1;
    bars.ariaLabel = say("bars");
    bars.ariaBusy = "false";
    best.ariaLabel = say("best");
    for (const [one, { row, name, fill, number }] of rows) {
      const share = probabilities.get(one);
      name.textContent = named(one);
      fill.style.transform = `scaleX(${((share ?? 0) / full).toFixed(4)})`;
      number.textContent = share === undefined ? "" : percent(share);
      row.classList.toggle("chosen", one === label);
    }
    winner.textContent = label === null ? "" : named(label);
    write(sentence, told ? say(told) : ranked.length ? inWords(ranked) : "");
    for (const [node, lines] of /** @type {[HTMLElement, Sentence[]][]} */ ([[notes, answer.notes], [details, answer.details]])) {
      node.replaceChildren(...lines.map((one) => make("p", {}, say(one))));
    }
    best.replaceChildren(...ranked.slice(0, props.best).map(([one, share]) =>
      make("li", {}, make("span", {}, named(one)), make("span", {}, percent(share)))));
  }

  function draw() {
    const answer = props.value || { ...shown, shares: [], label: null, sentence: null, notes: [], details: [] };
    if (awaited && answer.of === shown.of) return;
    awaited = false;
    show(answer);
  }

  watch("value", draw);
  onLanguage(element, () => show(shown));
  draw();
  // Somebody has news before Python has: it stands until the next value.
  hear(element, "say", ({ sentence: said, busy }) => {
    show({ ...shown, shares: [], label: null, sentence: said, notes: [], details: [] });
    awaited = busy;
    bars.ariaBusy = String(busy);
  });
  hear(element, "answer", show); // as while somebody draws
}
