/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{name: Sentence, did: Sentence, applied: boolean, chance: number | null, heading: boolean}} Done
 * @typedef {{image: string, size: [number, number], title: Sentence, done: Done[], reads: Sentence,
 *   share: number | null, flipped: boolean, row: number | null}} Tile
 * @typedef {{tiles: Tile[], sentence: Sentence, details: Sentence[], stale: boolean, of: string}} Grid
 */

const COARSE = 200; // pixels of the longer side, below which each is shown as a square

/** @type {import("../shared.js").Mount<Grid, {marks: string}>} */
export function mount({ element, props, watch }, { find, hear, make, onLanguage, percent, speaker, tell, write }) {
  const say = speaker(props.words);
  const [sentence, details, list] = [".sentence", ".details", ".tiles"].map((one) => find(element, one));
  /** @type {Grid} */
  let shown = { tiles: [], sentence: "", details: [], stale: false, of: "" };
  /** @type {ReturnType<typeof build>[]} */
  let parts = [];
  /** @type {[number | null, number | null]} */
  let [touched, pressed] = [null, null]; // the tile under the pointer or the focus, and the tapped one
  let awaited = false; // tiles of something else

  function point() {
    const at = touched ?? pressed;
    for (const [place, { node, button }] of parts.entries()) {
      node.classList.toggle("pointed", place === at);
      button.ariaPressed = String(place === pressed);
    }
    tell(props.marks, "mark", at === null ? null : (shown.tiles[at]?.row ?? null));
  }

  function touch(/** @type {number | null} */ place) {
    touched = place;
    point();
  }

  function build(/** @type {number} */ place) {
    const image = make("img", { alt: "" });
    const button = make("button", { type: "button", className: "picture" }, image);
    button.onclick = () => {
      pressed = pressed === place ? null : place;
      point();
    };
    button.onfocus = () => touch(place);
    button.onblur = () => touch(null);
    const [title, reads, share] = ["title", "reads", "share"].map((part) => make("span", { className: part }));
    const done = make("ol", { className: "done", role: "list" });
    const node = make("li", { className: "tile" }, button, title, make("p", {}, reads, " ", share), done);
    // A finger that lifts has left, too, but then its tap counts.
    node.onpointerenter = ({ pointerType }) => pointerType === "mouse" && touch(place);
    node.onpointerleave = ({ pointerType }) => pointerType === "mouse" && touch(null);
    return { node, button, image, title, reads, share, done };
  }

  function line(/** @type {Done} */ { name, did, applied, chance, heading }) {
    const called = make("span", { className: "name" }, say(name));
    called.title = say(`${typeof name === "string" ? name : name[0]}.why`, {}, "");
    const node = make("li", { className: heading ? "heading" : applied ? "" : "missed" }, called);
    if (chance !== null) {
      const meaning = applied ? say("applied") : say("missed");
      called.before(make("i", { role: "img", ariaLabel: meaning, title: meaning }));
      called.after(make("span", { className: "chance" }, `${Math.round(chance * 100)}%`));
    }
    if (did) node.append(make("span", { className: "did" }, say(did)));
    return node;
  }

  function show() {
    const { tiles, details: lines } = shown;
    write(sentence, say(shown.sentence));
    details.replaceChildren(...lines.map((one) => make("p", {}, say(one))));
    list.ariaLabel = say("tiles");
    list.classList.toggle("stale", shown.stale);
    list.classList.toggle("read", tiles.some(({ reads }) => reads));
    if (tiles.length !== parts.length) {
      parts = tiles.map((_, place) => build(place));
      list.replaceChildren(...parts.map(({ node }) => node));
      list.style.setProperty("--across", String(Math.round(Math.sqrt(tiles.length)) || 1));
      [touched, pressed] = [null, null];
    }
    for (const [place, { node, button, image, title, reads, share, done }] of parts.entries()) {
      const tile = tiles[place];
      const [width, height] = tile.size;
      image.src = tile.image;
      node.style.setProperty("--shape", String(Math.min(1.5, Math.max(0.75, width / height))));
      node.classList.toggle("coarse", Math.max(width, height) < COARSE);
      node.classList.toggle("flipped", tile.flipped);
      title.textContent = button.ariaLabel = say(tile.title);
      reads.textContent = say(tile.reads);
      share.textContent = tile.share === null ? "" : percent(tile.share);
      done.classList.toggle("coins", tile.done.some(({ chance }) => chance !== null));
      done.replaceChildren(...tile.done.map(line));
    }
    point();
  }

  function draw() {
    const value = props.value;
    if (awaited && value && value.of === shown.of) return;
    awaited = false;
    if (!value) shown = { ...shown, tiles: [], sentence: "", details: [], stale: false };
    else shown = value.stale ? { ...shown, sentence: value.sentence, stale: true, of: value.of } : value;
    show();
  }

  // Somebody has news before Python has, {sentence, busy}: it stands until the next value.
  hear(element, "say", ({ sentence: told, busy }) => {
    shown = { ...shown, tiles: [], sentence: told, details: [], stale: false };
    awaited = busy;
    show();
  });
  watch("value", draw);
  onLanguage(element, show);
  draw();
}
