// The overview of the Explain tab: what every stage of a network hands on, and one stage opened.
(() => {
  const { make, tell, figure, twoPlaces } = convdemo;
  const SILENT = ["Identity"]; // layers that do nothing

  // What a stage is called, as "block2": a word and its number, as values for a sentence.
  convdemo.stageWords = (name) => {
    const [, word, number] = name.match(/^([a-z]+)([\d_]*)$/i) ?? [];
    return word ? { stage: `@explain.stage.${word}|${word}`, number } : { stage: `@|${name}`, number: "" };
  };

  convdemo.tellStage = (node, name) => {
    const { stage, number } = convdemo.stageWords(name);
    const word = make("span");
    tell(word, stage.slice(1));
    node.replaceChildren(word, number);
  };

  convdemo.layerName = (kind) => `explain.layer.${kind}|${kind}`;

  // The strongest value of a stage, on whichever side of zero.
  convdemo.stageEnd = ({ statistics: { min, max } }) => Math.max(Math.abs(min), Math.abs(max));

  // Kinds of layers in order, each once, with how often it is there.
  function layerWords(kinds) {
    const often = new Map();
    for (const kind of kinds) if (!SILENT.includes(kind)) often.set(kind, (often.get(kind) ?? 0) + 1);
    return [...often].map(([kind, times]) => {
      const name = make("span");
      tell(name, convdemo.layerName(kind));
      return make("span", {}, name, times > 1 ? `\u00a0×\u00a0${times}` : "");
    });
  }

  // The bars of a histogram, by the root of the count: a stage is mostly zeros, the rest is to be seen.
  function histogram({ counts, low, high }) {
    const most = Math.sqrt(Math.max(1, ...counts));
    const zero = low < 0 && high > 0 ? [-low / (high - low) * counts.length] : [];
    return make("svg", { class: "cd-histogram", viewBox: `0 0 ${counts.length} 20`, preserveAspectRatio: "none", "aria-hidden": "true" },
      ...counts.map((count, place) => {
        const height = (Math.sqrt(count) / most) * 20;
        return make("rect", { x: place + 0.1, y: 20 - height, width: 0.8, height });
      }),
      ...zero.map((x) => make("line", { x1: x, x2: x, y1: 0, y2: 20 })));
  }

  convdemo.explainStages = (root, { server, scale }) => {
    const list = make("ol", { class: "cd-stages", role: "list", "data-say-label": "explain.stages" });
    const body = make("div", { class: "cd-stage-body" });
    root.append(list);
    const map = convdemo.explainMap(make("div"), { server, scale });
    const grid = convdemo.mapGrid(body, { server, scale, onMap: (place, maps, stage) => map.show(place, maps, stage) });
    body.append(map.node);
    let cards = [];
    let opened = null; // the name of the stage
    let subject = null; // {request, look}

    function card({ name, spatial }) {
      const parts = Object.fromEntries(["name", "layers", "shape", "strip", "histogram", "numbers"]
        .map((part) => [part, make("span", { class: `cd-stage-${part}` })]));
      const end = make("span", { class: "cd-stage-end" });
      const about = make("span", { class: "cd-stage-about" }, parts.name, parts.shape, parts.layers);
      const told = make("span", { class: "cd-stage-told" }, parts.histogram, parts.numbers, end);
      // A vector has no maps to open.
      const button = spatial
        ? make("button", { type: "button", class: "cd-stage-head", "data-say-tip": "explain.open", onclick: () => toggle(name) })
        : make("div", { class: "cd-stage-head" });
      button.append(about, parts.strip, told);
      const node = make("li", { class: "cd-stage" }, button);
      return { node, button, parts, end, stage: null, maps: null, canvases: [] };
    }

    function fill(one, stage) {
      const { parts } = one;
      one.stage = stage;
      one.maps = convdemo.unpackMaps(stage.maps);
      convdemo.tellStage(parts.name, stage.name);
      parts.shape.textContent = stage.shape.join(" × ");
      parts.layers.replaceChildren(...layerWords(stage.layers));
      one.canvases = Array.from({ length: one.maps.count }, () => make("canvas", { "aria-hidden": "true" }));
      parts.strip.replaceChildren(...one.canvases);
      parts.strip.classList.toggle("cd-vector", !stage.spatial);
      const [of] = stage.shape;
      const averaged = !stage.spatial && one.maps.width < of;
      tell(parts.strip, averaged ? "explain.vector" : "", { shown: one.maps.width, of }, "sayTip");
      parts.strip.style.setProperty("--shape", one.maps.width / one.maps.height);
      parts.histogram.replaceChildren(histogram(stage.histogram));
      const { min, max, mean, zeros } = stage.statistics;
      parts.numbers.replaceChildren(...[["least", twoPlaces(min)], ["most", twoPlaces(max)], ["mean", twoPlaces(mean)], ["zeros", `${Math.round(zeros * 100)}%`]]
        .map(([key, value]) => {
          const node = make("span");
          tell(node, `explain.number.${key}`, { value });
          return node;
        }));
    }

    function paint() {
      for (const { maps, stage, canvases, end } of cards) {
        const most = convdemo.stageEnd(stage);
        for (const [place, canvas] of canvases.entries()) maps.paint(canvas, place, scale.end(maps.peaks[place], most));
        tell(end, scale.kind === "stage" ? "explain.end" : "", { end: figure(most) });
      }
      grid.paint();
      map.paint();
    }

    // Cards are kept where the network stays, and with them the focus and what is open.
    function show(request, look) {
      subject = { request, look };
      root.classList.remove("cd-old");
      const likeness = (stages) => JSON.stringify(stages.map(({ name, shape }) => [name, shape]));
      if (likeness(look.stages) !== likeness(cards.map(({ stage }) => stage))) {
        cards = look.stages.map(card);
        list.replaceChildren(...cards.map(({ node }) => node));
      }
      for (const [place, stage] of look.stages.entries()) fill(cards[place], stage);
      paint();
      const same = cards.find(({ stage }) => stage.name === opened && stage.spatial);
      if (same) open(same);
      else close();
    }

    function open(one) {
      opened = one.stage.name;
      for (const each of cards) mark(each);
      if (body.parentNode !== one.node) {
        grid.clear();
        map.clear();
        one.node.append(body);
      }
      map.use(subject);
      grid.show(subject.request, one.stage);
    }

    function close() {
      opened = null;
      grid.clear();
      map.clear();
      body.remove();
      for (const each of cards) mark(each);
    }

    function mark({ node, button, stage }) {
      node.classList.toggle("cd-opened", stage.name === opened);
      if (stage.spatial) button.setAttribute("aria-expanded", stage.name === opened);
    }

    function toggle(name) {
      if (opened === name) close();
      else open(cards.find(({ stage }) => stage.name === name));
    }

    function clear() {
      close();
      subject = null;
      cards = [];
      list.replaceChildren();
    }

    return { show, clear, paint, age: () => root.classList.add("cd-old") };
  };
})();
