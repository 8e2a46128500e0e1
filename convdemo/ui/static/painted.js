// Numbers as colours, for the tabs that are drawn by scripts of their own; displays have `components/shared.js`.
(() => {
  const SIGNED = [[33, 102, 214], [226, 226, 222], [205, 62, 40]]; // below zero, zero, above
  const [LOW, MIDDLE, HIGH] = SIGNED;

  // The colour of a share of the scale, -1..1, as [red, green, blue].
  const colour = (share) => {
    const depth = Math.min(1, Math.abs(share));
    const end = share < 0 ? LOW : HIGH;
    return MIDDLE.map((middle, place) => Math.round(middle + (end[place] - middle) * depth));
  };

  convdemo.signedScale = SIGNED;

  // Black or white, whichever can be read on a colour: one of them always has a contrast of 4.5,
  // https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
  convdemo.inkOn = (ground) => {
    const [red, green, blue] = ground.map((part) => (part <= 10 ? part / 3295 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
  };

  // For numbers on a coloured ground: the ground, and the text on it.
  convdemo.ground = (share) => `background: rgb(${colour(share).join(" ")}); color: ${convdemo.inkOn(colour(share))}`;

  // A number in as few characters as tell it.
  convdemo.figure = (value) => {
    const size = Math.abs(value);
    const places = size >= 100 ? 0 : size >= 10 ? 1 : 2;
    const text = size >= 0.095 || size < 1e-9 ? value.toFixed(places) : String(Number(value.toPrecision(2)));
    return (Number(text) === 0 ? "0" : text).replace("-", "−");
  };

  const UNSIGNED = [
    [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
  ];
  const SHADES = 256;

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

  convdemo.heat = { paint };
})();
