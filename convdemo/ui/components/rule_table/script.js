/**
 * @typedef {string | [string, Record<string, unknown>]} Sentence
 * @typedef {{operations: [Sentence, number][], tiles: number[]}} Rule
 * @typedef {{title: Sentence, lines: Sentence[], rules: Rule[]}} Rules
 */

/**
 * @param {import("../shared.js").Mounted<Rules>} mounted
 * @param {import("../shared.js")} shared
 */
export function mount({ element, props, watch }, { find, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const spoken = (/** @type {Sentence} */ told) => (typeof told === "string" ? say(told) : say(...told));
  const [title, lines, table, head, body] = ["h2", ".lines", "table", "thead tr", "tbody"].map((one) => find(element, one));
  /** @type {number | null} */
  let marked = null;

  function cell(/** @type {[Sentence, number]} */ [name, chance]) {
    const called = make("span", { title: say(`${typeof name === "string" ? name : name[0]}.why`, {}, "") }, spoken(name));
    return make("td", {}, called, " ", make("span", { className: "quiet" }, `${Math.round(chance * 100)}%`));
  }

  function mark() {
    for (const [place, row] of [...body.children].entries()) {
      if (place === marked) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  function draw() {
    const { title: called, lines: told, rules } = props.value || { title: "", lines: [], rules: [] };
    title.textContent = table.ariaLabel = spoken(called);
    lines.replaceChildren(...told.map((one) => make("p", {}, spoken(one))));
    table.hidden = !rules.length;
    const columns = [say("rule"), say("first"), say("second"), say("tiles")];
    head.replaceChildren(...columns.map((name) => make("th", { scope: "col" }, name)));
    body.replaceChildren(...rules.map(({ operations, tiles }, place) =>
      make("tr", { className: tiles.length ? "used" : "" }, make("th", { scope: "row" }, String(place + 1)),
        ...operations.map(cell), make("td", { className: "tiles" }, tiles.join(", ")))));
    mark();
  }

  document.addEventListener("convdemo:mark", (event) => {
    if (!(event.target instanceof Node && event.target.contains(element))) return;
    marked = /** @type {CustomEvent} */ (event).detail;
    mark();
  });
  watch("value", draw);
  onLanguage(element, draw);
  draw();
}
