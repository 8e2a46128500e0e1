/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{count: number, height: number, width: number, bytes: string, peaks: number[]}} Packed
 * @typedef {Record<string, number>} Statistics
 * @typedef {{name: string, layers: string[], shape: number[], statistics: Statistics,
 *   histogram: {counts: number[], low: number, high: number}, maps: Packed}} Stage
 * @typedef {{kind: "network", of: string, picture: string, size: number[], stages: Stage[]}} Network
 * @typedef {{kind: "stage", of: string, stage: string, count: number, maps: Packed}} OpenedStage
 * @typedef {{convolution: string, inputs: number, slices: Packed, values: number[][] | null}} Filter
 * @typedef {{kind: "map", of: string, stage: string, channel: number, size: number[], image: string,
 *   statistics: Statistics, filter: Filter | null}} OpenedMap
 * @typedef {{kind: "says", sentence: Sentence}} Says
 * @typedef {[number, number, number, number]} Box
 * @typedef {{kind: string, inputs: number | null, output: number, details: any}} Layer
 * @typedef {{value: number, layers: Layer[], widest: Box, inner: Box, strength: string, sentence?: Sentence,
 *   problem?: string, values?: Record<string, unknown>}} Cell
 */

const KINDS = ["map", "stage", "network"]; // what the ends of the scale stand for
const WAYS = ["smooth", "cells"];
const STATISTICS = ["min", "max", "mean", "std", "zeros"];
const SILENT = ["Identity"]; // layers that do nothing
const COLOURS = ["red", "green", "blue", "mask"]; // what the channels of an input with several are

/** What a stage is called, as "block2": a word and its number, for the gaps of a sentence. @param {string} name */
function stageWords(name) {
  const [, word, number] = name.match(/^([a-z]+)([\d_]*)$/i) ?? [];
  return word ? { stage: `@stage.${word}|${word}`, number } : { stage: `@|${name}`, number: "" };
}

/** With two places after the point, for columns of numbers. @param {number} value */
function twoPlaces(value) {
  const text = value.toFixed(Math.abs(value) >= 100 ? 0 : 2);
  return (Number(text) === 0 ? "0" : text).replace("-", "−");
}

/** What a layer is called, which may be of a kind that there are no words for. */
const layerGap = (/** @type {string} */ kind) => ({ name: `@layer.${kind}|${kind}` });
const whole = (/** @type {number} */ share) => `${Math.round(share * 100)}%`;
const term = (/** @type {number} */ value) => (value < 0 ? `− ${twoPlaces(-value)}` : `+ ${twoPlaces(value)}`); // of a sum
const bracketed = (/** @type {number} */ value) => (value < 0 ? `(${twoPlaces(value)})` : twoPlaces(value));
const most = (/** @type {any[]} */ numbers) => Math.max(...numbers.flat(Infinity).map(Math.abs));
const stageEnd = (/** @type {Stage} */ { statistics: { min, max } }) => Math.max(Math.abs(min), Math.abs(max));

