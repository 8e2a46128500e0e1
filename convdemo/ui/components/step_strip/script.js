/**
 * @typedef {{name: string, image: string, active: boolean, label: string | null, probability: number}} Step
 * @typedef {{seen: string, steps: Step[], caption: string | [string, Record<string, unknown>]}} Preparation
 */

/** @type {import("../shared.js").Mount<Preparation>} */
export function mount({ element, props, trigger, watch }, { find, hear, make, onLanguage, percent, speaker }) {
  const say = speaker(props.words);
  const [caption, heading, hint, strip] = ["figcaption", "h2", ".hint", ".strip"].map((one) => find(element, one));
  const seen = /** @type {HTMLImageElement} */ (find(element, ".seen"));
  /** @type {Map<string, {button: HTMLButtonElement, image: HTMLImageElement, name: HTMLElement, reads: HTMLElement}>} */
  let shown = new Map();
  /** @type {Preparation | null} */
  let last = null; // what was drawn last, which stays faint without a value

  function build() {
    const image = make("img", { alt: "" });
    const [name, reads] = ["name", "reads quiet"].map((part) => make("span", { className: part }));
    const button = make("button", { type: "button", className: "step", onclick: () => toggle(button) },
      make("span", { className: "picture" }, image), name, " ", reads);
    return { button, image, name, reads };
  }

  /**
   * The button answers at once; the rest comes when Python has read the picture anew.
   * @param {HTMLButtonElement} button
   */
  function toggle(button) {
    button.ariaPressed = String(button.ariaPressed === "false");
    trigger("input", { skipped: [...shown].filter(([, one]) => one.button.ariaPressed === "false").map(([name]) => name) });
  }

  /**
   * @param {Step} step
   * @param {ReturnType<typeof build>} parts
   */
  function drawStep({ name: step, image: source, active, label, probability }, { button, image, name, reads }) {
    image.src = source;
    name.textContent = say(`step.${step}`, {}, step);
    button.title = say(`step.${step}.why`, {}, "");
    button.ariaPressed = String(active);
    const read = label === null ? "" : say("reads", { label: say(`class.${label}`, {}, label), percent: percent(probability) });
    reads.textContent = active ? read : say("off");
  }

  function draw() {
    last = props.value || last;
    caption.textContent = say(last?.caption ?? "only");
    heading.textContent = strip.ariaLabel = say("steps");
    hint.textContent = say("hint");
    seen.alt = say("seen");
    seen.hidden = !props.value;
    element.classList.toggle("stale", !props.value);
    if (!last) return;
    const { seen: source, steps } = last;
    heading.hidden = hint.hidden = !steps.length;
    seen.src = source;
    if (steps.map(({ name }) => name).join() !== [...shown.keys()].join()) {
      shown = new Map(steps.map(({ name }) => [name, build()]));
      strip.replaceChildren(...[...shown.values()].map(({ button }) => button));
    }
    for (const [place, parts] of [...shown.values()].entries()) drawStep(steps[place], parts);
  }

  /** @param {string | null} source */
  function look(source) {
    if (source) seen.src = source;
    seen.hidden = !source;
    element.classList.toggle("stale", !source);
  }

  watch("value", draw);
  onLanguage(element, draw);
  draw();
  // What was seen, or that there is other news, before Python has the steps.
  hear(element, "seen", look);
  hear(element, "say", () => look(null));
}
