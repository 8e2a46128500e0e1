/**
 * @typedef {{name: string, low: number, high: number, step: number, default: number[], unit: string, typed: boolean}} Setting
 * @typedef {{name: string} & Record<string, any>} Step
 * @typedef {{name: string, image: string, step: Step}} Offer
 */

/**
 * @type {import("../shared.js").Mount<Step[], {kinds: Record<string, Setting[]>, longest: number,
 *   offered?: Offer[], wrong?: number | null, lines?: string[]}>}
 */
export function mount({ element, props, trigger, watch }, { find, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const parts = [".title", ".lines", ".steps", ".none", ".add", ".full", ".offered", ".all"].map((one) => find(element, one));
  const [title, lines, list, none, add, full, offered, all] = parts;
  const leads = [...element.querySelectorAll(".lead")];
  /** @type {Step[]} */
  let steps = [];

  const titled = (/** @type {string} */ name) => say(`op.${name}`, {}, name);

  /** @param {string} unit @param {number[]} values */
  function inUnit(unit, values) {
    const scale = unit === "share" ? 100 : 1;
    const [low, high = low] = values.map((value) => Number((value * scale).toFixed(2)));
    const numbers = low === high ? `${low}` : `${low} – ${high}`;
    if (unit === "share") return `${numbers}%`;
    if (unit === "factor") return `× ${numbers}`;
    return low === high ? say(`value.${unit}`, { value: low }, numbers) : say(`range.${unit}`, { low, high }, numbers);
  }

  function changed() {
    props.value = steps.map((step) => ({ ...step }));
    trigger("input");
  }

  /** As many thumbs as there are values; none passes the other. @param {Step} step @param {Setting} setting */
  function slider(step, { name, low, high, step: by, unit }) {
    const called = say(`set.${name}`, {}, name);
    const values = () => /** @type {number[]} */ ([step[name]].flat());
    const ranged = values().length === 2;
    const output = make("output");
    const thumbs = values().map((_, end) => {
      const label = ranged ? say(end ? "highest" : "lowest", { setting: called }) : called;
      return make("input", { type: "range", min: String(low), max: String(high), step: String(by), ariaLabel: label, oninput: () => move(end) });
    });
    const track = make("span", { className: "range" }, ...thumbs);
    const place = (/** @type {number} */ value) => (value - low) / (high - low);

    function show() {
      const now = values();
      output.textContent = inUnit(unit, now);
      for (const [end, thumb] of thumbs.entries()) {
        thumb.value = String(now[end]);
        thumb.setAttribute("aria-valuetext", inUnit(unit, [now[end]]));
      }
      track.style.setProperty("--from", String(ranged ? place(now[0]) : 0));
      track.style.setProperty("--to", String(place(now[now.length - 1])));
      // Where both stand at one end, the one that can still be moved lies above the other.
      track.classList.toggle("low-above", ranged && place(now[0]) > 0.5);
    }

    // What is given may lie between two steps of the slider: only the moved thumb is rounded.
    function move(/** @type {number} */ end) {
      const [wanted, [first, last]] = [Number(thumbs[end].value), values()];
      if (!ranged) step[name] = wanted;
      else step[name] = end ? [first, Math.max(wanted, first)] : [Math.min(wanted, last), last];
      show();
      changed();
    }

    show();
    return make("div", { className: "setting" }, make("span", {}, called), output, track);
  }

  /** A number that is typed. @param {Step} step @param {Setting} setting */
  function typed(step, { name, low, high }) {
    const field = make("input", { type: "number", min: String(low), max: String(high), value: String(step[name]) });
    field.onchange = () => {
      step[name] = Math.min(high, Math.max(low, Math.round(Number(field.value)) || step[name]));
      field.value = String(step[name]);
      changed();
    };
    return make("label", {}, make("span", {}, say(`set.${name}`, {}, name)), " ", field);
  }

  /** @param {Step} step @param {number} at */
  function card(step, at) {
    const named = { number: at + 1, step: titled(step.name) };
    const button = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {number | null} */ by) => make("button", {
      type: "button", ariaLabel: label, title: label, disabled: by !== null && !steps[at + by], onclick: () => move(at, by),
    }, sign);
    const called = make("span", { className: "name", title: say(`op.${step.name}.why`, {}, "") }, titled(step.name));
    const fields = (props.kinds[step.name] ?? []).map((one) => (one.typed ? typed(step, one) : slider(step, one)));
    return make("li", { ariaLabel: say("step", named) },
      make("div", { className: "head" }, make("span", { className: "number" }, `${at + 1}`), called,
        button("↑", say("up", named), -1), button("↓", say("down", named), 1), button("×", say("remove", named), null)),
      ...fields, make("p", { className: "wrong" }, say("wrong")));
  }

  /** @param {number} at @param {number | null} by */
  function move(at, by) {
    const [taken] = steps.splice(at, 1);
    if (by !== null) steps.splice(at + by, 0, taken);
    changed();
    build();
    // The focus goes along with the step, to a button that can still be pressed.
    const buttons = [...(list.children[by === null ? Math.min(at, steps.length - 1) : at + by]?.querySelectorAll("button") ?? [])];
    const wanted = by === null ? buttons[2] : buttons[by < 0 ? 0 : 1];
    (wanted?.disabled ? buttons.find((one) => !one.disabled) : (wanted ?? all.querySelector("button")))?.focus();
  }

  /** @param {Step} step */
  function append(step) {
    steps.push(step);
    changed();
    build();
  }

  /** @param {string} name @param {() => Step} step @param {...Node} children */
  function adds(name, step, ...children) {
    const label = say("add_step", { step: titled(name) });
    return make("button", { type: "button", ariaLabel: label, title: say(`op.${name}.why`, {}, ""), disabled: steps.length >= props.longest,
      onclick: () => append(structuredClone(step())) }, ...children, titled(name));
  }

  function usual(/** @type {string} */ name) {
    const values = props.kinds[name].map((one) => [one.name, one.default.length === 2 ? one.default : one.default[0]]);
    return /** @type {Step} */ ({ name, ...Object.fromEntries(values) });
  }

  function mark() {
    for (const [at, node] of [...list.children].entries()) node.classList.toggle("cannot", at + 1 === props.wrong);
    lines.replaceChildren(...[...(props.lines ?? []), "lead"].map((one) => make("p", {}, say(one))));
  }

  function offer() {
    // A copy of a step: the value of the display is no longer ours once it was given away.
    offered.replaceChildren(...(props.offered ?? []).map(({ name, image, step }) => adds(name, () => step, make("img", { src: image, alt: "" }))));
    leads[0].textContent = props.offered?.length ? say("offered") : "";
  }

  function build() {
    title.textContent = list.ariaLabel = say("steps");
    list.replaceChildren(...steps.map(card));
    none.textContent = steps.length ? "" : say("none");
    add.textContent = say("add");
    full.textContent = steps.length >= props.longest ? say("full", { longest: props.longest }) : "";
    leads[1].textContent = say("all");
    all.ariaLabel = say("all");
    offered.ariaLabel = say("offered");
    all.replaceChildren(...Object.keys(props.kinds).map((name) => adds(name, () => usual(name))));
    offer();
    mark();
  }

  function draw() {
    if (JSON.stringify(props.value) === JSON.stringify(steps)) return;
    steps = structuredClone(/** @type {Step[]} */ ([...(props.value || [])].map((one) => ({ ...one }))));
    build();
  }

  watch("value", draw);
  watch("offered", offer);
  watch("wrong", mark);
  watch("lines", mark);
  onLanguage(element, build);
  build();
  draw();
}
