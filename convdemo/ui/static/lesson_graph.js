// A small computation graph, walked through node by node: forward for the values, backward for the
// gradients, each the local derivative times what comes in.
(() => {
  const { make, retell } = convdemo;
  const { figure, bracketed, named } = convdemo.lessonText;
  const NAMES = ["logistic", "product", "network", "softmax"];
  // Column and row of each node; on a narrow page the graph runs down instead.
  const PLACES = {
    product: { x: [0, 0], y: [0, 1], z: [1, 1.5], p: [1, 0.5], f: [2, 1] },
    logistic: { w: [0, 0], x: [0, 1], b: [0, 2], s: [1, 1], p: [2, 0.5], y: [2, 1.6], L: [3, 1] },
    network: {
      w1: [0, 0], b1: [0, 1], x: [0, 2], w2: [0, 3], b2: [0, 4], s1: [1, 0.8], s2: [1, 3.2], v1: [2, 0], h1: [2, 1], c: [2, 2], h2: [2, 3], v2: [2, 4],
      o: [3, 1.5], y: [3, 2.7], L: [4, 2],
    },
    softmax: { s1: [0, 0], s2: [0, 1], s3: [0, 2], e1: [1, 0], e2: [1, 1], e3: [1, 2], S: [2, 1.4], p1: [3, 0.4], p2: [3, 0.4], L: [4, 0.9] },
  };
  // The way from the third score passes below the sum.
  const THIRD = { ...PLACES.softmax, S: [2, 0.6], p3: [3, 1.6], L: [4, 1.1] };
  const NARROW = 560;

  // What a node computes, in letters and with numbers put in.
  const pairs = (inputs, write) => {
    const factors = inputs.slice(0, -1);
    const products = [];
    for (let place = 0; place < factors.length; place += 2) products.push(`${write(factors[place])}·${write(factors[place + 1])}`);
    return [...products, write(inputs.at(-1))].join(" + ");
  };
  const WRITTEN = {
    multiply: ([one, other], write) => `${write(one)}·${write(other)}`,
    add: (inputs, write) => inputs.map(write).join(" + "),
    linear: pairs,
    sigmoid: ([one], write) => `1 / (1 + e^(−${write(one)}))`,
    relu: ([one], write) => `max(0, ${write(one)})`,
    exp: ([one], write) => `e^${write(one)}`,
    divide: ([one, other], write) => `${write(one)} / ${write(other)}`,
    negative_log: ([one], write) => `−ln ${write(one)}`,
    cross_entropy: ([share, target], write) => `−(${write(target)}·ln ${write(share)} + (1 − ${write(target)})·ln(1 − ${write(share)}))`,
    squared_error: ([output, target], write) => `(${write(output)} − ${write(target)})²`,
  };

  // The drawing: one stop of the Tab key, the arrows go from node to node. `onPick` gets the name of the node
  // that is clicked or has the focus.
  function drawing(root, onPick) {
    const plot = make("svg", { class: "cd-graph", role: "group", "data-say-label": "lessons.graph.plot" });
    root.append(plot);
    let shown = null;
    let width = 0;
    let centers = new Map();

    const nodeOf = (target) => target?.closest?.("[data-node]")?.dataset.node;
    const go = (name) => plot.querySelector(`[data-node="${name}"]`)?.focus({ preventScroll: true });

    // The nearest node in a direction; what lies off to the side counts as farther away.
    function beside(name, [right, down]) {
      const [x, y] = centers.get(name);
      let best = [Infinity, name];
      for (const [other, [h, v]] of centers) {
        const ahead = (h - x) * right + (v - y) * down;
        const aside = Math.abs((h - x) * down) + Math.abs((v - y) * right);
        if (ahead > 8 && ahead + 2 * aside < best[0]) best = [ahead + 2 * aside, other];
      }
      return best[1];
    }

    // Not on the plot itself: what listens for the focus in an SVG becomes a stop of the Tab key in Chromium.
    root.addEventListener("focusin", ({ target }) => nodeOf(target) && onPick(nodeOf(target)));
    plot.addEventListener("keydown", (event) => {
      const name = nodeOf(event.target);
      if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      const names = [...centers.keys()];
      const to = way ? beside(name, way) : { Home: names[0], End: names.at(-1), Enter: name, " ": name }[event.key];
      if (!to) return;
      event.preventDefault();
      if (to === name) onPick(name);
      else go(to);
    });

    function draw() {
      if (!width || !shown) return;
      const { name, nodes, values, gradients, current, targets } = shown;
      const places = nodes.some((node) => node.name === "p3") ? THIRD : PLACES[name];
      const down = width < NARROW;
      const most = [0, 1].map((axis) => Math.max(...Object.values(places).map((place) => place[axis])));
      const [columns, rows] = down ? [most[1], most[0]] : most;
      const box = { width: Math.min(112, (width - 8 - 6 * columns) / (columns + 1)), height: 62 };
      const height = (rows + 1) * (down ? 96 : 82);
      const center = (one) => {
        const [h, v] = down ? [places[one][1], places[one][0]] : places[one];
        return [4 + box.width / 2 + (columns ? (h / columns) * (width - 8 - box.width) : 0), box.height / 2 + 4 + v * ((height - box.height - 8) / (rows || 1))];
      };
      const focused = nodeOf(plot.contains(document.activeElement) ? document.activeElement : null);
      const stop = current ?? nodes[0].name;
      centers = new Map(nodes.map((node) => [node.name, center(node.name)]));
      plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
      plot.setAttribute("height", height);
      // What a node's gradient is put together from stands on the ways that it comes.
      const local = ({ reader, local: one }, from) => {
        const [[x1, y1], [x2, y2]] = [center(from), center(reader)];
        return make("text", { class: "cd-edge-local", x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 4, "text-anchor": "middle" }, `×${figure(one)}`);
      };
      const told = nodes.find((node) => node.name === current && gradients.has(current));
      const edges = nodes.flatMap((node) => node.arrivals.map(({ reader, local }) => [node.name, reader, local]));
      plot.replaceChildren(
        ...edges.map(([from, to]) => {
          const [[x1, y1], [x2, y2]] = [center(from), center(to)];
          return make("line", { class: `cd-edge ${current === to || (current === from && gradients.has(from)) ? "cd-edge-now" : ""}`, x1, y1, x2, y2 });
        }),
        ...(told ? told.arrivals.map((arrival) => local(arrival, told.name)) : []),
        ...nodes.map((node) => boxed(node)));
      if (focused) go(focused);

      function boxed({ name: one, operation, value, gradient }) {
        const [x, y] = center(one);
        const kind = operation ? "cd-node" : targets.includes(one) ? "cd-node cd-node-target" : "cd-node cd-node-input";
        const number = (text, place, of) => make("text", { x, y: y + place, "text-anchor": "middle", class: of }, text);
        const shownValue = values.has(one) ? figure(value) : "·";
        const shownGradient = gradients.has(one) ? `∂ ${figure(gradient)}` : "";
        const label = [named(one), shownValue, shownGradient].join(" ").trim();
        const attributes = { role: "button", tabindex: one === stop ? 0 : -1, "aria-pressed": one === current, "aria-label": label };
        return make("g", { class: `${kind} ${one === current ? "cd-node-now" : ""}`, "data-node": one, onclick: () => onPick(one), ...attributes },
          make("rect", { class: "cd-node-ring", x: x - box.width / 2 - 3, y: y - box.height / 2 - 3, width: box.width + 6, height: box.height + 6, rx: 11 }),
          make("rect", { x: x - box.width / 2, y: y - box.height / 2, width: box.width, height: box.height, rx: 8 }),
          number(named(one), -13, "cd-node-name"), " ",
          number(shownValue, 5, "cd-node-value"), " ",
          number(shownGradient, 22, "cd-node-gradient"));
      }
    }

    new ResizeObserver(([{ contentRect }]) => {
      width = Math.round(contentRect.width);
      draw();
    }).observe(plot);
    return { show: (next) => { shown = next; draw(); } };
  }

  convdemo.lessonGraph = (root, { server }) => {
    let given = null; // the values of the inputs, null for those that the graph begins with
    let reply = null;
    let at = Infinity; // how many steps have been taken
    let picked = null;
    let fieldsOf = "";

    const lesson = convdemo.lesson(root, "graph", {
      server, serve: "graph", show,
      payload: () => ({ graph: graphs.select.value, ...(given && { values: given }), ...(graphs.select.value === "softmax" && { class: Number(classes.select.value) }) }),
    });
    const graphs = convdemo.lessonPicker("lessons.graph.which", NAMES.map((name) => [name, `lessons.graph.${name}`]), () => {
      given = null;
      at = Infinity;
      picked = null;
      classes.field.hidden = graphs.select.value !== "softmax";
      lesson.ask();
    });
    const classes = convdemo.lessonPicker("lessons.graph.true", [1, 2, 3].map((number) => [number, "lessons.graph.class", { number }]), () => {
      picked = null;
      lesson.ask();
    });
    classes.field.hidden = true;
    const fields = make("div", { class: "cd-lesson-fields" });
    lesson.controls.append(graphs.field, classes.field, fields);

    const button = (name, go) => convdemo.lessonButton(`lessons.graph.${name}`, () => step(go()), { "data-step": name });
    const buttons = [button("first", () => 0), button("back", () => at - 1), button("next", () => at + 1), button("last", () => Infinity)];
    const box = make("div");
    const where = make("p", { class: "cd-quiet cd-lesson-number", role: "status", "data-role": "where" });
    const sentence = make("p", { class: "cd-formula cd-graph-told", "data-role": "told" });
    const chain = make("p", { class: "cd-formula cd-graph-told", "data-role": "chain" });
    const rows = make("div");
    lesson.stage.append(make("div", { class: "cd-toolbar cd-graph-steps" }, ...buttons), where, box, sentence, chain,
      make("p", { class: "cd-quiet", "data-say": "lessons.graph.legend" }),
      make("details", { class: "cd-fold" }, make("summary", { "data-say": "lessons.graph.table" }), make("div", { class: "cd-fold-content" }, rows)));
    const picture = drawing(box, (name) => {
      if (picked === name) return; // the focus, which comes back after drawing
      picked = name;
      redraw();
    });

    // Forward through the operations, then backward through all nodes.
    const forward = () => reply.nodes.filter(({ operation }) => operation);
    const backward = () => [...reply.nodes].reverse();
    const all = () => forward().length + reply.nodes.length;

    function step(to) {
      if (!reply) return;
      at = Math.max(0, Math.min(all(), to));
      picked = null;
      redraw();
    }

    function redraw() {
      const computed = forward().slice(0, at);
      const derived = backward().slice(0, Math.max(0, at - forward().length));
      const current = picked ?? derived.at(-1)?.name ?? computed.at(-1)?.name ?? null;
      const values = new Set(reply.nodes.filter(({ operation }) => !operation).concat(computed).map(({ name }) => name));
      const gradients = new Set(derived.map(({ name }) => name));
      picture.show({ name: reply.graph, nodes: reply.nodes, targets: reply.targets, values, gradients, current });
      buttons[0].disabled = buttons[1].disabled = at === 0;
      buttons[2].disabled = buttons[3].disabled = at === all();
      const way = derived.length ? "backward" : "forward";
      retell(where, at === 0 ? "lessons.graph.at_start" : `lessons.graph.${way}`, derived.length ? { step: derived.length, of: reply.nodes.length } : { step: computed.length, of: forward().length });
      const node = reply.nodes.find(({ name }) => name === current);
      sentence.textContent = node && values.has(current) ? value(node) : "";
      chain.textContent = node && gradients.has(current) ? gradient(node) : "";
    }

    const known = (name) => reply.nodes.find((node) => node.name === name);
    const last = () => named(reply.nodes.at(-1).name);

    function value({ name, operation, inputs, value: result }) {
      if (!operation) return `${named(name)} = ${figure(result)}`;
      const letters = WRITTEN[operation](inputs, named);
      return `${named(name)} = ${letters} = ${WRITTEN[operation](inputs, (one) => bracketed(known(one).value))} = ${figure(result)}`;
    }

    function gradient({ name, arrivals, gradient: result }) {
      const one = named(name);
      if (!arrivals.length) return `∂${one}/∂${one} = 1`;
      const letters = arrivals.map(({ reader }) => `∂${named(reader)}/∂${one} · ∂${last()}/∂${named(reader)}`).join(" + ");
      const numbers = arrivals.map(({ local, incoming }) => `${bracketed(local)} · ${bracketed(incoming)}`).join(" + ");
      return `∂${last()}/∂${one} = ${letters} = ${numbers} = ${figure(result)}`;
    }

    function offerInputs() {
      if (fieldsOf === reply.graph) return;
      fieldsOf = reply.graph;
      fields.replaceChildren(...Object.entries(reply.inputs).map(([name, { value: start, low, high }]) => convdemo.lessonField({
        key: `|${named(name)}`, low, high, value: start,
        onChange: (next) => {
          given = { ...Object.fromEntries(Object.entries(reply.inputs).map(([one, { value: kept }]) => [one, kept])), ...given, [name]: next };
          lesson.ask();
        },
      }).field));
    }

    function show(next) {
      reply = next;
      at = Math.min(at, all());
      offerInputs();
      redraw();
      rows.replaceChildren(convdemo.lessonTable("lessons.graph.table", [["lessons.graph.node"], ["lessons.graph.value"], ["lessons.graph.chain"], ["lessons.graph.gradient"]],
        reply.nodes.map((node) => [named(node.name), value(node), node.arrivals.map(({ local, incoming }) => `${bracketed(local)} · ${bracketed(incoming)}`).join(" + ") || "1", figure(node.gradient)])));
    }

    lesson.ask();
    return lesson.ask;
  };
})();
