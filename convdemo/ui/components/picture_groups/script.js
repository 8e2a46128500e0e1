/**
 * @typedef {string | [string, Record<string, unknown>]} Sentence
 * @typedef {{image: string, caption: Sentence, tip: Sentence, wrong: boolean, place: number | null}} Captioned
 * @typedef {{pictures: Captioned[], title: Sentence, hint: Sentence, note: Sentence, side: number}} Group
 */

/**
 * @param {import("../shared.js").Mounted<Group[]>} mounted
 * @param {import("../shared.js")} shared
 */
export function mount({ element, props, trigger, watch }, { find, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const groups = find(element, ".groups");
  const spoken = (/** @type {Sentence} */ told) => !told ? "" : typeof told === "string" ? say(told) : say(...told);
  const line = (/** @type {string} */ name, /** @type {Sentence} */ told) =>
    told ? [make("p", { className: name }, spoken(told))] : [];

  /** @param {Captioned} one */
  function picture({ image, caption, tip, wrong, place }) {
    const [words, meaning] = [spoken(caption), spoken(tip)];
    const shown = make("img", { src: image, alt: words ? "" : meaning });
    const press = place === null ? shown
      : make("button", { type: "button", className: "bare", ariaLabel: meaning || words, onclick: () => trigger("select", { place }) }, shown);
    const node = make("figure", { className: wrong ? "wrong" : "", title: meaning }, press);
    if (words) node.append(make("figcaption", {}, words));
    return node;
  }

  function draw() {
    groups.replaceChildren(...(props.value ?? []).map(({ pictures, title, hint, note, side }) => {
      const row = make("div", { className: "pictures" }, ...pictures.map(picture));
      row.style.setProperty("--side", `${side}px`);
      const head = title ? [make("h3", {}, spoken(title))] : [];
      return make("section", {}, ...head, ...line("hint quiet", hint), ...(pictures.length ? [row] : []), ...line("note quiet", note));
    }));
  }

  watch("value", draw);
  onLanguage(element, draw);
  draw();
}
