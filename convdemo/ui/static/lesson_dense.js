// Dense against convolution: a picture is moved and both outputs watched; below, what both weigh.
(() => {
  const { make, tell, retell, grouped } = convdemo;
  const { figure, powerOfTen } = convdemo.lessonText;
  const SIDE = 12;
  const FARTHEST = 4;
  const KERNELS = ["sobel_x", "sobel_y", "blur", "sharpen", "laplacian", "identity"];

  // The small picture: cells that are drawn on with pointer or keys. `onEdit` gets the place of a cell
  // and what it is to be.
  function pad(onEdit) {
    const cells = [...Array(SIDE * SIDE).keys()].map((place) => make("rect", {
      x: place % SIDE, y: Math.floor(place / SIDE), width: 1.02, height: 1.02,
    }));
    const cursor = make("rect", { class: "cd-cursor", width: 1, height: 1 });
    const node = make("svg", { class: "cd-lesson-pad", viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: "0", role: "img", "data-say-label": "lessons.dense.pad" }, ...cells, cursor);
    let at = 0;
    let ink = null; // what the pointer draws while it is down
    let values = [];

    function go(place) {
      at = place;
      cursor.setAttribute("x", place % SIDE);
      cursor.setAttribute("y", Math.floor(place / SIDE));
    }

    function under({ clientX, clientY }) {
      const box = node.getBoundingClientRect();
      const [column, row] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height].map((share) => Math.floor(share * SIDE));
      return Math.min(column, row) >= 0 && Math.max(column, row) < SIDE ? row * SIDE + column : null;
    }

    function draw(event) {
      const place = under(event);
      if (place === null) return;
      ink ??= values[place] > 0 ? 0 : 1;
      go(place);
      if (values[place] !== ink) onEdit(place, ink);
    }

    node.addEventListener("pointerdown", (event) => {
      node.setPointerCapture(event.pointerId);
      draw(event);
    });
    node.addEventListener("pointermove", (event) => ink !== null && draw(event));
    for (const name of ["pointerup", "pointercancel"]) node.addEventListener(name, () => (ink = null));
    convdemo.lessonArrows(node, (down, right) => {
      const [row, column] = [Math.floor(at / SIDE) + down, (at % SIDE) + right];
      if (Math.min(row, column) >= 0 && Math.max(row, column) < SIDE) go(row * SIDE + column);
    });
    node.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      onEdit(at, values[at] > 0 ? 0 : 1);
    });

    function show(next) {
      values = next;
      cells.forEach((cell, place) => cell.setAttribute("fill-opacity", next[place]));
    }

    go(0);
    return { node, show };
  }

  // Buttons with arrows; the arrow keys do the same while one of them has the focus.
  function movers(move) {
    const ways = [["up", "↑", -1, 0], ["left", "←", 0, -1], ["back", "•", 0, 0], ["right", "→", 0, 1], ["down", "↓", 1, 0]];
    const node = make("div", { class: "cd-movers", role: "group", "data-say-label": "lessons.dense.move" }, ...ways.map(([name, sign, down, right]) =>
      make("button", { type: "button", class: `cd-icon cd-move-${name}`, "data-say-label": `lessons.dense.${name}`, "data-say-tip": `lessons.dense.${name}`, onclick: () => move(down, right) }, sign)));
    convdemo.lessonArrows(node, move);
    return node;
  }

  // An output as coloured cells, with what is to be said about it.
  function figureOf(key, canvas, lines) {
    return make("figure", { class: "cd-lesson-figure" }, make("figcaption", { "data-say": key }), canvas, ...lines);
  }

  function output(name) {
    const canvas = make("canvas", { width: SIDE, height: SIDE, role: "img", "data-say-label": `lessons.dense.${name}` });
    const [low, high] = [make("span"), make("span")];
    const difference = make("strong", { class: "cd-lesson-number", "data-figure": name });
    const differing = make("span", { class: "cd-lesson-number", "data-cells": name });
    const scale = make("p", { class: "cd-scale-legend cd-lesson-scale" }, low, make("i", { "aria-hidden": "true" }), high);
    const lines = [scale,
      make("p", {}, make("span", { class: "cd-quiet", "data-say": "lessons.dense.largest" }), " ", difference),
      make("p", {}, make("span", { class: "cd-quiet", "data-say": "lessons.dense.differing" }), " ", differing)];

    function show({ after, peak, largest, differing: count }, cells) {
      const screen = canvas.getContext("2d");
      after.flat().forEach((value, place) => {
        screen.fillStyle = convdemo.ground(value / (peak || 1)).match(/rgb\([^)]*\)/)[0];
        screen.fillRect(place % SIDE, Math.floor(place / SIDE), 1, 1);
      });
      low.textContent = figure(-peak, 1);
      high.textContent = figure(peak, 1);
      difference.textContent = figure(largest < 1e-9 ? 0 : largest);
      tell(differing, "lessons.dense.cells", { count, cells });
    }

    return { node: figureOf(`lessons.dense.${name}`, canvas, lines), show };
  }

  function weights(root) {
    const title = make("h3", { "data-say": "lessons.dense.weights" });
    const box = make("div", { class: "cd-lesson-split" });
    const chartBox = make("div");
    const tableBox = make("div");
    const words = make("p", { class: "cd-quiet" });
    box.append(chartBox, tableBox);
    root.append(title, words, box);
    const chart = convdemo.lessonChart(chartBox, { alt: "lessons.dense.chart", across: "lessons.dense.side" });

    return ({ costs }) => {
      const lines = ["convolution", "units", "dense"].map((name) => ({
        key: `lessons.dense.line.${name}`, dots: true, points: costs.map((one) => [one.side, one[name]]),
      }));
      const most = Math.max(...costs.flatMap(({ dense, units }) => [dense, units]));
      const powers = [...Array(Math.ceil(Math.log10(most)) + 1).keys()].filter((power) => power % 3 === 0);
      chart.show({
        lines, logX: true, logY: true, x: [25, 570], y: [1, 10 ** Math.ceil(Math.log10(most))],
        ticksX: costs.map(({ side }) => [side, side]), ticksY: powers.map((power) => [10 ** power, power < 6 ? grouped(10 ** power) : powerOfTen(power)]),
      });
      tableBox.className = "cd-lesson-figures-table";
      tableBox.replaceChildren(convdemo.lessonTable("lessons.dense.weights", [["lessons.dense.side_short"], ...lines.map(({ key }) => [key])],
        costs.map((one) => [String(one.side), grouped(one.convolution), grouped(one.units), grouped(one.dense)])));
      const last = costs.at(-1);
      tell(words, "lessons.dense.times", { side: last.side, times: grouped(Math.round(last.dense / last.convolution)) });
    };
  }

  convdemo.lessonDense = (root, { server, props }) => {
    let picture = [...props.shapes.seven];
    let [down, right] = [1, 2];
    let kernel = KERNELS[0];
    let shown = null;

    const lesson = convdemo.lesson(root, "dense", {
      server, serve: "dense", show,
      payload: () => ({ picture, kernel, down, right, seed: seed.value, size: size.value, filters: filters.value, channels: channels.value }),
    });
    const field = (name, high, value, low = 1) => convdemo.lessonField({ key: `lessons.dense.${name}`, low, high, step: 1, value, onChange: () => lesson.ask() });
    const [size, filters, channels] = [field("size", 11, 3), field("filters", 64, 1), field("channels", 64, 1)];
    const seed = field("seed", 9999, 0, 0);

    const input = pad((place, value) => {
      picture = [...shown];
      [down, right] = [0, 0];
      picture[place] = value;
      lesson.ask();
    });
    const shapes = convdemo.lessonPicker("lessons.dense.shape", Object.keys(props.shapes).map((name) => [name, `lessons.shape.${name}`]), (name) => {
      picture = [...props.shapes[name]];
      lesson.ask();
    });
    const kernels = convdemo.lessonPicker("lessons.dense.kernel", KERNELS.map((name) => [name, `lessons.kernel.${name}`]), (name) => {
      kernel = name;
      lesson.ask();
    });

    function move(toDown, toRight) {
      const wanted = toDown || toRight ? [down + toDown, right + toRight] : [0, 0];
      if (wanted.some((one) => Math.abs(one) > FARTHEST)) return;
      [down, right] = wanted;
      lesson.ask();
    }

    const moved = make("p", { class: "cd-quiet cd-lesson-number", role: "status", "data-role": "moved" });
    lesson.controls.append(shapes.field, kernels.field, make("div", { class: "cd-field" }, make("span", { "data-say": "lessons.dense.move" }), movers(move)), moved,
      convdemo.lessonMore(seed.field));
    const [convolved, full] = [output("convolution"), output("dense")];
    const verdict = make("p", { class: "cd-words", "data-role": "verdict" });
    lesson.stage.append(
      make("div", { class: "cd-lesson-figures" }, figureOf("lessons.dense.input", input.node, [make("p", { class: "cd-quiet", "data-say": "lessons.dense.draw" })]), convolved.node, full.node),
      make("p", { class: "cd-quiet", "data-say": "lessons.dense.measure" }), verdict);
    const costs = make("div", { class: "cd-lesson-costs" });
    lesson.below.prepend(costs);
    const table = weights(costs);
    costs.querySelector("p").after(make("div", { class: "cd-lesson-fields" }, size.field, filters.field, channels.field));

    function show(reply) {
      shown = reply.moved.flat();
      input.show(shown);
      convolved.show(reply.convolution, reply.cells);
      full.show(reply.dense, reply.cells);
      const still = down === 0 && right === 0;
      retell(moved, "lessons.dense.moved", { down: String(down).replace("-", "−"), right: String(right).replace("-", "−") });
      tell(verdict, `lessons.dense.${still ? "still" : reply.convolution.differing ? "edge" : "follows"}`, { count: reply.dense.differing, cells: reply.cells });
      table(reply);
    }

    lesson.ask();
    return lesson.ask;
  };
})();
