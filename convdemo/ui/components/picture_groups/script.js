/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{image: string, caption: Sentence, tip: Sentence, wrong: boolean, place: number | null}} Captioned
 * @typedef {{pictures: Captioned[], title: Sentence, hint: Sentence, note: Sentence, side: number}} Group
 */

/** @type {import("../shared.js").Mount<Group[]>} */
export function mount({ element, props, trigger, watch }, { find, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const groups = find(element, ".groups");
  const line = (/** @type {string} */ name, /** @type {Sentence} */ told) =>
    told ? [make("p", { className: name }, say(told))] : [];

  /** @param {Captioned} one */
  function picture({ image, caption, tip, wrong, place }) {
    const [words, meaning] = [say(caption), say(tip)];
    const shown = make("img", { src: image, alt: words ? "" : meaning });
    const press = place === null ? shown
      : make("button", { type: "button", className: "bare", ariaLabel: meaning || words, onclick: () => trigger("select", { place }) }, shown);
    const node = make("figure", { className: wrong ? "wrong" : "", title: meaning }, press);
    if (words) node.append(make("figcaption", {}, words));
    return node;
  }

  function draw() {
    groups.replaceChildren(...(props.value || []).map(({ pictures, title, hint, note, side }) => {
      const row = make("div", { className: "pictures" }, ...pictures.map(picture));
      row.style.setProperty("--side", `${side}px`);
      const head = title ? [make("h3", {}, say(title))] : [];
      return make("section", {}, ...head, ...line("hint quiet", hint), ...(pictures.length ? [row] : []), ...line("note quiet", note));
    }));
  }

  watch("value", draw);
  onLanguage(element, draw);
  draw();
}
