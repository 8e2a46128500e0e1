// The tiles of the Augment tab: each with what was drawn for it, and with what a model reads on it.
(() => {
  const { make, tell, percent, named } = convdemo;
  const PLACES = { degrees: 1, factor: 2, sigma: 1 }; // after the point; whole numbers for the other units
  const PERCENT = ["share", "area"];
  const COINS = ["hflip", "vflip", "grayscale"]; // techniques that happen or do not
  const NAMELESS = ["rotate", "shift_x", "shift_y", "shear", "zoom", "blur", "brighter", "darker", "noise"]; // what they did says which one it was

  // The name of an operation, its explanation on hover.
  convdemo.operation = (name, attributes = {}) => {
    const node = make("span", attributes);
    tell(node, `augment.op.${name}|${name}`);
    tell(node, `augment.op.${name}.why|`, null, "sayTip");
    return node;
  };

  convdemo.chance = (probability) => `${Math.round(probability * 100)}%`;

  // The strength of an operation in words, as a key and values for `tell`; no words for those that
  // have none. Some say the direction.
  function strength({ name, magnitude, unit, values = {} }) {
    if (magnitude === null) return [`augment.by.${name}|`, values];
    const value = Number((magnitude * (PERCENT.includes(unit) ? 100 : 1)).toFixed(PLACES[unit] ?? 0));
    if (unit !== "pixels" && name !== "rotate") return [`augment.by.${name}`, { ...values, value }];
    return [`augment.by.${name}${value < 0 ? ".back" : ""}`, { value: Math.abs(value) }];
  }

  const sentence = (key, values, attributes = {}) => {
    const node = make("span", attributes);
    tell(node, key, values);
    return node;
  };

  // One line of the decoder. Without a coin there is nothing that an operation could have failed.
  function line(operation, coin) {
    const { name, probability, applied } = operation;
    const parts = [convdemo.operation(name, { class: "cd-op-name" })];
    if (coin) {
      const mark = make("i", { class: "cd-mark", role: "img" });
      const meaning = applied ? "augment.coin_yes" : "augment.coin_no";
      tell(mark, meaning, null, "sayLabel");
      tell(mark, meaning, null, "sayTip");
      parts.unshift(mark);
      parts.push(make("span", { class: "cd-op-chance" }, convdemo.chance(probability)));
    }
    const [key, values] = applied ? strength(operation) : ["augment.left_out"];
    if (NAMELESS.includes(name)) {
      tell(parts[0], key, values);
      return make("li", { class: "cd-op" }, parts[0]);
    }
    if (key) parts.push(sentence(key, values, { class: "cd-op-did" }));
    return make("li", { class: `cd-op${applied ? "" : " cd-missed"}` }, ...parts);
  }

  // `coins` are the operations that have one.
  const lines = (operations, coins) =>
    make("ol", { class: coins.length ? "cd-ops cd-coins" : "cd-ops", role: "list" },
      ...operations.map((one) => line(one, coins.includes(one))));

  // What was drawn for a tile. A mixture has chains; they are told one after the other.
  function decoder({ operations, rule, original_weight: untouched }) {
    if (untouched !== null) {
      const chains = [...new Set(operations.map(({ chain }) => chain))];
      return [
        sentence("augment.untouched", { percent: convdemo.chance(untouched) }, { class: "cd-chain" }),
        ...chains.flatMap((chain) => {
          const links = operations.filter((one) => one.chain === chain);
          const values = { number: chain + 1, percent: convdemo.chance(links[0].weight) };
          return [sentence("augment.chain", values, { class: "cd-chain" }), lines(links, [])];
        }),
      ];
    }
    const nothing = operations.some(({ applied }) => applied)
      ? [] : [sentence("augment.nothing", undefined, { class: "cd-nothing" })];
    const coins = operations.filter(({ name }) => rule !== null || COINS.includes(name));
    return [lines(operations, coins), ...nothing];
  }

  // `onPoint(rule)` is called with the sub-policy of the tile that is pointed at, null for none.
  convdemo.augmentTiles = (root, { onPoint }) => {
    const list = make("ol", { class: "cd-tiles", role: "list", "data-say-label": "augment.tiles_list" });
    root.append(list);
    let tiles = []; // {node, button, image, title, reads, share, told, rule}
    let touched = null; // places of the tile under the pointer or the focus, and of the pressed one
    let pressed = null;

    function point() {
      const at = touched ?? pressed;
      for (const [place, { node, button }] of tiles.entries()) {
        node.classList.toggle("cd-pointed", place === at);
        button.setAttribute("aria-pressed", place === pressed);
      }
      onPoint(tiles[at]?.rule ?? null);
    }

    function touch(place) {
      touched = place;
      point();
    }

    function press(place) {
      pressed = pressed === place ? null : place;
      point();
    }

    function build(place) {
      const image = make("img", { alt: "" });
      const button = make("button", {
        type: "button", class: "cd-tile-picture", onclick: () => press(place),
        onfocus: () => touch(place), onblur: () => touch(null),
      }, image);
      const title = make("span", { class: "cd-quiet" });
      const reads = make("span");
      const share = make("span", { class: "cd-quiet" });
      const told = make("div", { class: "cd-decoder" });
      const node = make("li", {
        class: "cd-tile",
        // A finger that lifts has left, too, but then its tap counts.
        onpointerenter: (event) => event.pointerType === "mouse" && touch(place),
        onpointerleave: (event) => event.pointerType === "mouse" && touch(null),
      }, button, title, make("p", { class: "cd-tile-reads" }, reads, " ", share), told);
      return { node, button, image, title, reads, share, told, rule: null };
    }

    // Tiles are kept where their number stays, and with them the focus.
    function show(shown) {
      if (shown.length !== tiles.length) {
        tiles = shown.map((_, place) => build(place));
        list.replaceChildren(...tiles.map(({ node }) => node));
        list.style.setProperty("--across", Math.round(Math.sqrt(shown.length)));
        touched = pressed = null;
      }
      for (const [place, one] of shown.entries()) {
        const tile = tiles[place];
        tile.image.src = one.image;
        tile.rule = one.rule;
        const [width, height] = one.size;
        tile.node.style.setProperty("--shape", Math.min(1.5, Math.max(0.75, width / height)));
        tile.node.classList.toggle("cd-tiny", Math.max(width, height) < 200);
        const values = { number: place + 1, rule: (one.rule ?? 0) + 1 };
        for (const [node, as] of [[tile.title, "say"], [tile.button, "sayLabel"]]) {
          tell(node, one.rule === null ? "augment.tile" : "augment.tile_rule", values, as);
        }
        tile.told.replaceChildren(...decoder(one));
      }
      expectReading(false);
      list.classList.remove("cd-old");
      point();
    }

    // Leaves room for what will be read, or none where nobody reads.
    function expectReading(expected) {
      list.classList.toggle("cd-read-by", expected);
      for (const { node, reads, share } of tiles) {
        node.classList.remove("cd-flipped");
        tell(reads, "");
        share.textContent = "";
      }
    }

    function showReading(found) {
      for (const [place, one] of found.entries()) {
        const { node, reads, share } = tiles[place];
        node.classList.toggle("cd-flipped", one.flipped);
        tell(reads, ...convdemo.readAs(one, one.flipped ? "augment.now" : "augment.still"));
        share.textContent = one.label === null ? "" : percent(one.probability);
      }
    }

    function clear() {
      tiles = [];
      list.replaceChildren();
      onPoint(null);
    }

    return {
      show, expectReading, showReading, clear,
      age: () => list.classList.add("cd-old"), // until the tiles that are asked for are there
      get pictures() { return tiles.map(({ image }) => image); },
    };
  };

  // What a model reads, as a key and values for `tell`.
  convdemo.readAs = ({ label, notice }, key) =>
    (label === null ? [`${key}_${notice === "empty" ? "empty" : "unknown"}`] : [key, { label: named(label) }]);
})();
