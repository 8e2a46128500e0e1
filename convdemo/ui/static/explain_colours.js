// Maps as pictures: the server sends small whole numbers and what they stand for, the page colours
// them: blue below zero, red above, grey at zero.
(() => {
  const { make, tell } = convdemo;
  const SIGNED = [[33, 102, 214], [226, 226, 222], [205, 62, 40]]; // below zero, zero, above
  const [LOW, MIDDLE, HIGH] = SIGNED;
  const KINDS = ["map", "stage", "network"];

  // The colour of a share of the scale, -1..1, as [red, green, blue].
  const colour = (share) => {
    const depth = Math.min(1, Math.abs(share));
    const end = share < 0 ? LOW : HIGH;
    return MIDDLE.map((middle, place) => Math.round(middle + (end[place] - middle) * depth));
  };

  convdemo.signedScale = SIGNED;

  // The small whole numbers that Python packs.
  convdemo.int8 = (bytes) => Int8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));

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

  // The same with two places after the point, for columns of numbers.
  convdemo.twoPlaces = (value) => {
    const text = value.toFixed(Math.abs(value) >= 100 ? 0 : 2);
    return (Number(text) === 0 ? "0" : text).replace("-", "−");
  };

  // Maps that can be asked for a value and painted on a canvas, one pixel for each of their places.
  convdemo.unpackMaps = ({ count, height, width, bytes, peaks }) => {
    const values = convdemo.int8(bytes);
    const area = height * width;

    // `end` is the value at the end of the scale.
    function paint(canvas, place, end) {
      const screen = canvas.getContext("2d");
      canvas.width = width;
      canvas.height = height;
      const picture = screen.createImageData(width, height);
      const step = peaks[place] / 127 / (end || 1);
      for (let at = 0; at < area; at++) {
        picture.data.set([...colour(values[place * area + at] * step), 255], at * 4);
      }
      screen.putImageData(picture, 0, 0);
    }

    // [row, column] of the value that is farthest from zero.
    function strongest(place) {
      let best = 0;
      for (let at = 0; at < area; at++) {
        if (Math.abs(values[place * area + at]) > Math.abs(values[place * area + best])) best = at;
      }
      return [Math.floor(best / width), best % width];
    }

    return { count, height, width, peaks, paint, strongest };
  };

  // What the ends of the scale stand for: the strongest value of each map, of each stage, or of the
  // whole network.
  convdemo.mapScale = (root, { onChange }) => {
    const [low, high] = [make("span"), make("span")];
    const why = make("p", { class: "cd-quiet" });
    const buttons = KINDS.map((name) => make("button", {
      type: "button", value: name, "data-say": `explain.scale.${name}`, onclick: () => choose(name),
    }));
    root.append(
      make("div", { class: "cd-scale" },
        make("div", { class: "cd-segments", role: "group", "data-say-label": "explain.scale" }, ...buttons),
        make("p", { class: "cd-scale-legend" }, low, make("i", { "aria-hidden": "true" }), high)),
      why);
    let kind = "map";
    let network = null; // the strongest value of all stages

    function tellEnds() {
      for (const button of buttons) button.setAttribute("aria-pressed", button.value === kind);
      const known = kind === "network" && network !== null;
      const end = known ? { end: convdemo.figure(network) } : undefined;
      tell(low, known ? "explain.scale.below_end" : "explain.scale.below", end);
      tell(high, known ? "explain.scale.above_end" : "explain.scale.above", end);
      tell(why, `explain.scale.${kind}.why`);
    }

    function choose(name) {
      kind = name;
      tellEnds();
      onChange();
    }

    tellEnds();
    return {
      // The end for a map with this strongest value in a stage with that one.
      end: (peak, stage) => ({ map: peak, stage, network: network ?? stage })[kind],
      // The strongest value of the network is another one, null for none.
      use: (value) => {
        network = value;
        tellEnds();
      },
      get kind() { return kind; },
    };
  };
})();
