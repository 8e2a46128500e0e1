// One neuron: inputs, weights and a bias, their sum, an activation with its curve and slope; and softmax.
(() => {
  const { make, tell } = convdemo;
  const { figure, bracketed } = convdemo.lessonText;
  const ACTIVATIONS = ["relu", "sigmoid", "tanh"];

  function neuron(root, server) {
    const lesson = convdemo.lesson(root, "neuron", {
      server, serve: "neuron", show,
      payload: () => ({ inputs: rows.map(({ x }) => x.value), weights: rows.map(({ w }) => w.value), bias: bias.value, activation: activation.value }),
    });
    const field = (key, values, value) => convdemo.lessonField({ key, values, low: -5, high: 5, value, onChange: () => lesson.ask() });
    const rows = [[1, 0.8], [0.5, -1.2]].map(([x, w], place) => ({
      x: field("lessons.neuron.input", { number: "₁₂"[place] }, x), w: field("lessons.neuron.weight", { number: "₁₂"[place] }, w),
    }));
    const bias = convdemo.lessonSlider({ key: "lessons.neuron.bias", low: -5, high: 5, step: 0.1, value: 0.4, text: (value) => figure(value, 1), onChange: () => lesson.ask() });
    const activation = convdemo.lessonSegments("lessons.neuron.activation", ACTIVATIONS.map((name) => [name, `lessons.activation.${name}`]), () => lesson.ask());
    lesson.controls.append(activation.field, ...rows.map(({ x, w }) => make("div", { class: "cd-lesson-fields" }, x.field, w.field)), bias.field);
    const sum = make("p", { class: "cd-formula", "data-role": "sum" });
    const through = make("p", { class: "cd-formula", "data-role": "through" });
    const slope = make("p", { class: "cd-formula", "data-role": "slope" });
    const chartBox = make("div");
    lesson.stage.append(sum, through, slope, chartBox, make("p", { class: "cd-quiet" }));
    const chart = convdemo.lessonChart(chartBox, { alt: "lessons.neuron.curve", across: "lessons.neuron.total" });

    function show(reply) {
      const terms = rows.map(({ x, w }) => `${bracketed(x.value, 1)}·${bracketed(w.value, 1)}`).join(" + ");
      const shown = { terms: `${terms} + ${bracketed(bias.value, 1)}`, total: figure(reply.total), output: figure(reply.output), slope: figure(reply.slope), name: `@lessons.activation.${activation.value}` };
      tell(sum, "lessons.neuron.sum", shown);
      tell(through, "lessons.neuron.through", shown);
      tell(slope, "lessons.neuron.slope", shown);
      tell(lesson.stage.lastChild, `lessons.activation.${activation.value}.why`);
      const { x, value, slope: slopes } = reply.curve;
      const top = Math.max(1.2, activation.value === "relu" ? x.at(-1) : 1.2);
      const y = [activation.value === "tanh" ? -1.2 : -0.2, top];
      const ticksX = convdemo.lessonTicks(x[0], x.at(-1));
      chart.show({
        lines: [{ key: "lessons.neuron.line", points: x.map((one, place) => [one, value[place]]) }, { key: "lessons.neuron.line_slope", points: x.map((one, place) => [one, slopes[place]]) }],
        x: [x[0], x.at(-1)], y, ticksX, ticksY: convdemo.lessonTicks(...y), point: [reply.total, reply.output],
      });
    }

    lesson.ask();
    return lesson.ask;
  }

  function softmax(root, server) {
    const lesson = convdemo.lesson(root, "scores", {
      server, serve: "scores", show, payload: () => ({ scores: fields.map(({ value }) => value), added: added.value }),
    });
    const list = make("div", { class: "cd-lesson-fields" });
    const fields = [];
    const MOST = 6;

    function grow(value) {
      const field = convdemo.lessonField({ key: "lessons.scores.score", values: { number: fields.length + 1 }, low: -20, high: 20, value, onChange: () => lesson.ask() });
      fields.push(field);
      list.append(field.field);
    }

    function count(change) {
      if (change > 0) grow(0);
      else list.lastChild.remove(), fields.pop();
      more.disabled = fields.length === MOST;
      less.disabled = fields.length === 2;
      lesson.ask();
    }

    const more = convdemo.lessonButton("lessons.scores.more", () => count(1));
    const less = convdemo.lessonButton("lessons.scores.less", () => count(-1));
    const added = convdemo.lessonSlider({ key: "lessons.scores.added", low: -100, high: 100, step: 1, value: 10, text: (value) => figure(value, 0), onChange: () => lesson.ask() });
    for (const value of [2, 1, 0.1, -1]) grow(value);
    lesson.controls.append(list, make("div", { class: "cd-toolbar" }, more, less), added.field);
    const table = make("div");
    const words = make("p", { class: "cd-words", "data-role": "added" });
    lesson.stage.append(table, words, make("p", { class: "cd-quiet", "data-say": "lessons.scores.why" }));

    function show({ shares, logarithms, later, difference }) {
      const bar = (share) => make("span", { class: "cd-bar-track cd-lesson-bar", "aria-hidden": "true" }, make("span", { class: "cd-bar-fill", style: `transform: scaleX(${share})` }));
      table.replaceChildren(convdemo.lessonTable("lessons.scores.title", [["lessons.scores.score_head"], ["lessons.scores.share"], "", ["lessons.scores.logarithm"], ["lessons.scores.later"]],
        shares.map((share, place) => [figure(fields[place].value, 1), figure(share, 4), bar(share), figure(logarithms[place], 4), figure(later[place], 4)])));
      tell(words, "lessons.scores.same", { added: figure(added.value, 0), difference: figure(difference < 1e-9 ? 0 : difference, 4) });
    }

    lesson.ask();
    return lesson.ask;
  }

  convdemo.lessonNeuron = (root, { server }) => {
    const [first, second] = [make("div"), make("div", { class: "cd-lesson-second" })];
    root.append(first, second);
    const asks = [neuron(first, server), softmax(second, server)];
    return () => asks.forEach((ask) => ask());
  };
})();
