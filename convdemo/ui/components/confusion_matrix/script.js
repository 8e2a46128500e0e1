/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{classes: Sentence[], counts: number[][], lead: Sentence[]}} Confusion
 */

const MOST_FREQUENT = 5;
const MANY = 20; // classes from which on the cells are small
const SHORT = 24; // characters of a class on a button

/** @type {import("../shared.js").Mount<Confusion>} */
export function mount({ element, props, trigger, watch }, { arrow, find, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const parts = [".lead", ".matrix-part", ".title", ".hint", "table", ".often", ".frequent"];
  const [lead, part, title, hint, table, often, frequent] = parts.map((one) => find(element, one));
  /** @type {HTMLButtonElement[][]} */
  let cells = [];
  /** @type {HTMLButtonElement | null} */
  let pressed = null;
  let drawn = "";

  /** A name in a sentence is no key, whatever it looks like. @type {(name: string, most?: number) => string} */
  function quoted(name, most = Infinity) {
    const letters = [...name];
    const short = letters.length > most ? `${letters.slice(0, most - 1).join("").trimEnd()}…` : name;
    return short.startsWith("@") ? `@|${short}` : short;
  }

  /** @type {(names: string[], actual: number, predicted: number, number: number) => HTMLButtonElement} */
  function cell(names, actual, predicted, number) {
    const key = actual === predicted ? "right" : "wrong";
    const meaning = say(key, { actual: quoted(names[actual]), predicted: quoted(names[predicted]), number });
    const button = make("button", {
      type: "button", className: `cell bare ${key}`, tabIndex: -1, ariaPressed: "false", ariaLabel: meaning, title: meaning,
      onclick: () => open(actual, predicted), onkeydown: (/** @type {KeyboardEvent} */ event) => move(event, actual, predicted),
    }, number || key === "right" ? String(number) : "·");
    return button;
  }

  // A matrix is one stop of the Tab key; the arrows walk in it.
  /** @type {(event: KeyboardEvent, actual: number, predicted: number) => void} */
  function move(event, actual, predicted) {
    const [right, down] = arrow(event) ?? [0, 0];
    const next = cells[actual + down]?.[predicted + right];
    if (!next || !(down || right)) return;
    event.preventDefault();
    step(next);
    next.focus();
  }

  /** @param {HTMLButtonElement} next */
  function step(next) {
    for (const button of cells.flat()) button.tabIndex = button === next ? 0 : -1;
  }

  /** @type {(actual: number, predicted: number) => void} */
  function open(actual, predicted) {
    if (pressed) pressed.ariaPressed = "false";
    pressed = cells[actual][predicted];
    pressed.ariaPressed = "true";
    step(pressed);
    trigger("select", { actual, predicted });
  }

  /** @type {(name: string, scope: string) => HTMLElement} */
  const head = (name, scope) => make("th", { scope, title: name }, make("span", {}, name));

  /** @param {Confusion} value */
  function build({ classes, counts }) {
    const names = classes.map((one) => say(one));
    const mistakes = counts.flatMap((row, actual) => row.map((number, predicted) => ({ number, actual, predicted })))
      .filter(({ number, actual, predicted }) => number && actual !== predicted);
    const most = Math.max(1, ...mistakes.map(({ number }) => number));
    cells = counts.map((row, actual) => row.map((number, predicted) => cell(names, actual, predicted, number)));
    // By the root of the number: one mistake can be told from none, and from a hundred.
    for (const { number, actual, predicted } of mistakes) {
      cells[actual][predicted].style.setProperty("--depth", Math.sqrt(number / most).toFixed(2));
    }
    const rows = counts.map((row, actual) => {
      const all = row.reduce((sum, number) => sum + number, 0);
      const recall = all ? `${((row[actual] / all) * 100).toFixed(1)}%` : "";
      return make("tr", {}, head(names[actual], "row"), make("td", { className: "recall" }, recall),
        ...cells[actual].map((button) => make("td", {}, button)));
    });
    table.replaceChildren(
      make("thead", {}, make("tr", {}, make("td"), make("th", { scope: "col", className: "recall" }, say("recall")), ...names.map((name) => head(name, "col")))),
      make("tbody", {}, ...rows));
    table.ariaLabel = say("matrix");
    table.classList.toggle("upright", names.some((name) => name.length > 2));
    table.classList.toggle("dense", names.length > MANY);
    if (cells.length) cells[0][0].tabIndex = 0;
    mistakes.sort((one, other) => other.number - one.number);
    frequent.replaceChildren(...mistakes.slice(0, MOST_FREQUENT).map(({ number, actual, predicted }) => {
      const told = (/** @type {number | undefined} */ room) =>
        say("mistake", { actual: quoted(names[actual], room), predicted: quoted(names[predicted], room), number });
      return make("button", { type: "button", title: told(undefined), onclick: () => open(actual, predicted) }, told(SHORT));
    }));
  }

  function draw() {
    const { value } = props;
    part.hidden = !value?.counts.length;
    lead.replaceChildren(...(value?.lead ?? []).map((one) => make("p", {}, say(one))));
    for (const [node, key] of /** @type {[HTMLElement, string][]} */ ([[title, "matrix"], [hint, "hint"], [often, "frequent"]])) node.textContent = say(key);
    const wanted = JSON.stringify([value?.classes, value?.counts, say("recall")]);
    if (!value || wanted === drawn) return; // the cell that is pressed stays
    drawn = wanted;
    pressed = null;
    build(value);
  }

  watch("value", draw);
  onLanguage(element, draw);
  draw();
}