/** @type {import("../shared.js").Mount<Network | OpenedStage | OpenedMap | Says, object, {cell?: (asked: object) => Promise<Cell>}>} */
export function mount({ element, props, trigger, watch, server }, shared) {
  const { arrow, colour, figure, find, hear, inkOn, int8, latest, make, svg, teller } = shared;
  const { tell, line } = teller(element, props.words);
  const list = find(element, ".stages");
  const kinds = find(element, ".kinds");

  /** @type {Network | null} */
  let network = null;
  let scale = KINDS[0];
  /** @type {{stage: Stage, maps: ReturnType<typeof unpack>, node: HTMLElement, head: HTMLElement, end: HTMLElement, canvases: HTMLCanvasElement[]}[]} */
  let cards = [];
  /** @type {Stage | null} */
  let opened = null;
  /** @type {ReturnType<typeof unpack> | null} */
  let maps = null; // all those of the opened stage
  /** @type {number | null} */
  let chosen = null; // the map that is seen large
  /** @type {OpenedMap | null} */
  let large = null;

  /** Maps that are painted on canvases, one pixel for each of their places. @param {Packed} packed */
  function unpack({ count, height, width, bytes, peaks }) {
    const values = int8(bytes);
    const area = height * width;

    /** `end` is the value at the end of the scale. @type {(canvas: HTMLCanvasElement, place: number, end: number) => void} */
    function paint(canvas, place, end) {
      const screen = canvas.getContext("2d");
      canvas.width = width;
      canvas.height = height;
      if (!screen) return;
      const picture = screen.createImageData(width, height);
      const step = peaks[place] / 127 / (end || 1);
      for (let at = 0; at < area; at++) picture.data.set([...colour(values[place * area + at] * step), 255], at * 4);
      screen.putImageData(picture, 0, 0);
    }

    /** [row, column] of the value that is farthest from zero. @param {number} place */
    function strongest(place) {
      const strengths = values.subarray(place * area, (place + 1) * area).map(Math.abs);
      const best = strengths.indexOf(Math.max(...strengths));
      return [Math.floor(best / width), best % width];
    }

    const canvases = (shown = count) => Array.from({ length: shown }, () => make("canvas", { ariaHidden: "true" }));
    return { count, height, width, peaks, paint, strongest, canvases };
  }

  // The scale

  const networkEnd = () => Math.max(...(network?.stages ?? []).map(stageEnd), 0);
  const end = (/** @type {number} */ peak, /** @type {Stage} */ stage) => ({ map: peak, stage: stageEnd(stage), network: networkEnd() })[scale] ?? peak;

  function choose(/** @type {string} */ name) {
    scale = name;
    for (const button of kinds.querySelectorAll("button")) button.ariaPressed = String(button.value === scale);
    const known = scale === "network" && network;
    const values = { end: figure(networkEnd()) };
    tell(find(element, ".low"), known ? "scale.below_end" : "scale.below", values);
    tell(find(element, ".high"), known ? "scale.above_end" : "scale.above", values);
    tell(find(element, ".why"), `scale.${scale}.why`);
    paint();
  }

  function paint() {
    for (const { stage, maps: first, end: words, canvases } of cards) {
      for (const [place, canvas] of canvases.entries()) first.paint(canvas, place, end(first.peaks[place], stage));
      tell(words, scale === "stage" ? "end" : "", { end: figure(stageEnd(stage)) });
    }
    if (opened && maps) for (const [place, tile] of tiles.entries()) maps.paint(tile.canvas, place, end(maps.peaks[place], opened));
    paintLarge();
  }

  // The stages

  /** The bars of a histogram, by the root of the count: a stage is mostly zeros, the rest is to be seen. @param {Stage} stage */
  function histogram({ histogram: { counts, low, high } }) {
    const tallest = Math.sqrt(Math.max(1, ...counts));
    const zero = low < 0 && high > 0 ? [(-low / (high - low)) * counts.length] : [];
    return svg("svg", { class: "histogram", viewBox: `0 0 ${counts.length} 20`, preserveAspectRatio: "none", "aria-hidden": "true" },
      ...counts.map((count, place) => {
        const height = (Math.sqrt(count) / tallest) * 20;
        return svg("rect", { x: place + 0.1, y: 20 - height, width: 0.8, height });
      }),
      ...zero.map((x) => svg("line", { x1: x, x2: x, y1: 0, y2: 20 })));
  }

  /** Kinds of layers in order, each once, with how often it is there. @param {string[]} layers */
  function layerWords(layers) {
    const kinds = layers.filter((kind) => !SILENT.includes(kind));
    return [...new Set(kinds)].map((kind) => {
      const times = kinds.filter((other) => other === kind).length;
      return make("span", {}, line("span", "named", layerGap(kind)), times > 1 ? `\u00a0×\u00a0${times}` : "");
    });
  }

  function card(/** @type {Stage} */ stage) {
    const spatial = stage.shape.length === 3;
    const first = unpack(stage.maps);
    const canvases = first.canvases();
    const strip = make("span", { className: spatial ? "strip" : "strip vector" }, ...canvases);
    strip.style.setProperty("--shape", String(first.width / first.height));
    if (!spatial && first.width < stage.shape[0]) tell(strip, "vector", { shown: first.width, of: stage.shape[0] }, "title");
    const { min, max, mean, zeros } = stage.statistics;
    const numbers = Object.entries({ least: twoPlaces(min), most: twoPlaces(max), mean: twoPlaces(mean), zeros: whole(zeros) });
    const words = make("span", { className: "end quiet" });
    const { stage: key, number } = stageWords(stage.name);
    const name = make("span", { className: "name" }, line("span", "named", { name: key }), number);
    const about = make("span", { className: "about" }, name, make("span", { className: "shape quiet" }, stage.shape.join(" × ")),
      make("span", { className: "layers quiet" }, ...layerWords(stage.layers)));
    const facts = make("span", { className: "told" }, histogram(stage),
      make("span", { className: "numbers quiet" }, ...numbers.map(([one, value]) => line("span", `number.${one}`, { value }))), words);
    // A vector has no maps to open.
    const head = spatial ? make("button", { type: "button", onclick: () => toggle(stage) }) : make("div");
    head.className = "head bare";
    head.append(about, strip, facts);
    if (spatial) tell(head, "open", {}, "title");
    return { stage, maps: first, node: make("li", { className: "stage" }, head), head, end: words, canvases };
  }

  // The maps of the stage that is opened: one stop of the Tab key, the arrows walk from map to map.

  /** @type {{button: HTMLButtonElement, canvas: HTMLCanvasElement}[]} */
  let tiles = [];
  const lead = make("p", { className: "quiet", role: "status" });
  const grid = make("div", { className: "maps", role: "group" });
  tell(grid, "maps", {}, "ariaLabel");

  function tile(/** @type {number} */ place) {
    const canvas = make("canvas", { ariaHidden: "true" });
    const button = make("button", {
      type: "button", className: "tile bare", tabIndex: -1, onclick: () => pick(place), onkeydown: (/** @type {KeyboardEvent} */ event) => walk(event, place),
    }, canvas, make("span", { ariaHidden: "true" }, String(place)));
    tell(button, "map", { number: place }, "ariaLabel");
    return { button, canvas };
  }

  function reach(/** @type {number} */ place) {
    for (const [at, { button }] of tiles.entries()) button.tabIndex = at === place ? 0 : -1;
  }

  function walk(/** @type {KeyboardEvent} */ event, /** @type {number} */ place) {
    const across = tiles.filter(({ button }) => button.offsetTop === tiles[0].button.offsetTop).length;
    const way = { ArrowUp: -across, ArrowDown: across, ArrowLeft: -1, ArrowRight: 1, Home: -place, End: tiles.length - 1 - place }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    if (!tiles[place + way]) return;
    reach(place + way);
    tiles[place + way].button.focus();
  }

  /** Ask for what is opened: the maps of the stage, and then the map that is chosen. @param {object} [more] */
  const ask = (more = {}) => network && opened && trigger("select", { of: network.of, stage: opened.name, ...more });

  function pick(/** @type {number | null} */ place) {
    chosen = place;
    for (const [at, { button }] of tiles.entries()) button.ariaPressed = String(at === place);
    if (place === null) return closeMap();
    reach(place);
    panel.hidden = false;
    panel.classList.add("old");
    if (opened) tell(title, "map_of", { map: place, ...stageWords(opened.name) });
    ask({ channel: place });
  }

  function fillStage(/** @type {OpenedStage} */ reply) {
    maps = unpack(reply.maps);
    tell(lead, reply.count > maps.count ? "maps_first" : "maps_all", { of: reply.count, shown: maps.count });
    grid.classList.remove("old");
    if (tiles.length !== maps.count) {
      tiles = Array.from({ length: maps.count }, (_, place) => tile(place));
      grid.replaceChildren(...tiles.map(({ button }) => button));
      reach(0);
    }
    grid.style.setProperty("--shape", String(maps.width / maps.height));
    pick(chosen !== null && chosen < maps.count ? chosen : null); // another picture keeps it
    paint();
  }

  // One map seen large, beside the picture

  const title = make("h3");
  const ways = make("div", { className: "segments", role: "group" }, ...WAYS.map((name) => {
    const button = line("button", `way.${name}`);
    Object.assign(button, { type: "button", value: name, onclick: () => setWay(name) });
    tell(button, `way.${name}.why`, {}, "title");
    return button;
  }));
  const image = make("img", { alt: "" });
  const squares = make("canvas", { ariaHidden: "true" });
  const mark = make("i", { className: "mark", ariaHidden: "true" });
  const screen = make("div", { className: "large", tabIndex: 0, role: "application" }, image, squares, mark);
  const place = make("p", { role: "status", className: "place" });
  const seen = make("img");
  const heat = make("img", { className: "heat", alt: "" });
  const boxes = svg("svg", { preserveAspectRatio: "none", "aria-hidden": "true" });
  const frame = make("div", { className: "frame" }, seen, heat, boxes);
  const [widest, inner] = ["widest", "inner"].map((name) => make("p", { className: `key quiet ${name}` }));
  const box = make("input", { type: "checkbox", onchange: () => showHeat() });
  const facts = make("dl");
  const filter = make("div", { className: "filter" });
  const chain = make("ol", { className: "chain", role: "list" });
  const chainLead = make("p", { className: "quiet" });
  const numbers = make("div", { className: "behind" }, line("h4", "numbers.title"), chainLead, chain);
  const panel = make("div", { className: "map" }, make("div", { className: "map-head tools" }, title, ways),
    make("div", { className: "pictures" },
      make("figure", {}, screen, make("figcaption", {}, place, line("p", "point", {}, "quiet"))),
      make("figure", {}, frame, make("figcaption", {}, widest, inner, make("label", { className: "check" }, box, line("span", "heat")))),
      make("div", {}, facts, filter)),
    numbers);
  const body = make("div", { className: "body" }, lead, grid, panel);
  for (const [node, key] of /** @type {[Element, string][]} */ ([[ways, "way"], [screen, "large"]])) tell(node, key, {}, "ariaLabel");
  tell(seen, "field_alt", {}, "alt");
  let way = WAYS[0];

  function setWay(/** @type {string} */ name) {
    way = name;
    paintLarge();
  }

  function paintLarge() {
    for (const button of ways.querySelectorAll("button")) button.ariaPressed = String(button.value === way);
    if (!large || !maps || !opened) return;
    const inCells = way === "cells" && !ways.hidden;
    squares.hidden = !inCells;
    image.hidden = inCells;
    if (inCells) maps.paint(squares, large.channel, end(maps.peaks[large.channel], opened));
  }

  function fillMap(/** @type {OpenedMap} */ reply) {
    if (!maps) return;
    large = reply;
    const [rows, columns] = reply.size;
    image.src = reply.image;
    screen.style.setProperty("--shape", String(columns / rows));
    ways.hidden = maps.height !== rows || maps.width !== columns; // a map that was made smaller on the way has no cells
    panel.classList.remove("old");
    numbers.hidden = true; // until they are there
    facts.replaceChildren(...STATISTICS.map((name) => {
      const value = reply.statistics[name];
      return make("div", {}, line("dt", `statistic.${name}`), make("dd", {}, name === "zeros" ? whole(value) : figure(value)));
    }));
    filter.replaceChildren(...(reply.filter ? madeBy(reply.filter, reply.stage) : []));
    paintLarge();
    const first = maps.strongest(reply.channel).map((at, axis) => Math.floor(((at + 0.5) * reply.size[axis]) / [maps?.height ?? 1, maps?.width ?? 1][axis]));
    kept = Boolean(kept && at && String(shape) === String(reply.size)); // a cell that was kept stays where it is there, too
    shape = reply.size;
    if (!kept) at = first;
    showMark();
    askCell();
  }

  /** @type {(filter: Filter, stage: string) => HTMLElement[]} */
  function madeBy({ convolution, inputs, slices, values }, stage) {
    const packed = unpack(slices);
    const strongest = Math.max(...packed.peaks);
    const [maker] = convolution.split("."); // a stage without one, such as a pool, has the maps of an earlier one
    const key = inputs === 1 ? "filter_one" : inputs > packed.count ? "filter_first" : "filter";
    const words = line("p", key, { inputs, shown: packed.count, height: packed.height, width: packed.width }, "quiet");
    const head = line("h4", maker === stage ? "filter_here" : "filter_before", stageWords(maker));
    if (values) return [head, words, table(values, strongest)];
    const canvases = packed.canvases();
    for (const [one, canvas] of canvases.entries()) packed.paint(canvas, one, strongest);
    const shown = make("div", { className: "slices" }, ...canvases);
    shown.style.setProperty("--shape", String(packed.width / packed.height));
    return [head, words, shown];
  }

  function closeMap() {
    large = at = null;
    kept = false;
    panel.hidden = true;
  }

  // A cell of it: a mouse that passes shows cells; a click, a finger or an arrow keeps one, another click on it lets
  // go of it: then the mouse can leave for the numbers below.

  /** @type {number[] | null} */
  let at = null; // [row, column]
  let shape = [0, 0]; // of the map
  let kept = false;

  function showMark() {
    mark.hidden = !at;
    mark.classList.toggle("kept", kept);
    if (!at) return;
    const [row, column] = at;
    const [rows, columns] = shape.map((count) => 100 / count);
    Object.assign(mark.style, { top: `${row * rows}%`, left: `${column * columns}%`, height: `${rows}%`, width: `${columns}%` });
  }

  function go(/** @type {number[]} */ next, /** @type {boolean} */ keep) {
    kept = keep;
    const moved = String(next) !== String(at);
    at = next;
    showMark();
    if (moved) askCell();
  }

  function under(/** @type {MouseEvent} */ event) {
    const { top, left, height, width } = screen.getBoundingClientRect();
    const shares = [(event.clientY - top) / height, (event.clientX - left) / width];
    return shares.map((share, axis) => Math.min(shape[axis] - 1, Math.max(0, Math.floor(share * shape[axis]))));
  }

  screen.addEventListener("pointermove", (event) => large && !kept && event.pointerType === "mouse" && go(under(event), false));
  screen.addEventListener("click", (event) => {
    if (!large) return;
    const next = under(event);
    go(next, !(kept && String(next) === String(at)));
  });
  screen.addEventListener("keydown", (event) => {
    const step = arrow(event);
    if (!step || !at) return;
    event.preventDefault();
    const next = at.map((one, axis) => one + step[1 - axis]);
    if (next.every((one, axis) => one >= 0 && one < shape[axis])) go(next, true);
  });

  const askCell = latest(async () => {
    if (!large || !at || !server.cell) return;
    const [about, [row, column]] = [large, at];
    const reply = await server.cell({ of: about.of, stage: about.stage, channel: about.channel, row, column });
    if (large === about && reply) showCell(about, [row, column], reply);
  });

  /** @type {(about: OpenedMap, cell: number[], reply: Cell) => void} */
  function showCell(about, [row, column], reply) {
    const problem = reply.problem ? /** @type {Sentence} */ ([`problem.${reply.problem}`, reply.values ?? {}]) : reply.sentence;
    numbers.hidden = Boolean(problem);
    if (problem) return tell(place, problem);
    tell(place, "cell", { row, column, value: figure(reply.value) });
    drawField(reply);
    const first = network?.stages[0];
    const atInput = about.stage === first?.name && first.layers.filter((kind) => kind === "Conv2d").length === 1;
    tell(chainLead, "numbers.lead", { value: twoPlaces(reply.value) });
    chain.replaceChildren(...reply.layers.map((layer) => {
      const why = layer.kind in TOLD ? `layer.${layer.kind}.why` : layer.inputs === null ? "layer.unknown" : "layer.other";
      const lines = (TOLD[layer.kind] ?? other)(layer, atInput ? network?.size[0] ?? null : null);
      return make("li", {}, line("h5", "named", layerGap(layer.kind)), line("p", why, {}, "quiet"), ...lines);
    }));
  }

  function showHeat() {
    heat.hidden = !box.checked || !heat.src;
  }

  /** The receptive field: dashed what the cell can depend on at all, solid what it does depend on here. @param {Cell} cell */
  function drawField(cell) {
    heat.src = cell.strength;
    showHeat();
    const size = (/** @type {Box} */ [top, left, bottom, right]) => ({ height: bottom - top, width: right - left });
    const rectangle = (/** @type {Box} */ one, /** @type {string} */ name) => svg("rect", { x: one[1], y: one[0], ...size(one), class: name });
    // Dark lines below keep the light ones visible on any picture, and the dashes lie on top: where both
    // rectangles agree, both are to be seen.
    const drawn = /** @type {[Box, string][]} */ ([[cell.inner, "inner"], [cell.widest, "widest"]]).filter(([one]) => one[2] > one[0]);
    boxes.replaceChildren(...drawn.map(([one]) => rectangle(one, "under")), ...drawn.map(([one, name]) => rectangle(one, name)));
    tell(widest, "field_widest", size(cell.widest));
    tell(inner, cell.inner[2] > cell.inner[0] ? "field_inner" : "field_nothing", size(cell.inner));
  }

  // The numbers behind it

  /** Numbers at their places, on the colours of the maps; `marked` is the one that stands out. @type {(rows: number[][], end: number, marked?: number[]) => HTMLElement} */
  function table(rows, end, marked) {
    return make("table", {}, make("tbody", {}, ...rows.map((row, top) => make("tr", {}, ...row.map((value, left) => {
      const cell = make("td", { className: marked && String(marked) === `${top},${left}` ? "marked" : "" }, twoPlaces(value));
      const ground = colour(value / (end || 1));
      cell.style.background = `rgb(${ground.join(" ")})`;
      cell.style.color = inkOn(ground);
      return cell;
    })))));
  }

  /** What may be wider than its place scrolls in a box, by keys as well. @type {(key: string, child: HTMLElement) => HTMLElement} */
  function scrolling(key, child) {
    const node = make("div", { className: "scroll", tabIndex: 0, role: "group" }, child);
    tell(node, key, {}, "ariaLabel");
    return node;
  }

  const formula = (/** @type {string} */ text) => [make("p", { className: "formula" }, text)];

  /** @type {(layer: Layer, inputs: number | null) => HTMLElement[]} */
  function convolution({ output, details }, inputs) {
    const { channels, patches, kernels, products, sums, others, other_channels: rest, bias } = details;
    const ends = [patches, kernels, products].map(most);
    const sign = (/** @type {string} */ text) => make("span", { className: "sign", ariaHidden: "true" }, text);
    const head = ["", "patch", "", "kernel", "", "product", ""].map((key) => line("span", key && `numbers.${key}`, {}, "quiet"));
    const rows = channels.flatMap((/** @type {number} */ channel, /** @type {number} */ one) => {
      const key = inputs === 1 ? "numbers.input" : inputs ? `numbers.${COLOURS[channel] ?? channel}` : "map";
      return [line("span", key, { number: channel }, "quiet"), table(patches[one], ends[0]), sign("×"), table(kernels[one], ends[1]),
        sign("="), table(products[one], ends[2]), make("strong", {}, `Σ ${twoPlaces(sums[one])}`)];
    });
    const terms = sums.map((/** @type {number} */ sum, /** @type {number} */ one) => (one ? term(sum) : twoPlaces(sum))).join(" ");
    const values = { terms, others: term(others), rest, bias: term(bias), output: twoPlaces(output) };
    return [
      ...(rest ? [line("p", "numbers.strongest", { shown: channels.length, all: channels.length + rest }, "quiet")] : []),
      scrolling("numbers.grids", make("div", { className: "products" }, ...head, ...rows)),
      line("p", rest ? "numbers.sum_rest" : "numbers.sum", values, "formula"),
    ];
  }

  /** @type {(layer: Layer) => HTMLElement[]} */
  const other = ({ inputs, output }) => formula(inputs === null ? `→ ${twoPlaces(output)}` : `${twoPlaces(inputs)} → ${twoPlaces(output)}`);
  const from = (/** @type {Layer} */ { inputs }) => twoPlaces(inputs ?? 0);

  /** @type {Record<string, (layer: Layer, inputs: number | null) => HTMLElement[]>} */
  const TOLD = {
    Conv2d: convolution,
    BatchNorm2d: (layer) => {
      const { mean, std, scale: factor, shift } = layer.details;
      return formula(`(${from(layer)} ${term(-mean)}) ÷ ${twoPlaces(std)} × ${bracketed(factor)} ${term(shift)} = ${twoPlaces(layer.output)}`);
    },
    ReLU: (layer) => formula(`max(0, ${from(layer)}) = ${twoPlaces(layer.output)}`),
    ReLU6: (layer) => formula(`min(6, max(0, ${from(layer)})) = ${twoPlaces(layer.output)}`),
    MaxPool2d: ({ output, details: { window: values, place: best } }) => [
      scrolling("layer.MaxPool2d", table(values, most(values), best)), ...formula(`→ ${twoPlaces(output)}`)],
    Residual: (layer) => formula(`${from(layer)} ${term(layer.details.body)} = ${twoPlaces(layer.output)}`),
  };

  // What is opened

  function open(/** @type {Stage} */ stage) {
    if (stage.name !== opened?.name) {
      tiles = [];
      grid.replaceChildren();
      chosen = maps = null;
      closeMap();
      tell(lead, "working");
    }
    opened = stage;
    const card = cards.find((one) => one.stage === stage);
    if (card && body.parentNode !== card.node) card.node.append(body);
    grid.classList.add("old");
    markOpened();
    ask();
  }

  function close() {
    opened = maps = chosen = null;
    tiles = [];
    grid.replaceChildren();
    closeMap();
    body.remove();
    markOpened();
  }

  function markOpened() {
    for (const { node, head, stage } of cards) {
      node.classList.toggle("opened", stage === opened);
      if (stage.shape.length === 3) head.ariaExpanded = String(stage === opened);
    }
  }

  const toggle = (/** @type {Stage} */ stage) => (opened === stage ? close() : open(stage));

  // The head of a card that has the focus keeps it: its card is filled anew.
  function show(/** @type {Network} */ value) {
    const focused = cards.findIndex(({ head }) => head === document.activeElement);
    network = value;
    const [, height, width] = value.size;
    seen.src = value.picture;
    frame.style.setProperty("--shape", String(width / height));
    frame.classList.toggle("tiny", Math.max(height, width) < 100);
    boxes.setAttribute("viewBox", `0 0 ${width} ${height}`);
    cards = value.stages.map(card);
    list.replaceChildren(...cards.map(({ node }) => node));
    cards[focused]?.head.focus();
    const same = cards.find(({ stage }) => stage.name === opened?.name && stage.shape.length === 3)?.stage;
    if (same) open(same);
    else close();
    choose(scale);
  }

  function draw() {
    const { value } = props;
    element.classList.remove("old");
    if (!value) {
      network = null;
      cards = [];
      list.replaceChildren();
      close();
    } else if (value.kind === "network") show(value);
    else if (value.kind === "says") {
      tell(lead, value.sentence);
      grid.classList.remove("old");
    } else if (value.of !== network?.of || value.stage !== opened?.name) return; // of what stood here before
    else if (value.kind === "stage") fillStage(value);
    else if (value.channel === chosen) fillMap(value);
  }

  for (const name of KINDS) {
    const button = line("button", `scale.${name}`);
    Object.assign(button, { type: "button", value: name, onclick: () => choose(name) });
    kinds.append(button);
  }
  tell(kinds, "scale", {}, "ariaLabel");
  tell(list, "stages", {}, "ariaLabel");
  tell(find(element, ".title"), "stages");
  tell(find(element, ".lead"), "stages_lead");
  // Somebody knows before Python does that another picture is on its way.
  hear(element, "say", ({ busy }) => element.classList.toggle("old", busy));
  watch("value", draw);
  choose(scale);
  draw();
}
