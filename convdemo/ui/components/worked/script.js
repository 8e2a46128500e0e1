/**
 * @typedef {string | [string, Record<string, unknown>]} Sentence
 * @typedef {{said: Sentence, look: string, name: string, aloud: boolean}} Words
 * @typedef {{head: Sentence[], rows: (Sentence | number)[][], title: Sentence, name: string}} Table
 * @typedef {{values: number[][], title: Sentence, signed: boolean, written: boolean, peak: number | null, lines: Words[], name: string}} Numbers
 * @typedef {{blocks: (Words | Table | Numbers)[] | null, said: Sentence}} Example
 */

/**
 * @param {import("../shared.js").Mounted<Example>} mounted
 * @param {import("../shared.js")} shared
 */
export function mount({ element, props, watch }, { colour, find, inkOn, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const spoken = (/** @type {Sentence} */ told) => (typeof told === "string" ? say(told) : say(...told));
  const [said, blocks, aloud] = [".said", ".blocks", ".spoken"].map((one) => find(element, one));
  /** @type {(Words | Table | Numbers)[]} */
  let shown = []; // what was drawn last, which stays faint where there is nothing else

  /** @param {Words} line */
  function words({ said: told, look, name }) {
    const node = make(look === "title" ? "h3" : "p", { className: look }, spoken(told));
    node.dataset.name = name;
    return node;
  }

  /** A part that can be scrolled has to be reached by keys. @type {(label: Sentence, child: HTMLElement) => HTMLElement} */
  const scrolling = (label, child) => make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: spoken(label) }, child);

  /** @param {Table} table */
  function table({ head, rows, title, name }) {
    const cell = (/** @type {Sentence | number} */ one) => {
      if (typeof one !== "number") return make("td", {}, spoken(one));
      const fill = make("span");
      fill.style.width = `${one * 100}%`;
      return make("td", {}, make("span", { className: "bar", ariaHidden: "true" }, fill));
    };
    const node = scrolling(title, make("table", {},
      make("thead", {}, make("tr", {}, ...head.map((one) => (one ? make("th", { scope: "col" }, spoken(one)) : make("td"))))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell))))));
    node.dataset.name = name;
    return node;
  }

  const short = (/** @type {number} */ value) => (Number.isInteger(value) ? String(value) : value.toFixed(2)).replace("-", "−");

  /** @param {Numbers} numbers */
  function numbers({ values, title, signed, written, peak, lines, name }) {
    const most = peak || Math.max(...values.flat().map(Math.abs)) || 1;
    const grey = (/** @type {number} */ share) => Array(3).fill(Math.round(30 + 215 * share));
    const rows = values.map((row) => make("tr", {}, ...row.map((value) => {
      const cell = make("td", {}, written ? short(value) : "");
      const ground = (signed ? colour : grey)(value / most);
      cell.style.background = `rgb(${ground.join(" ")})`;
      cell.style.color = inkOn(ground);
      return cell;
    })));
    const squares = make("table", { className: "squares" }, make("tbody", {}, ...rows));
    const picture = make("div", { role: "img", ariaLabel: spoken(title) }, squares);
    const scale = make("p", { className: "scale quiet" }, ...[-most, most].map((end) => make("span", {}, end.toFixed(1).replace("-", "−"))));
    const node = make("figure", { className: written ? "" : "small" }, make("figcaption", {}, spoken(title)),
      written ? scrolling(title, squares) : picture, ...(written ? [] : [scale]), ...lines.map(words));
    node.dataset.name = name;
    return node;
  }

  function draw() {
    const { blocks: next = null, said: told = "" } = props.value ?? {};
    const sentence = told && spoken(told);
    if (said.textContent !== sentence) said.textContent = sentence;
    element.classList.toggle("stale", Boolean(props.value) && !next);
    shown = next ?? shown;
    blocks.replaceChildren(...shown.map((one) => ("look" in one ? words(one) : "rows" in one ? table(one) : numbers(one))));
    const news = shown.flatMap((one) => ("look" in one && one.aloud ? [spoken(one.said)] : [])).join(" ");
    if (aloud.textContent !== news) aloud.textContent = news; // what stays is not read aloud again
  }

  watch("value", draw);
  onLanguage(element, draw);
  draw();
}
