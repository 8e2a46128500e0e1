/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{height: number, width: number, bytes: string, peaks: number[]}} Packed
 * @typedef {{picture: string | null, map: Packed | null, range?: [number, number], signed: boolean, film: string | null,
 *   name: Sentence, about: Sentence, notes: Sentence[], empty: Sentence | null, actions: [string, Sentence][],
 *   file: string, marked: boolean, faint: boolean}} Heat
 */

const UNSIGNED = [
  [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
];
const LONGEST = 336; // pixels of a painted map: twelve for each of a digit's

/** A colour between those of a scale, 0..1. @type {(stops: number[][], share: number) => number[]} */
function between(stops, share) {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const stop = Math.min(stops.length - 2, Math.floor(at));
  return stops[stop].map((from, part) => from + (at - stop) * (stops[stop + 1][part] - from));
}

/** For each of `length` pixels the two cells of `count` that it lies between, and its share of the second. @type {(count: number, length: number) => [number, number, number][]} */
function cells(count, length) {
  return Array.from({ length }, (_, pixel) => {
    const at = Math.min(count - 1, Math.max(0, ((pixel + 0.5) * count) / length - 0.5));
    const first = Math.floor(at);
    return [first, Math.min(count - 1, first + 1), at - first];
  });
}

/** The file of a matrix as numpy.load reads it: its format 1.0, little-endian. @type {(values: number[], height: number, width: number) => BlobPart} */
function npy(values, height, width) {
  const told = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  const header = `${told.padEnd(Math.ceil((told.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + header.length + 4 * values.length);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  const view = new DataView(bytes.buffer, 10 + header.length);
  values.forEach((value, place) => view.setFloat32(4 * place, value, true));
  return bytes;
}

/** @type {import("../shared.js").Mount<Heat[], {least: number}>} */
export function mount({ element, props, trigger, watch }, { SIGNED, figure, find, int8, keep, make, teller }) {
  const { say, tell, line } = teller(element, props.words);
  const cards = find(element, ".cards");

  const valuesOf = (/** @type {Packed} */ { bytes, peaks }) => Array.from(int8(bytes), (one) => (one / 127) * peaks[0]);

  /** Values are blended before they are coloured, so that what lies between blue and red is neutral. @type {(map: Packed, signed: boolean, longest?: number) => HTMLCanvasElement} */
  function paint(map, signed, longest = LONGEST) {
    const { height, width, peaks: [peak] } = map;
    const values = valuesOf(map);
    const [tall, wide] = [height, width].map((side) => Math.round((side * longest) / Math.max(height, width)));
    const canvas = make("canvas", { height: tall, width: wide });
    const context = canvas.getContext("2d");
    if (!context) return canvas;
    const image = context.createImageData(wide, tall);
    const columns = cells(width, wide);
    const shades = Array.from({ length: 256 }, (_, shade) => [...between(signed ? SIGNED : UNSIGNED, shade / 255), 255]);
    let pixel = 0;
    for (const [top, bottom, down] of cells(height, tall)) {
      for (const [left, right, along] of columns) {
        const upper = values[top * width + left] * (1 - along) + values[top * width + right] * along;
        const lower = values[bottom * width + left] * (1 - along) + values[bottom * width + right] * along;
        const share = (upper * (1 - down) + lower * down) / (peak || 1);
        image.data.set(shades[Math.round(255 * Math.min(1, Math.max(0, signed ? (share + 1) / 2 : share)))], pixel);
        pixel += 4;
      }
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  /** The scale of a map: its colours, and the numbers that they begin and end with. @type {(heat: Heat, peak: number) => HTMLElement[]} */
  function legend({ signed, range = [0, 0] }, peak) {
    const ends = signed ? [line("span", ["end_low", { value: figure(-peak) }]), "0", line("span", ["end_high", { value: figure(peak) }])] : ["0", figure(peak)];
    const [min, max] = range.map((end) => figure(Math.abs(end) < peak / 1000 ? 0 : end));
    const bar = make("div", { className: "bar" });
    bar.style.background = `linear-gradient(to right, ${(signed ? SIGNED : UNSIGNED).map((one) => `rgb(${one})`)})`;
    return [bar, make("div", { className: "ends quiet" }, ...ends.map((end) => (typeof end === "string" ? make("span", {}, end) : end))),
      line("p", ["range", { min, max }], {}, "quiet")];
  }

  /** @type {(heat: Heat, place: number) => HTMLElement} */
  function card(heat, place) {
    const { picture, map, film, signed, file } = heat;
    const shown = make("div", { className: "picture" });
    const below = film ?? picture;
    const image = below ? make("img", { src: below, alt: "" }) : null;
    if (image) shown.append(image);
    const painted = map ? paint(map, signed, image ? LONGEST : Math.max(map.height, map.width)) : null; // alone, in cells
    if (painted) {
      painted.setAttribute("role", "img");
      tell(painted, "map", { name: typeof heat.name === "string" ? `@${heat.name}|${heat.name}` : say(...heat.name) }, "ariaLabel");
      painted.classList.toggle("over", Boolean(image));
      shown.append(painted);
    }
    if (!image && !painted && !heat.empty) shown.append(line("p", "waiting", {}, "quiet"));

    function keepPicture() {
      const sheet = make("canvas", { height: painted?.height ?? 0, width: painted?.width ?? 0 });
      const context = sheet.getContext("2d");
      if (!context || !painted) return;
      context.imageSmoothingEnabled = false;
      if (image) context.drawImage(image, 0, 0, sheet.width, sheet.height);
      context.globalAlpha = image ? Number(getComputedStyle(painted).opacity) : 1;
      context.drawImage(painted, 0, 0);
      sheet.toBlob((blob) => blob && keep(blob, `${file}.png`));
    }

    /** @type {(told: Sentence, onclick: () => void) => HTMLElement} */
    const button = (told, onclick) => Object.assign(line("button", told), { type: "button", onclick });
    const tools = make("div", { className: "tools" }, ...heat.actions.map(([action, told]) =>
      button(told, () => trigger("select", { place, action }))));
    if (file && film) tools.append(button("gif", () => keep(film, `${file}.gif`)));
    if (file && map) {
      const numbers = button("numbers", () => keep(new Blob([npy(valuesOf(map), map.height, map.width)]), `${file}.npy`));
      tell(numbers, "npy", {}, "title");
      tools.append(button("png", keepPicture), numbers);
    }
    const said = [heat.empty, ...heat.notes].flatMap((told) => (told ? [line("p", told)] : []));
    return make("figure", { className: ["card", heat.marked && "marked", heat.faint && "faint"].filter(Boolean).join(" ") },
      ...(heat.empty ? [] : [shown]), make("figcaption", {}, ...(heat.name ? [line("h3", heat.name)] : []),
        ...(heat.about ? [line("p", heat.about, {}, "quiet")] : []), ...said), ...(map && file ? legend(heat, map.peaks[0]) : []), tools);
  }

  // What stays is not painted again.
  /** @type {Map<string, HTMLElement>} */
  let drawn = new Map();
  function draw() {
    cards.style.setProperty("--least", `${props.least}px`);
    cards.classList.toggle("dense", props.least < 100);
    const now = new Map((props.value ?? []).map((heat, place) => {
      const key = JSON.stringify([place, heat]);
      return [key, drawn.get(key) ?? card(heat, place)];
    }));
    const nodes = [...now.values()];
    if (nodes.length !== cards.children.length || nodes.some((node, place) => node !== cards.children[place])) cards.replaceChildren(...nodes);
    drawn = now;
  }

  watch("value", draw);
  draw();
}
