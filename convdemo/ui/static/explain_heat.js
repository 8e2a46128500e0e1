// Maps of numbers as colours: what Python packs is read, painted, laid over a picture and kept.
(() => {
  const { make, tell } = convdemo;
  const SIGNED = convdemo.signedScale;
  const UNSIGNED = [
    [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
  ];
  const SHADES = 256;
  const LONGEST = 336; // pixels of a painted map: twelve for each of a digit's

  function shades(stops) {
    const table = new Uint8ClampedArray(3 * SHADES);
    for (let shade = 0; shade < SHADES; shade++) {
      const at = (shade / (SHADES - 1)) * (stops.length - 1);
      const stop = Math.min(stops.length - 2, Math.floor(at));
      for (let i = 0; i < 3; i++) table[3 * shade + i] = stops[stop][i] + (at - stop) * (stops[stop + 1][i] - stops[stop][i]);
    }
    return table;
  }

  const TABLES = new Map([[true, shades(SIGNED)], [false, shades(UNSIGNED)]]);

  // The first map of {height, width, bytes, peaks}: its values, and the largest of them without its sign.
  function unpack({ height, width, bytes, peaks: [peak] }) {
    const raw = convdemo.int8(bytes).subarray(0, height * width);
    return { height, width, peak, values: Float32Array.from(raw, (one) => (one / 127) * peak) };
  }

  // For each of `length` pixels the two cells of `count` that it lies between, and its share of the second.
  function between(count, length) {
    return [...Array(length).keys()].map((pixel) => {
      const at = Math.min(count - 1, Math.max(0, ((pixel + 0.5) * count) / length - 0.5));
      const first = Math.floor(at);
      return [first, Math.min(count - 1, first + 1), at - first];
    });
  }

  // A canvas with the map in colour. Values are blended before they are coloured, so that what lies
  // between blue and red is neutral.
  function paint({ height, width, peak, values }, signed, [tall, wide]) {
    const canvas = new OffscreenCanvas(wide, tall);
    const context = canvas.getContext("2d");
    const image = context.createImageData(wide, tall);
    const table = TABLES.get(signed);
    const columns = between(width, wide);
    const scale = 1 / (peak || 1);
    let pixel = 0;
    for (const [top, bottom, down] of between(height, tall)) {
      for (const [left, right, along] of columns) {
        const upper = values[top * width + left] * (1 - along) + values[top * width + right] * along;
        const lower = values[bottom * width + left] * (1 - along) + values[bottom * width + right] * along;
        const share = (upper * (1 - down) + lower * down) * scale;
        const shade = 3 * Math.round((SHADES - 1) * Math.min(1, Math.max(0, signed ? (share + 1) / 2 : share)));
        image.data[pixel++] = table[shade];
        image.data[pixel++] = table[shade + 1];
        image.data[pixel++] = table[shade + 2];
        image.data[pixel++] = 255;
      }
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  // Height and width in which a picture of that size is painted.
  const sizeOf = (height, width) => [height, width].map((side) => Math.round((side * LONGEST) / Math.max(height, width)));

  // The scale of a map: its colours, and the numbers they begin and end with.
  function legend({ peak }, signed) {
    const colours = (signed ? SIGNED : UNSIGNED).map((colour) => `rgb(${colour})`).join(", ");
    const ends = signed ? ["explain.why.end_low", "|0", "explain.why.end_high"] : ["|0", `|${convdemo.figure(peak)}`];
    return make("div", { class: "cd-heat-legend" },
      make("div", { class: "cd-heat-scale", style: `background: linear-gradient(to right, ${colours})` }),
      make("div", { class: "cd-heat-ends" }, ...ends.map((key) => {
        const end = make("span");
        tell(end, key, { value: convdemo.figure(key.endsWith("low") ? -peak : peak) });
        return end;
      })));
  }

  // The bytes of a .npy file that numpy.load reads: float32, row by row.
  function npy({ height, width, values }) {
    const about = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
    const header = `${about.padEnd(Math.ceil((10 + about.length + 1) / 64) * 64 - 11)}\n`; // ends on a multiple of 64
    const bytes = new Uint8Array(10 + header.length + 4 * values.length);
    bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
    bytes.set(new TextEncoder().encode(header), 10);
    const view = new DataView(bytes.buffer, 10 + header.length);
    values.forEach((value, place) => view.setFloat32(4 * place, value, true));
    return bytes;
  }

  function keep(blob, name) {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  convdemo.heat = { unpack, paint, sizeOf, legend, npy, keep };
})();
