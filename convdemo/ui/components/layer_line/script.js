/**
 * @typedef {string | [string, Record<string, unknown>]} Sentence
 * @typedef {{columns: Sentence[], rows: {name: Sentence, layers: string, cells: string[]}[], totals: Sentence[]}} Table
 * @typedef {Partial<Table> & {problem?: string, values?: any}} Reply
 * @typedef {{line: string}} Value
 */

const RESTED = 500; // ms without a key, after which a line is no longer being typed

/**
 * @param {import("../shared.js").Mounted<Value> & {server: {read: (asked: Value) => Promise<Table>}}} mounted
 * @param {import("../shared.js")} shared
 */
export function mount({ element, props, trigger, watch, server }, { answered, find, latest, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const spoken = (/** @type {Sentence} */ told) => (typeof told === "string" ? say(told) : say(...told));
  const field = /** @type {HTMLTextAreaElement} */ (find(element, "textarea"));
  const [title, marks, wrong, totals, summary, hint, table] = [".title", ".marks", ".wrong", ".totals", "summary", ".hint", "table"]
    .map((one) => find(element, one));
  const fold = /** @type {HTMLDetailsElement} */ (find(element, "details"));
  /** @type {Reply} */
  let reply = {};
  let told = ""; // the line that was told last, or came
  let rest = 0;

  const ask = latest(async () => {
    const line = field.value;
    if (!props.value || !element.isConnected) return;
    const found = await answered(server.read, { ...props.value, line });
    if (line !== field.value) return; // asked again already
    reply = found;
    draw();
    if (line !== told) settle(RESTED);
  });

  /** Tell that there is another line, unless there is a key before. @param {number} wait */
  function settle(wait) {
    clearTimeout(rest);
    rest = setTimeout(() => {
      if (field.value === told || reply.problem) return;
      told = field.value;
      trigger("input");
    }, wait);
  }

  function typed() {
    clearTimeout(rest);
    field.value = field.value.replaceAll("\n", " ");
    props.value = { ...props.value, line: field.value };
    mark();
    fold.open = true;
    ask();
  }

  /** The letters that are wrong, as long as they are these. */
  function mark(from = 0, to = 0) {
    const line = field.value;
    marks.replaceChildren(line.slice(0, from), ...(to > from ? [make("mark", {}, line.slice(from, to))] : []), `${line.slice(Math.max(from, to))}\u200b`);
  }

  function draw() {
    const { problem, values = {}, columns = [], rows = [] } = reply;
    mark(Number(values.start ?? 0), Number(values.stop ?? 0));
    field.ariaInvalid = String(Boolean(problem));
    const sentences = problem ? [problem, values.cause].filter(Boolean).map((one) => say(`problem.${one}`, values).trim()) : [];
    wrong.textContent = sentences.join(" ");
    table.classList.toggle("earlier", Boolean(problem));
    if (problem) return; // the last table stays, faintly
    totals.replaceChildren(...(reply.totals ?? []).map((one) => make("p", {}, spoken(one))));
    const head = columns.map((one) => make("th", { scope: "col" }, spoken(one)));
    table.replaceChildren(make("thead", {}, make("tr", {}, ...head)), ...rows.map(({ name, layers, cells }) => make("tbody", {},
      make("tr", {}, make("th", { scope: "rowgroup", colSpan: cells.length }, spoken(name), " ", make("span", {}, layers))),
      make("tr", {}, ...cells.map((one) => make("td", {}, one))))));
  }

  function speak() {
    title.textContent = field.ariaLabel = say("title");
    summary.textContent = say("table");
    hint.textContent = say("hint");
    field.placeholder = told ? "" : say("none");
    draw();
  }

  /** What comes does not change what is being typed. */
  function take() {
    const line = props.value?.line ?? "";
    if (document.activeElement === field && field.value !== told) props.value = { ...props.value, line: field.value };
    else {
      told = field.value = line;
      mark();
    }
    speak();
    ask();
  }

  field.addEventListener("input", typed);
  field.addEventListener("change", () => settle(0));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    settle(0);
  });
  field.addEventListener("scroll", () => { marks.scrollTop = field.scrollTop; });
  watch("value", take);
  onLanguage(element, speak);
  take();
}
