/**
 * @typedef {{name: string, place: [number, number], value: string, gradient: string, told: string, chain: string,
 *   arrivals: [string, string][], kind: "input" | "target" | "step", bounds: [number, number] | null, typed: number}} GraphNode
 * @typedef {{name: string, nodes: GraphNode[]}} NodeGraph
 */

const NARROW = 560; // pixels: here a graph runs down

/** w1 as it is printed in books. @type {(name: string) => string} */
const named = (name) => name.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]);

/** @type {import("../shared.js").Mount<NodeGraph>} */
export function mount({ element, props, trigger, watch }, { arrow, find, make, onLanguage, speaker, svg }) {
  const say = speaker(props.words);
  const [fields, wrong, steps, where, told, chain, legend] =
    [".fields", ".wrong", ".steps", ".where", ".told", ".chain", ".legend"].map((one) => find(element, one));
  const plot = /** @type {SVGElement} */ (element.querySelector(".graph"));
  /** @type {NodeGraph} */
  let graph = { name: "", nodes: [] };
  let at = Infinity; // how many steps have been taken
  /** @type {string | null} */
  let picked = null;
  let width = 0;
  /** @type {Map<string, number[]>} */
  let centers = new Map();

  // Forward through what is computed, then backward through all nodes.
  const forward = () => graph.nodes.filter(({ kind }) => kind === "step");
  const all = () => forward().length + graph.nodes.length;
  const known = (/** @type {string | null} */ name) => graph.nodes.find((node) => node.name === name);

  const moves = { first: () => 0, back: () => at - 1, next: () => at + 1, last: () => Infinity };
  const buttons = Object.entries(moves).map(([name, to]) => {
    const button = make("button", { type: "button", onclick: () => walk(to()) });
    button.dataset.step = name;
    return button;
  });
  steps.append(...buttons);

  /** @param {number} to */
  function walk(to) {
    at = Math.max(0, Math.min(all(), to));
    picked = null;
    draw();
  }

  /** @param {string} name */
  function pick(name) {
    if (picked === name) return; // the focus, which comes back after drawing
    picked = name;
    draw();
  }

  /** @param {GraphNode} node */
  function field({ name, bounds, typed }) {
    const [low, high] = bounds ?? [0, 0];
    const input = make("input", { type: "number", min: String(low), max: String(high), step: "0.1", value: String(typed), inputMode: "decimal" });
    input.dataset.name = name;
    input.addEventListener("input", () => {
      const number = Number(input.value);
      const fits = input.value !== "" && number >= low && number <= high;
      input.ariaInvalid = String(!fits);
      wrong.textContent = fits ? "" : say("bounds", { name: named(name), low: String(low).replace("-", "−"), high });
      const inputs = [...fields.querySelectorAll("input")];
      if (inputs.some((one) => one.ariaInvalid === "true")) return;
      const given = new Map(inputs.map((one) => [one.dataset.name, Number(one.value)]));
      props.value = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, typed: given.get(node.name) ?? node.typed })) };
      trigger("input");
    });
    return make("label", {}, named(name), input);
  }

  const nodeOf = (/** @type {EventTarget | null} */ target) => {
    const node = target instanceof Element ? target.closest("[data-node]") : null;
    return node?.getAttribute("data-node") ?? null;
  };
  const go = (/** @type {string} */ name) => /** @type {SVGElement | null} */ (plot.querySelector(`[data-node="${name}"]`))?.focus({ preventScroll: true });

  /** The nearest node in a direction; what lies off to the side counts as farther away. @type {(name: string, way: number[]) => string} */
  function beside(name, [right, down]) {
    const [x, y] = centers.get(name) ?? [0, 0];
    let [best, nearest] = [name, Infinity];
    for (const [other, [h, v]] of centers) {
      const ahead = (h - x) * right + (v - y) * down;
      const far = ahead + 2 * Math.abs((h - x) * down + (v - y) * -right);
      if (ahead > 8 && far < nearest) [best, nearest] = [other, far];
    }
    return best;
  }

  // Not on the plot itself: what listens for the focus in an SVG becomes a stop of the Tab key in Chromium.
  element.addEventListener("focusin", ({ target }) => {
    const name = nodeOf(target);
    if (name) pick(name);
  });
  plot.addEventListener("keydown", (event) => {
    const name = nodeOf(event.target);
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = arrow(event);
    const names = [...centers.keys()];
    const to = way ? beside(name, way) : { Home: names[0], End: names[names.length - 1], Enter: name, " ": name }[event.key];
    if (!to) return;
    event.preventDefault();
    if (to === name) pick(name);
    else go(to);
  });

  function draw() {
    buttons.forEach((button) => (button.textContent = say(/** @type {string} */ (button.dataset.step))));
    legend.textContent = say("legend");
    plot.setAttribute("aria-label", say("graph"));
    const computed = forward().slice(0, at);
    const derived = [...graph.nodes].reverse().slice(0, Math.max(0, at - forward().length));
    const current = picked ?? derived.at(-1)?.name ?? computed.at(-1)?.name ?? null;
    const values = new Set([...graph.nodes.filter(({ kind }) => kind !== "step"), ...computed].map(({ name }) => name));
    const gradients = new Set(derived.map(({ name }) => name));
    buttons.forEach((button, place) => (button.disabled = place < 2 ? at === 0 : at === all()));
    const place = derived.length ? say("backward", { step: derived.length, of: graph.nodes.length }) : say("forward", { step: computed.length, of: forward().length });
    where.textContent = at === 0 ? say("start") : place;
    const node = known(current);
    told.textContent = node && values.has(node.name) ? node.told : "";
    chain.textContent = node && gradients.has(node.name) ? node.chain : "";
    if (width && graph.nodes.length) plotted(current, values, gradients);
  }

  /** @type {(current: string | null, values: Set<string>, gradients: Set<string>) => void} */
  function plotted(current, values, gradients) {
    const down = width < NARROW;
    const places = graph.nodes.map(({ place: [column, row] }) => (down ? [row, column] : [column, row]));
    const [columns, rows] = [0, 1].map((axis) => Math.max(...places.map((place) => place[axis])));
    const box = { width: Math.min(112, (width - 8 - 6 * columns) / (columns + 1)), height: 62 };
    const height = (rows + 1) * (down ? 96 : 82);
    centers = new Map(graph.nodes.map(({ name }, at) => [name, [
      4 + box.width / 2 + (columns ? (places[at][0] / columns) * (width - 8 - box.width) : 0),
      4 + box.height / 2 + places[at][1] * ((height - box.height - 8) / (rows || 1))]]));
    const center = (/** @type {string} */ name) => centers.get(name) ?? [0, 0];
    const focused = nodeOf(plot.contains(document.activeElement) ? document.activeElement : null);
    const stop = current ?? graph.nodes[0].name;
    plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    plot.setAttribute("height", String(height));
    const shown = known(current);

    /** @param {GraphNode} node */
    function boxed({ name, kind, value, gradient }) {
      const [x, y] = center(name);
      const text = (/** @type {string} */ said, /** @type {number} */ below, /** @type {string} */ look) =>
        svg("text", { x, y: y + below, "text-anchor": "middle", class: look }, `${said} `); // apart from the next: together they are its name
      const texts = [named(name), values.has(name) ? value : "·", gradients.has(name) ? `∂ ${gradient}` : ""];
      const node = svg("g", { class: `node ${kind} ${name === current ? "now" : ""}`, "data-node": name, role: "button", tabindex: name === stop ? 0 : -1, "aria-pressed": String(name === current) },
        svg("rect", { class: "ring", x: x - box.width / 2 - 3, y: y - box.height / 2 - 3, width: box.width + 6, height: box.height + 6, rx: 11 }),
        svg("rect", { class: "box", x: x - box.width / 2, y: y - box.height / 2, width: box.width, height: box.height, rx: 8 }),
        text(texts[0], -13, "name"), text(texts[1], 5, "value"), text(texts[2], 22, "gradient"));
      node.addEventListener("click", () => pick(name));
      return node;
    }

    plot.replaceChildren(
      ...graph.nodes.flatMap(({ name, arrivals }) => arrivals.map(([reader]) => {
        const [[x1, y1], [x2, y2]] = [center(name), center(reader)];
        return svg("line", { class: `edge ${current === reader || (current === name && gradients.has(name)) ? "now" : ""}`, x1, y1, x2, y2 });
      })),
      // What a node's gradient is put together from stands on the ways that it comes.
      ...(shown && gradients.has(shown.name) ? shown.arrivals : []).map(([reader, local]) => {
        const [[x1, y1], [x2, y2]] = [center(stop), center(reader)];
        return svg("text", { class: "local", x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 4, "text-anchor": "middle" }, `×${local}`);
      }),
      ...graph.nodes.map(boxed));
    if (focused) go(focused);
  }

  function show() {
    const next = props.value || { name: "", nodes: [] };
    const given = next.nodes.filter(({ bounds }) => bounds);
    const same = next.name === graph.name;
    graph = next;
    if (!same) {
      [at, picked] = [Infinity, null];
      wrong.textContent = "";
      fields.replaceChildren(...given.map(field));
    }
    at = Math.min(at, all());
    if (!known(picked)) picked = null;
    draw();
  }

  new ResizeObserver(([{ contentRect }]) => {
    width = Math.round(contentRect.width);
    draw();
  }).observe(plot);
  watch("value", show);
  onLanguage(element, draw);
  show();
}
