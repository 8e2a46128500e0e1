/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{operations: [Sentence, number][], tiles: number[]}} Rule
 * @typedef {{title: Sentence, lines: Sentence[], rules: Rule[]}} Rules
 */

/** @type {import("../shared.js").Mount<Rules>} */
export function mount({ element, props, watch }, { find, hear, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const [title, lines, table, head, body] = ["h2", ".lines", "table", "thead tr", "tbody"].map((one) => find(element, one));
  /** @type {number | null} */
  let marked = null;

  function cell(/** @type {[Sentence, number]} */ [name, chance]) {
    const called = make("span", { title: say(`${typeof name === "string" ? name : name[0]}.why`, {}, "") }, say(name));
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
    title.textContent = table.ariaLabel = say(called);
    lines.replaceChildren(...told.map((one) => make("p", {}, say(one))));
    table.hidden = !rules.length;
    const columns = [say("rule"), say("first"), say("second"), say("tiles")];
    head.replaceChildren(...columns.map((name) => make("th", { scope: "col" }, name)));
    body.replaceChildren(...rules.map(({ operations, tiles }, place) =>
      make("tr", { className: tiles.length ? "used" : "" }, make("th", { scope: "row" }, String(place + 1)),
        ...operations.map(cell), make("td", { className: "tiles" }, tiles.join(", ")))));
    mark();
  }

  hear(element, "mark", (place) => {
    marked = place;
    mark();
  });
  watch("value", draw);
  onLanguage(element, draw);
  draw();
}
