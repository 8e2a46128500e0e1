/** @type {import("../shared.js").Mount<number[][]>} */
export function mount({ element, props, trigger, watch }, { arrow, find, onLanguage, speaker, svg }) {
  const say = speaker(props.words);
  const [title, hint] = ["figcaption", ".hint"].map((one) => find(element, one));
  const pad = /** @type {SVGElement} */ (element.querySelector("svg"));
  /** @type {number[][]} */
  let pixels = [];
  let [row, column] = [0, 0];
  /** @type {number | null} */
  let ink = null; // what the pointer draws while it is down

  /** @type {(toRow: number, toColumn: number) => boolean} */
  function go(toRow, toColumn) {
    if (pixels[toRow]?.[toColumn] === undefined) return false;
    [row, column] = [toRow, toColumn];
    return true;
  }

  /** @param {number} value */
  function put(value) {
    if (pixels[row][column] !== value) {
      pixels = pixels.map((one, y) => one.map((old, x) => (y === row && x === column ? value : old)));
      props.value = pixels;
      trigger("input");
    }
    draw();
  }

  /** @param {PointerEvent} event */
  function follow({ clientX, clientY }) {
    const box = pad.getBoundingClientRect();
    const [height, width] = [pixels.length, pixels[0]?.length ?? 0];
    if (!go(Math.floor(((clientY - box.top) / box.height) * height), Math.floor(((clientX - box.left) / box.width) * width))) return;
    ink ??= pixels[row][column] > 0 ? 0 : 1;
    put(ink);
  }

  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => ink !== null && follow(event));
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => (ink = null));
  pad.addEventListener("keydown", (event) => {
    const way = arrow(event);
    if ((!way && event.key !== " " && event.key !== "Enter") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
    if (!way) put(pixels[row][column] > 0 ? 0 : 1);
    else if (go(row + way[1], column + way[0])) draw();
  });

  function draw() {
    const [height, width] = [pixels.length, pixels[0]?.length ?? 0];
    title.textContent = say("title");
    hint.textContent = say("hint");
    pad.setAttribute("aria-label", say("pad", { width, height }));
    pad.setAttribute("viewBox", `0 0 ${width} ${height}`);
    pad.replaceChildren(
      ...pixels.flatMap((one, y) => one.flatMap((value, x) => (value > 0 ? [svg("rect", { x, y, width: 1.02, height: 1.02, "fill-opacity": value })] : []))),
      svg("rect", { class: "cursor", x: column, y: row, width: 1, height: 1 }));
  }

  function show() {
    if (ink !== null) return; // nothing comes in between while it is drawn on
    pixels = props.value || [];
    if (!go(row, column)) go(0, 0);
    draw();
  }

  watch("value", show);
  onLanguage(element, draw);
  show();
}
